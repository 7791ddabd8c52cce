"""Fixtures of the calling tests: another system, and members who wait for its answers."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from sqlalchemy import Engine

from tests.calling.desk import Desk
from tests.calling.office import Office


@pytest.fixture
def desk() -> Generator[Desk]:
    made = Desk()
    yield made
    made.close()


@pytest.fixture
def office(database: Engine, desk: Desk) -> Office:
    return Office(database, desk.url)
