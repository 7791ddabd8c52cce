"""The suites in `expectations/`: JSON as Great Expectations reads it, with each rule's words; it validates nothing.

Beside the types of Great Expectations there are ours (`OURS`), written alike. Any rule about rows may say in its meta
`usual: {times: 3, above: 1%, last: 7}`: the batch fails as well if the share of rows against it is more than three
times what the last seven landed batches had, and more than 1 %. Severity `info` only counts.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from journey_engine.gate.mistakes import BrokenSuite, NoSuchSuite
from journey_engine.gate.verdict import Severity

# Whose member nobody knows (an orphan); a date later than the batch; the newest value so old before the covered end.
MEMBER, AHEAD, NEWEST = (
    "expect_member_to_be_known",
    "expect_column_values_to_not_lie_ahead",
    "expect_column_newest_to_be_within",
)
# The keywords each takes; those that must be there come first.
OURS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    MEMBER: ((), ("mostly",)),
    AHEAD: (("column",), ("zone", "minutes", "mostly")),
    NEWEST: (("column", "hours"), ("zone",)),
}


@dataclass(frozen=True, slots=True)
class Usual:
    """How a share is held against the median of the `last` landed batches: at most `times` it, but `above` is free."""

    times: float
    above: float = 0.01
    last: int = 7


@dataclass(frozen=True, slots=True)
class Expectation:
    """One rule: GX's type and kwargs; `rule`, in words, is the reason a quarantined row is given."""

    type: str
    kwargs: dict[str, Any]
    severity: Severity
    rule: str
    title: str
    usual: Usual | None = None

    @property
    def mostly(self) -> float:
        """The share of the rows it is about that must keep it."""
        return float(self.kwargs.get("mostly", 1.0))

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
        kind, kwargs = str(entry["type"]), dict[str, Any](entry.get("kwargs") or {})
        fault = _fault(kind, kwargs)
        if fault:
            raise BrokenSuite(str(path), rule, fault)
        usual = _usual(path, rule, meta.get("usual"))
        yield Expectation(kind, kwargs, severity, rule, meta.get("title") or rule, usual)


def _fault(kind: str, kwargs: dict[str, Any]) -> str:
    mostly = kwargs.get("mostly", 1.0)
    if isinstance(mostly, bool) or not isinstance(mostly, int | float) or not 0 <= mostly <= 1:
        return f"`mostly` is a number from 0 to 1, not {mostly}"
    if kind not in OURS:
        return ""
    needed, more = OURS[kind]
    lacking = [name for name in needed if name not in kwargs]
    odd = [name for name in kwargs if name not in (*needed, *more)]
    if lacking or odd:
        takes = ", ".join((*needed, *more))
        return f"{kind} {'lacks' if lacking else 'does not know'} {', '.join(lacking or odd)}; it takes {takes}"
    numbers = [name for name in ("hours", "minutes") if name in kwargs and not isinstance(kwargs[name], int | float)]
    return f"`{numbers[0]}` is a number" if numbers else ""


def _usual(path: Path, rule: str, said: Any) -> Usual | None:
    if said is None:
        return None
    try:
        read = dict(said)
        above, last = _share(read.pop("above", "1%")), int(read.pop("last", 7))
        return Usual(above=above, last=last, **{name: float(value) for name, value in read.items()})
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        fault = f"`usual` is written as {{times: 3, above: 1%, last: 7}}, of which only `times` is needed ({error})"
        raise BrokenSuite(str(path), rule, fault) from error


def _share(value: Any) -> float:
    text = str(value)
    return float(text.removesuffix("%")) / 100 if text.endswith("%") else float(text)
