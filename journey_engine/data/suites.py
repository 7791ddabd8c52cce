"""The suites in `expectations/`: JSON as Great Expectations reads it, with each rule's words; it validates nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_engine.data.mistakes import BrokenSuite, NoSuchSuite
from journey_engine.data.verdict import Severity


@dataclass(frozen=True, slots=True)
class Expectation:
    """One rule: GX's type and kwargs; `rule`, in words, is the reason a quarantined row is given."""

    type: str
    kwargs: dict[str, Any]
    severity: Severity
    rule: str
    title: str

    @property
    def columns(self) -> tuple[str, ...]:
        """The staging columns it reads."""
        kwargs = self.kwargs
        named = [kwargs.get("column"), kwargs.get("column_A"), kwargs.get("column_B"), *kwargs.get("column_list", ())]
        return tuple(str(name) for name in named if name)


@dataclass(frozen=True, slots=True)
class Suite:
    name: str
    path: str
    expectations: tuple[Expectation, ...]

    @property
    def columns(self) -> dict[str, str]:
        """Each column a rule reads, and the words of a rule that does."""
        return {column: f"the suite {self.name}" for rule in self.expectations for column in rule.columns}


def read(folder: Path, name: str) -> Suite:
    """The suite of that name. Raises NoSuchSuite and BrokenSuite."""
    path = folder / f"{name}.json"
    if not path.is_file():
        raise NoSuchSuite(name, str(path))
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BrokenSuite(str(path), "(the file)", f"it is not JSON: {error}") from error
    return Suite(name, str(path), tuple(_expectations(path, written)))


def _expectations(path: Path, written: dict[str, Any]) -> Iterator[Expectation]:
    seen: set[str] = set()
    entries: list[dict[str, Any]] = written.get("expectations", [])
    for number, entry in enumerate(entries, start=1):
        meta: dict[str, Any] = entry.get("meta") or {}
        rule, severity = meta.get("rule"), entry.get("severity", "critical")
        if not rule or rule in seen:
            fault = "two rules have these words" if rule else "`meta.rule` must say it in words"
            raise BrokenSuite(str(path), rule or f"number {number}", fault)
        if severity not in ("critical", "warning", "info"):
            raise BrokenSuite(str(path), rule, f"the severity {severity} is none of critical, warning, info")
        seen.add(rule)
        yield Expectation(
            str(entry["type"]), dict(entry.get("kwargs") or {}), severity, rule, meta.get("title") or rule
        )
