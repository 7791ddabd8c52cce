"""Says at the end of a run how often each kind of case was compared."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.agreement.counting import seen, summary
from tests.databases import Databases


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that is one of several hands its counts over."""
    handed: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if handed is not None:
        handed["agreement"] = dict(seen)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The process that started the others takes their counts."""
    seen.update(getattr(node, "workeroutput", {}).get("agreement", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if seen:
        terminalreporter.section("engine and reference agree on")
        terminalreporter.line(summary())


@pytest.fixture(scope="session")
def agreement_database(databases: Databases) -> Generator[Engine]:
    """One database for all examples; each empties it first."""
    with databases.fresh() as engine:
        yield engine
