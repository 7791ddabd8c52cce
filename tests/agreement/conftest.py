"""Says at the end of a run how often each kind of case was compared."""

from __future__ import annotations

from collections.abc import Generator

import pytest
from sqlalchemy import Engine

from tests.agreement.counting import seen, summary
from tests.databases import Databases


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if seen:
        terminalreporter.section("engine and reference agree on")
        terminalreporter.line(summary())


@pytest.fixture(scope="session")
def agreement_database(databases: Databases) -> Generator[Engine]:
    """One database for all examples; each empties it first."""
    with databases.fresh() as engine:
        yield engine
