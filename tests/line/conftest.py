"""Fixtures of the sender's tests: a sandbox, and a small shop whose members await messages."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine import clock, planning
from journey_engine.sandbox.beside import Sandbox
from journey_engine.settings import Settings, load
from tests.line.shop import NOON, Shop, project_of
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


@pytest.fixture
def settings(shop: Shop, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """What a command is given: the shop's database, its clock at noon, the shop's project made live."""
    with shop.engine.begin() as connection:
        clock.set_to(connection, NOON)
    monkeypatch.setattr(planning, "live_project", lambda connection: shop.project)
    return replace(load(tmp_path), database_url=shop.engine.url.render_as_string(hide_password=False))
