"""Rules about single rows as conditions over the staging columns, and what their counts mean; it reads no row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import CTE, ColumnElement, Table, and_, func, or_, select, true, tuple_

from journey_engine.gate.suites import Expectation
from journey_engine.gate.verdict import Outcome


def _every() -> ColumnElement[bool]:
    return true()


@dataclass(frozen=True, slots=True)
class RowRule:
    """A condition that is true for rows that break the rule, and the reason they are given.

    `of`: the rows the rule is about (those with a value). `expectation`: the suite's entry; None for what the feed
    itself needs of a row.
    """

    reason: str
    broken: ColumnElement[bool]
    of: ColumnElement[bool] = field(default_factory=_every)
    expectation: Expectation | None = None

    @property
    def sets_aside(self) -> bool:
        """Whether a row against it is quarantined; rules of severity info only count."""
        return self.expectation is None or self.expectation.severity != "info"


def outcome(rule: Expectation, read: int, concerned: int, unexpected: int, usual: float | None) -> Outcome:
    """A row rule's result by its counts, as Great Expectations has it: the share is of the rows it is about.

    With `usual` (the share that this rule mostly finds) the batch fails too if its share is `rule.usual.times` that,
    and above `rule.usual.above`.
    """
    share = unexpected / concerned if concerned else 0.0
    passed = not concerned or (concerned - unexpected) / concerned >= rule.mostly
    seen = f"{unexpected} of {read} rows" if unexpected else ""
    if rule.usual is not None and usual is not None and share > max(usual * rule.usual.times, rule.usual.above):
        passed = False
        seen = f"{seen}, {share:.1%} where {usual:.1%} is usual"
    return Outcome(
        rule=rule.rule, title=rule.title, severity=rule.severity, passed=passed, unexpected=unexpected,
        share=round(share, 6), observed=seen, column=", ".join(rule.columns),
    )  # fmt: skip


def repeated(table: Table, columns: Sequence[str], where: ColumnElement[bool] | None = None) -> ColumnElement[bool]:
    """True for every row whose values in `columns`, all of them known, come more than once (among rows `where`, a
    condition whose columns name no table).

    One hashed list of the values that come twice: window counts over a million rows take four times as long.
    """
    if len(columns) == 1 and where is None:
        twice = coming_twice(table, columns[0])
        return func.coalesce(table.c[columns[0]].in_(select(twice.c[columns[0]])), False)
    inner = table.alias("twice")
    listed = select(*(inner.c[name] for name in columns)).where(*(inner.c[name].is_not(None) for name in columns))
    if where is not None:
        listed = listed.where(where)
    twice = listed.group_by(*(inner.c[name] for name in columns)).having(func.count() > 1)
    if len(columns) == 1:
        return func.coalesce(table.c[columns[0]].in_(twice), False)
    known = and_(*(table.c[name].is_not(None) for name in columns))
    return and_(known, or_(tuple_(*(table.c[name] for name in columns)).in_(twice)))


def coming_twice(table: Table, column: str) -> CTE:
    """The known values of a column that come more than once: one list, whichever rules of a statement ask for it."""
    there = f"twice {column}"
    if there not in table.info:
        inner = table.alias("twice")
        listed = select(inner.c[column]).where(inner.c[column].is_not(None)).group_by(inner.c[column])
        name = f"twice_{list(table.c.keys()).index(column)}"  # a column's own name may be as long as names can be
        table.info[there] = listed.having(func.count() > 1).cte(name)
    return table.info[there]


# A beginning, so many characters of one kind, the end: `^U[0-9a-f]{32}$`, `^09\\d{8}$`.
_FIXED = re.compile(r"\^([A-Za-z0-9_-]*)(\[[^\[\]\\]+\]|\\d)\{([0-9]{1,4})(?:,([0-9]{1,4}))?\}\$")


def unlike(column: ColumnElement[str], regex: str) -> ColumnElement[bool] | None:
    """Whether a text does not match a regular expression of the commonest form; None for any other.

    The length is asked first, and then for any number of such characters: Postgres works out a state for each of a
    counted number anew in each row, which takes six times as long.
    """
    found = _FIXED.fullmatch(regex)
    if found is None:
        return None
    start, kind, least, most = found.groups()
    if most and int(most) < int(least):
        return None
    length = func.length(column)
    fits = (
        length.between(len(start) + int(least), len(start) + int(most)) if most else length == len(start) + int(least)
    )
    return ~and_(fits, column.regexp_match(f"^{start}{kind}*$"))


def concerned(table: Table, rule: Expectation) -> ColumnElement[bool]:
    """The rows a rule of Great Expectations is about: those with a value, by the ways it has of leaving rows out."""
    kwargs: dict[str, Any] = rule.kwargs
    if "column" in kwargs:
        every = rule.type in ("expect_column_values_to_not_be_null", "expect_column_values_to_be_null")
        return true() if every else table.c[str(kwargs["column"])].is_not(None)
    missing = [table.c[name].is_(None) for name in rule.columns]
    match kwargs.get("ignore_row_if", "both_values_are_missing" if "column_A" in kwargs else "all_values_are_missing"):
        case "both_values_are_missing" | "all_values_are_missing":
            return ~and_(*missing)
        case "either_value_is_missing" | "any_value_is_missing":
            return ~or_(*missing)
        case _:
            return true()
