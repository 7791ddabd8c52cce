"""Fixtures of the sender's tests: a sandbox, and a small shop whose members await messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine.sandbox.beside import Sandbox
from tests.line.shop import Shop, project_of
from tests.sandbox_fixtures import sandbox

__all__ = ["sandbox"]


@pytest.fixture
def shop(database: Engine, sandbox: Sandbox) -> Shop:
    """Members, intents and a sender in a fresh database, LINE being the sandbox."""
    return Shop(database, sandbox, project_of())


@pytest.fixture
def make_shop(database: Engine, sandbox: Sandbox) -> Callable[..., Shop]:
    """The same with a policy, messages or journeys of the test's own."""

    def make(**given: Any) -> Shop:
        return Shop(database, sandbox, project_of(**given))

    return make
