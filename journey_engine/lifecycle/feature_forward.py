"""Rows of features brought forward by what came and what left its window; it judges nobody.

Brought forward to an instant t1 and a snapshot s1, a count is what it was at t0 and s0, plus the events that count now,
less those that counted then; only the events are read that were not there for s0, or lie between t0 and t1, or between
the two places where a window opened. Members whose events were changed or taken away, and those who are new, are worked
out whole. All reads look at what s1 shows, whatever else commits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union,
)
from sqlalchemy.schema import CreateTable

from journey_engine.compiler.features import Figure
from journey_engine.compiler.happened import matches
from journey_engine.lifecycle import feature_writing
from journey_engine.lifecycle.feature_rows import CHANGED, TOUCHED, Mark, Marks, Rows
from journey_engine.lifecycle.feature_sets import Part
from journey_engine.lifecycle.feature_turns import between, turn, what_is_added
from journey_engine.store.tables.features import changed_events
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import members, tags


@dataclass(frozen=True, slots=True)
class Way:
    """From which marks to which the parts that are due are brought; all of these look at one snapshot afterwards."""

    rows: Rows
    before: Marks
    now: Marks

    @property
    def parts(self) -> list[tuple[Part, Mark, Mark]]:
        return [(self.rows.wanted.parts[feeds], self.before[feeds], now) for feeds, now in self.now.items()]

    @property
    def _starts(self) -> list[Mark]:
        """The marks they come from, each once."""
        found: list[Mark] = []
        for feeds in self.now:
            if self.before[feeds] not in found:
                found.append(self.before[feeds])
        return found

    def _since(self, table: Any) -> ColumnElement[bool]:
        """Whether a row came since one of them."""
        return or_(*(and_(table.c.arrived >= mark.seen, ~mark.saw(table)) for mark in self._starts))

    def are_changed(self, connection: Connection) -> bool:
        """Whether anybody, or anything that had happened, was changed since."""
        asked = [select(literal(1)).where(self._since(each)) for each in (members, changed_events)]
        asked += [select(literal(1)).where(self._granted())] if self.rows.wanted.held else []
        return connection.execute(select(or_(*map(exists, asked)))).scalar_one()

    def _granted(self) -> ColumnElement[bool]:
        """Whether a grant that anything asks for came since, or ended."""
        named = tags.c.tag.in_(sorted({held.tag for _, held, _ in self.rows.wanted.held}))
        return and_(self._since(tags), named)

    def touch(self, connection: Connection) -> int:
        """Fill CHANGED with those who were changed, TOUCHED with those to be worked out whole; how many these are."""
        for name in (CHANGED.name, TOUCHED.name):
            connection.execute(text(f"create temp table {name} (member_id bigint) on commit drop"))
        row, changed = self.rows.wanted.table, changed_events
        anew = [select(members.c.id).where(self._since(members))]
        if self.rows.wanted.held:
            anew.append(select(tags.c.member_id).where(self._granted()))
            at = literal(max(mark.instant.at for mark in self.now.values()), INSTANT)
            begun = [row.c[name] <= at for _, held, name in self.rows.wanted.held if held.taken == "later"]
            anew.append(select(row.c.member_id).where(or_(*begun)))
        connection.execute(insert(CHANGED).from_select(["member_id"], union(*anew)))
        known = select(row.c.member_id).where(row.c.member_id.in_(select(CHANGED.c.member_id)))
        new = select(CHANGED.c.member_id).where(CHANGED.c.member_id.not_in(known))
        lost = select(changed.c.member_id).join(row, row.c.member_id == changed.c.member_id)
        lost = lost.where(self._since(changed), or_(false(), *self._concerned()))
        connection.execute(insert(TOUCHED).from_select(["member_id"], new.union(lost)))
        return connection.execute(select(func.count()).select_from(TOUCHED)).scalar_one()

    def _concerned(self) -> Iterator[ColumnElement[bool]]:
        """Whether events of that name, the last of them then, may have been counted in her row."""
        changed = changed_events.c
        for part, before, _ in self.parts:
            for figure, name in part.figures.items():
                named = changed.name == figure.kind.event
                if figure.taken == "last":
                    last = self.rows.wanted.table.c[name]
                    yield and_(named, or_(last.is_(None), last <= changed.newest))
                elif figure.window is None:
                    yield named
                else:
                    yield and_(named, changed.newest >= literal(before.instant.opens[figure.window], INSTANT))

    def forward(self, connection: Connection, known: int) -> None:
        """Bring the `known` rows forward; those of TOUCHED are to be replaced afterwards."""
        row, added = self.rows.wanted.table, self.rows.wanted.added
        figures = [each for part, _, _ in self.parts for each in part.figures.items()]
        if not figures:
            return
        connection.execute(CreateTable(added))
        names = ["member_id", *(name for _, name in figures)]
        changes = insert(added).from_select(names, self._changes())
        number = connection.execute(changes, execution_options={"preserve_rowcount": True}).rowcount
        if number:
            values: dict[str, Any] = {}
            for figure, name in figures:
                mine, more = row.c[name], added.c[name]
                values[name] = func.greatest(mine, more) if figure.taken == "last" else mine + func.coalesce(more, 0)
            feature_writing.once_each(connection, added)
            feature_writing.change(connection, row, added, values, number * feature_writing.MANY > known)
        connection.execute(text(f"drop table {added.name}"))

    def replace(self, connection: Connection, touched: int) -> None:
        """Work out TOUCHED whole, of CHANGED what is no figure."""
        row, marks = self.rows.wanted.table, {**self.before, **self.now}  # what is not due stays as of its own
        if connection.execute(select(exists(select(CHANGED.c.member_id)))).scalar_one():
            connection.execute(self.rows.marks_anew(marks))
        if touched:
            connection.execute(row.delete().where(row.c.member_id.in_(select(TOUCHED.c.member_id))))
            connection.execute(self.rows.whole(marks, of_touched=True))

    def _changes(self) -> Select[Any]:
        """What is to be added to each member's figures; of `last`, what it may have come to."""
        read, looked = _Read(self.rows), list[tuple[Figure, str, tuple[str, str, str, str | None]]]()
        for part, before, now in self.parts:
            looked += [(figure, name, read.of(figure, before, now)) for figure, name in part.figures.items()]
        seen = next(iter(self.now.values())).saw(events)
        each = select(events.c.member_id, *(value.label(name) for name, value in read.columns.values()))
        # `offset 0` keeps the planner from asking again what more than one figure asks for.
        one = each.where(self._may_differ(), seen).offset(0).subquery("read").c
        added: list[ColumnElement[Any]] = []
        for figure, name, (kind, turned, at, value) in looked:
            of = None if value is None else one[value]
            added.append(what_is_added(figure, one[kind], one[turned], one[at], of).label(name))
        whole = select(one.member_id, *added).group_by(one.member_id).subquery("whole")
        differs = [
            whole.c[name].is_not(None) if figure.taken == "last" else whole.c[name] != 0 for figure, name, _ in looked
        ]
        return select(whole).where(or_(*differs))

    def _may_differ(self) -> ColumnElement[bool]:
        """The events that may count now and did not then, or the other way round."""
        every: set[str] = set()
        leaving: dict[tuple[datetime, datetime], set[str]] = {}
        ranges: list[ColumnElement[bool]] = [events.c.arrived >= mark.seen for mark in self._starts]
        for part, before, now in self.parts:
            ranges.append(between(events.c.at, before.instant.at, now.instant.at))
            for figure in part.figures:
                every.add(figure.kind.event)
                if figure.window is not None:
                    opened = before.instant.opens[figure.window], now.instant.opens[figure.window]
                    leaving.setdefault(opened, set()).add(figure.kind.event)
        for (old, new), names in leaving.items():
            ranges.append(and_(between(events.c.at, old, new), events.c.name.in_(sorted(names))))
        return and_(events.c.name.in_(sorted(every)), or_(*ranges))


@dataclass(frozen=True, slots=True)
class _Read:
    """What is asked of each event that is read, each thing once."""

    rows: Rows
    columns: dict[str, tuple[str, ColumnElement[Any]]] = field(default_factory=dict[str, tuple[str, Any]])

    def of(self, figure: Figure, before: Mark, now: Mark) -> tuple[str, str, str, str | None]:
        """Whether it is of the figure's kind, whether it came or went, when it was, and what it adds to a sum."""
        kind, start, end = figure.kind, before.instant, now.instant
        is_kind = self._label(f"{kind!r}", matches(self.rows.project, events, kind))
        # The last of those that did not count before: the others have been looked at.
        window = None if figure.taken == "last" else figure.window
        turned = turn(window, start, end, before.saw(events))
        turned = self._label(f"{window!r} {start.at} {before.snapshot} {before.by} {end.at}", turned)
        value = None
        if figure.summed:
            value = self._label(f"{kind.event} {figure.summed}", self.rows.value(figure))
        return is_kind, turned, self._label("at", events.c.at), value

    def _label(self, said: str, value: ColumnElement[Any]) -> str:
        return self.columns.setdefault(said, (f"c{len(self.columns)}", value))[0]
