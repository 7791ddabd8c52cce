"""Whose events a condition sees, up to which instant and in which window; it counts and compares none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, assert_never

from sqlalchemy import ColumnElement, and_, false, literal, true
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar
from journey_engine.compiler.happened import Entry, matches
from journey_engine.language.conditions import BeforeEntry, EventQuery, SinceEntry, ThisPeriod, Within
from journey_engine.language.project import Project


@dataclass(frozen=True, slots=True)
class Scope:
    """One member at one instant, perhaps in one visit: `member` (an id) and `at` are columns or bound values."""

    project: Project
    member: ColumnElement[Any]
    at: ColumnElement[Any]
    entry: Entry | None = None

    @property
    def zone(self) -> ColumnElement[Any]:
        """The business zone."""
        return literal(self.project.policy.zone)

    def seen(self, happened: FromClause, query: EventQuery) -> ColumnElement[bool]:
        """Events of the kind asked for, of this member, in the window, up to the instant."""
        return and_(happened.c.member_id == self.member, self.seen_of_anyone(happened, query))

    def seen_of_anyone(self, happened: FromClause, query: EventQuery) -> ColumnElement[bool]:
        """The same, whosever they are."""
        kind = matches(self.project, happened, query, self.entry)
        return and_(kind, happened.c.at <= self.at, self._in_window(happened.c.at, query))

    def _in_window(self, happened_at: ColumnElement[Any], query: EventQuery) -> ColumnElement[bool]:
        match query.window:
            case None:
                return true()
            case Within(length):
                return happened_at > calendar.plus(self.at, length, self.zone, -1)
            case ThisPeriod(unit):
                return happened_at >= calendar.period(self.at, unit, self.zone)
            case SinceEntry():
                if self.entry is None:
                    return false()
                return happened_at >= self.entry.at if self.entry.itself else happened_at > self.entry.at
            case BeforeEntry():
                return false() if self.entry is None else happened_at < self.entry.at
            case _:
                assert_never(query.window)
