"""The database in which all examples are compared."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from sqlalchemy import Engine

from tests.databases import Databases


@pytest.fixture(scope="session")
def agreement_database(databases: Databases) -> Generator[Engine]:
    """One database for all examples; each empties it first."""
    with databases.fresh() as engine:
        yield engine
