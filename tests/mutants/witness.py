"""A plug-in of pytest that writes down how each test ended; it judges nothing and changes no outcome."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

_ASSERTED = (AssertionError, pytest.fail.Exception)  # the second: `pytest.raises` that met nothing


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--witness", help="the file to which each test's end is written, a JSON object a line")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call" or report.outcome != "passed":
        raised = call.excinfo.value if call.excinfo is not None else None
        asserted = report.when == "call" and isinstance(raised, _ASSERTED)
        end = report.outcome if report.outcome != "failed" else "asserted" if asserted else "broke"
        line = {"test": item.nodeid, "end": end, "raised": type(raised).__name__ if raised else None}
        with Path(str(item.config.getoption("--witness"))).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report
