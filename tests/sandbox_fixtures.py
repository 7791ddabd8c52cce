"""A LINE platform for tests: the sandbox over HTTP, and the official SDK pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from journey_engine.sandbox.beside import Sandbox


def user(number: int) -> str:
    """The user id that stands for this number."""
    return f"U{number:032x}"


@pytest.fixture(scope="session")
def running_sandbox() -> Iterator[Sandbox]:
    """One sandbox process for the whole run; ask for `sandbox` instead, which starts empty."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def sandbox(running_sandbox: Sandbox) -> Sandbox:
    """A running sandbox without friends, faults, moved clocks or quota limit."""
    running_sandbox.reset()
    return running_sandbox


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[Any]:
    """The official SDK's MessagingApi, pointed at `sandbox` by `host=`."""
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi

    with ApiClient(Configuration(host=sandbox.url, access_token=sandbox.token)) as client:
        yield MessagingApi(client)
