"""Rows of features: worked out whole, or brought forward by what came and what left its window; it judges nobody.

Brought forward to an instant t1 and a snapshot s1, a count is what it was at t0 and s0, plus the events that count now,
less those that counted then; only the events are read that were not there for s0, or lie between t0 and t1, or between
the two places where a window opened. Members whose events were changed or taken away, and those who are new, are worked
out whole. All reads look at what s1 shows, whatever else commits meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    Integer,
    Select,
    and_,
    case,
    cast,
    column,
    exists,
    extract,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler.arrivals import was_seen
from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.features import Feature, Figure, Span, Trait
from journey_engine.compiler.happened import matches, property_of
from journey_engine.compiler.told_from_features import Instant, inside
from journey_engine.compiler.values import typed
from journey_engine.language.conditions import EventQuery
from journey_engine.language.project import Project
from journey_engine.lifecycle import feature_writing
from journey_engine.lifecycle.feature_sets import FeatureSet
from journey_engine.lifecycle.feature_turns import between, turn, what_is_added
from journey_engine.store.tables.features import changed_events
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members, segment_members, stages

CHANGED = table("features_changed", column("member_id", BigInteger))
TOUCHED = table("features_touched", column("member_id", BigInteger))


@dataclass(frozen=True, slots=True)
class Mark:
    """What a table of features stands for: an instant, and a snapshot that the transaction `by` took."""

    instant: Instant
    snapshot: str
    seen: int  # its xmin
    by: int

    def saw(self, rows: FromClause) -> ColumnElement[bool]:
        """Whether a row was there."""
        return was_seen(rows, self.snapshot, self.seen, self.by)


@dataclass(frozen=True, slots=True)
class Rows:
    """One table of features and how it is filled."""

    project: Project
    wanted: FeatureSet

    # ---- worked out whole -----------------------------------------------------------------------------------------
    def whole(self, mark: Mark, of_touched: bool = False) -> Any:
        """The statement that inserts the rows of everybody, or of those in TOUCHED, as of a mark."""
        figures = self._figures(mark, of_touched).subquery("figures")
        stays, stage = (
            self._stays(select(TOUCHED.c.member_id) if of_touched else None).subquery("stays"),
            stages.alias("stay"),
        )
        given: dict[str, ColumnElement[Any]] = {"member_id": members.c.id, "is_there": alive(members)}
        for feature, name in self.wanted.columns.items():
            if isinstance(feature, Figure):
                given[name] = figures.c[name] if feature.taken == "last" else func.coalesce(figures.c[name], 0)
            else:
                given[name] = self._trait(feature, mark.instant)
        given |= {name: func.coalesce(stays.c[name], False) for name in self.wanted.flags.values()}
        joined = members.outerjoin(figures, figures.c.member_id == members.c.id)
        joined = joined.outerjoin(stays, stays.c.member_id == members.c.id)
        if self.wanted.has_stage:
            joined = joined.outerjoin(stage, and_(stage.c.member_id == members.c.id, stage.c.left_at.is_(None)))
            given["stage"] = stage.c.stage
        query = select(*given.values()).select_from(joined).where(or_(alive(members), stays.c.member_id.is_not(None)))
        if of_touched:
            query = query.where(members.c.id.in_(select(TOUCHED.c.member_id)))
        return insert(self.wanted.table).from_select(list(given), query)

    def _figures(self, mark: Mark, of_touched: bool) -> Select[Any]:
        counted = [self._figure(events, figure, mark).label(name) for figure, name in self.wanted.figures.items()]
        query = select(events.c.member_id, *counted).group_by(events.c.member_id)
        query = query.where(self._looked_at(mark.instant), events.c.at <= literal(mark.instant.at, INSTANT))
        query = query.where(mark.saw(events))
        return query.where(events.c.member_id.in_(select(TOUCHED.c.member_id))) if of_touched else query

    def _figure(self, happened: FromClause, figure: Figure, mark: Mark) -> ColumnElement[Any]:
        counts = matches(self.project, happened, figure.kind)
        if figure.window is not None:
            counts = and_(counts, inside(happened.c.at, figure.window, mark.instant))
        match figure.taken:
            case "number":
                return func.count().filter(counts)
            case "last":
                return func.max(happened.c.at).filter(counts)
            case "sum":
                return func.sum(self._value(happened, figure)).filter(counts)
            case "valued":
                return func.count(self._value(happened, figure)).filter(counts)

    def _value(self, happened: FromClause, figure: Figure) -> ColumnElement[Any]:
        return property_of(self.project, happened, figure.kind.event, figure.summed, "number")

    def _looked_at(self, instant: Instant) -> ColumnElement[bool]:
        """The events that any feature may count: each kind as far back as anything looks."""
        lows = {kind: self._low(kind, instant) for kind in self.wanted.windows}
        found: list[ColumnElement[bool]] = []
        for kind, low in lows.items():
            every = EventQuery(kind.event)
            if kind != every and every in lows and (lows[every] is None or (low is not None and lows[every] <= low)):
                continue
            kept = matches(self.project, events, kind)
            found.append(kept if low is None else and_(kept, events.c.at >= literal(low, INSTANT)))
        return or_(false(), *found)

    def _low(self, kind: EventQuery, instant: Instant) -> Any:
        windows = self.wanted.windows[kind]
        return None if None in windows else min(instant.opens[window] for window in windows if window is not None)

    def _trait(self, feature: Feature, instant: Instant) -> ColumnElement[Any]:
        if isinstance(feature, Trait):
            return condition_sql(self.project, feature.leaf, members.c.id, literal(instant.at, INSTANT))
        if isinstance(feature, Figure):
            raise TypeError("a figure is counted from events")
        day = typed(members.c.attributes.op("->>")(feature.attribute), "date")
        return cast(extract("month", day) * 100 + extract("day", day), Integer)

    def _stays(self, whose: Select[Any] | None) -> Select[Any]:
        """Who of those is in which segment; None: of all."""
        stay = segment_members.alias("stays_in")
        flags = [func.bool_or(stay.c.segment == name).label(flag) for name, flag in self.wanted.flags.items()]
        here = and_(stay.c.left_at.is_(None), stay.c.segment.in_(list(self.wanted.flags)))
        query = select(stay.c.member_id, *flags).where(here).group_by(stay.c.member_id)
        return query if whose is None else query.where(stay.c.member_id.in_(whose))

    # ---- brought forward ------------------------------------------------------------------------------------------
    def are_changed(self, connection: Connection, before: Mark) -> bool:
        """Whether anybody, or anything that had happened, was changed since."""
        changed = changed_events
        anew = select(literal(1)).where(members.c.arrived >= before.seen, ~before.saw(members))
        lost = select(literal(1)).where(changed.c.arrived >= before.seen, ~before.saw(changed))
        return connection.execute(select(exists(anew) | exists(lost))).scalar_one()

    def touch(self, connection: Connection, before: Mark) -> int:
        """Fill CHANGED with those who were changed, TOUCHED with those to be worked out whole; how many these are."""
        for name in (CHANGED.name, TOUCHED.name):
            connection.execute(text(f"create temp table {name} (member_id bigint) on commit drop"))
        row, changed = self.wanted.table, changed_events
        anew = select(members.c.id).where(members.c.arrived >= before.seen, ~before.saw(members))
        connection.execute(insert(CHANGED).from_select(["member_id"], anew))
        known = select(row.c.member_id).where(row.c.member_id.in_(select(CHANGED.c.member_id)))
        new = select(CHANGED.c.member_id).where(CHANGED.c.member_id.not_in(known))
        concerned = or_(false(), *self._concerned(before.instant))
        lost = select(changed.c.member_id).join(row, row.c.member_id == changed.c.member_id)
        lost = lost.where(changed.c.arrived >= before.seen, ~before.saw(changed), concerned)
        connection.execute(insert(TOUCHED).from_select(["member_id"], new.union(lost)))
        return connection.execute(select(func.count()).select_from(TOUCHED)).scalar_one()

    def _concerned(self, before: Instant) -> Iterator[ColumnElement[bool]]:
        """Whether events of that name, the last of them then, may have been counted in her row."""
        changed = changed_events.c
        for figure, name in self.wanted.figures.items():
            named = changed.name == figure.kind.event
            if figure.taken == "last":
                last = self.wanted.table.c[name]
                yield and_(named, or_(last.is_(None), last <= changed.newest))
            elif figure.window is None:
                yield named
            else:
                yield and_(named, changed.newest >= literal(before.opens[figure.window], INSTANT))

    def forward(self, connection: Connection, before: Mark, now: Mark, known: int) -> None:
        """Bring the `known` rows from one mark to a later one; those of TOUCHED are to be replaced afterwards."""
        row = self.wanted.table
        if self.wanted.figures:
            added = self.wanted.added
            connection.execute(CreateTable(added))
            changes = insert(added).from_select([column.name for column in added.c], self._changes(before, now))
            number = connection.execute(changes, execution_options={"preserve_rowcount": True}).rowcount
            values: dict[str, Any] = {}
            for figure, name in self.wanted.figures.items():
                mine, more = row.c[name], added.c[name]
                is_last = figure.taken == "last"
                values[name] = func.greatest(mine, more) if is_last else mine + func.coalesce(more, 0)
            if number:
                feature_writing.once_each(connection, added)
                feature_writing.change(connection, row, added, values, number * feature_writing.MANY > known)
            connection.execute(text(f"drop table {added.name}"))

    def replace(self, connection: Connection, now: Mark, touched: int) -> None:
        """Work out TOUCHED whole, of CHANGED what is no figure."""
        row = self.wanted.table
        if connection.execute(select(exists(select(CHANGED.c.member_id)))).scalar_one():
            connection.execute(self._marks_anew(now))
        if touched:
            connection.execute(row.delete().where(row.c.member_id.in_(select(TOUCHED.c.member_id))))
            connection.execute(self.whole(now, of_touched=True))

    def _changes(self, before: Mark, now: Mark) -> Select[Any]:
        """What is to be added to each member's figures; of `last`, what it may have come to."""
        kinds = {kind: f"is{number}" for number, kind in enumerate(self.wanted.windows)}
        summed = {(one.kind.event, one.summed): one for one in self.wanted.figures if one.summed}
        values = {key: f"value{number}" for number, key in enumerate(summed)}
        turns = {window: f"turn{number}" for number, window in enumerate(self._windows())}
        columns = [matches(self.project, events, kind).label(name) for kind, name in kinds.items()]
        columns += [self._value(events, one).label(values[key]) for key, one in summed.items()]
        there = before.saw(events)
        columns += [turn(window, before.instant, now.instant, there).label(name) for window, name in turns.items()]
        happened = case((events.c.at <= literal(now.instant.at, INSTANT), events.c.at)).label("at")
        query = select(events.c.member_id, happened, *columns)
        read = query.where(self._may_differ(before, now), now.saw(events)).offset(0).subquery("read")
        added: list[ColumnElement[Any]] = []
        for figure, name in self.wanted.figures.items():
            is_kind, turned = read.c[kinds[figure.kind]], read.c[turns[figure.window]]
            value = read.c[values[figure.kind.event, figure.summed]] if figure.summed else None
            added.append(what_is_added(figure, is_kind, turned, read.c.at, value).label(name))
        whole = select(read.c.member_id, *added).group_by(read.c.member_id).subquery("whole")
        differs = [
            whole.c[name].is_not(None) if figure.taken == "last" else whole.c[name] != 0
            for figure, name in self.wanted.figures.items()
        ]
        return select(whole).where(or_(*differs))

    def _windows(self) -> list[Span | None]:
        return sorted({figure.window for figure in self.wanted.figures}, key=repr)

    def _may_differ(self, before: Mark, now: Mark) -> ColumnElement[bool]:
        """The events that may count now and did not then, or the other way round."""
        at, old, new = events.c.at, before.instant, now.instant
        ranges = [between(at, old.at, new.at), events.c.arrived >= before.seen]
        ranges += [between(at, old.opens[each], new.opens[each]) for each in self._windows() if each is not None]
        return and_(events.c.name.in_(self.wanted.event_names), or_(*ranges))

    def _marks_anew(self, now: Mark) -> Any:
        """Attributes, stays and whether she is there, of those in CHANGED."""
        whose = select(CHANGED.c.member_id)
        row, stays = self.wanted.table, self._stays(whose).subquery("stays")
        traits = {f: name for f, name in self.wanted.columns.items() if not isinstance(f, Figure)}
        given: dict[str, ColumnElement[Any]] = {"is_there": alive(members)}
        given |= {name: self._trait(feature, now.instant) for feature, name in traits.items()}
        given |= {name: func.coalesce(stays.c[name], False) for name in self.wanted.flags.values()}
        joined = members.outerjoin(stays, stays.c.member_id == members.c.id)
        if self.wanted.has_stage:
            stage = stages.alias("stay")
            joined = joined.outerjoin(stage, and_(stage.c.member_id == members.c.id, stage.c.left_at.is_(None)))
            given["stage"] = stage.c.stage
        changed = select(members.c.id, *(value.label(name) for name, value in given.items())).select_from(joined)
        new = changed.where(members.c.id.in_(whose)).subquery("changed")
        return update(row).where(row.c.member_id == new.c.id).values({name: new.c[name] for name in given})
