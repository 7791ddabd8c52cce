"""Says at the end of a run how often each kind of case was compared, by one process or by several together."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

_handed: Counter[str] = Counter()  # by the processes that this one started


def _seen() -> Counter[str]:
    from tests.agreement.counting import seen

    return seen


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A process that is one of several hands its counts over."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["agreement"] = dict(_seen())


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """The process that started the others takes their counts."""
    _handed.update(getattr(node, "workeroutput", {}).get("agreement", {}))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line, where anything was compared."""
    from tests.agreement.counting import summary

    seen = _seen()
    seen.update(_handed)
    if seen:
        terminalreporter.section("engine and reference agree on")
        terminalreporter.line(summary())
