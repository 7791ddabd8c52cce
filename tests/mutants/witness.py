"""A plug-in of pytest that writes down how each test ended; it judges nothing and changes no outcome."""

from __future__ import annotations

import json
from collections.abc import Generator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError

_ASSERTED = (AssertionError, pytest.fail.Exception)  # the second: `pytest.raises` that met nothing
_BROKEN = (SQLAlchemyError, psycopg.Error, ImportError, NameError, SyntaxError)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--witness", help="the file to which each test's end is written, a JSON object a line")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[Any]) -> Generator[None, Any, Any]:
    report = yield
    if report.when == "call" or report.outcome != "passed":
        raised = call.excinfo.value if call.excinfo is not None else None
        line = {"test": item.nodeid, "end": _end(report, raised), "raised": type(raised).__name__ if raised else None}
        with Path(str(item.config.getoption("--witness"))).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report


def _end(report: pytest.TestReport, raised: BaseException | None) -> str:
    if report.outcome != "failed":
        return report.outcome
    if report.when != "call" or isinstance(raised, _BROKEN):
        return "broke"
    return "asserted" if isinstance(raised, _ASSERTED) else "raised"
