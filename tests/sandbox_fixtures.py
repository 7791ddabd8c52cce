"""A LINE platform for tests: the sandbox over HTTP, and the official SDK pointed at it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from journey_engine.sandbox.beside import Sandbox


def user(number: int) -> str:
    """The user id that stands for this number."""
    return f"U{number:032x}"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A running sandbox without friends, faults or quota limit, of this test's own."""
    with Sandbox() as running:
        yield running


@pytest.fixture
def line(sandbox: Sandbox) -> Iterator[Any]:
    """The official SDK's MessagingApi, pointed at `sandbox` by `host=`."""
    from linebot.v3.messaging import ApiClient, Configuration, MessagingApi

    with ApiClient(Configuration(host=sandbox.url, access_token=sandbox.token)) as client:
        yield MessagingApi(client)
