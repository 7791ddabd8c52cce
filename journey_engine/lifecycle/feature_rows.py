"""Rows of features worked out whole, as of an instant for each part of them and a snapshot; it judges nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Integer,
    Select,
    and_,
    cast,
    column,
    extract,
    false,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    update,
)

from journey_engine.compiler.arrivals import was_seen
from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.features import Feature, Figure, Held, Span, Trait, YearDay
from journey_engine.compiler.grants import ends_at
from journey_engine.compiler.happened import matches, property_of
from journey_engine.compiler.told_from_features import Instant, inside
from journey_engine.compiler.values import typed
from journey_engine.language.conditions import EventQuery
from journey_engine.language.project import Project
from journey_engine.lifecycle.feature_sets import FeatureSet, Feeds
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members, segment_members, stages, tags

CHANGED = table("features_changed", column("member_id", BigInteger))
TOUCHED = table("features_touched", column("member_id", BigInteger))
Windows = Mapping[EventQuery, frozenset[Span | None]]


@dataclass(frozen=True, slots=True)
class Mark:
    """What a part of the features stands for: an instant, and a snapshot that the transaction `by` took."""

    instant: Instant
    snapshot: str
    seen: int  # its xmin
    by: int

    def saw(self, rows: Any) -> ColumnElement[bool]:
        """Whether a row was there."""
        return was_seen(rows, self.snapshot, self.seen, self.by)

    @property
    def counts(self) -> ColumnElement[bool]:
        """Whether an event was there and had happened."""
        return and_(events.c.at <= literal(self.instant.at, INSTANT), self.saw(events))


Marks = Mapping[Feeds, Mark]


@dataclass(frozen=True, slots=True)
class Rows:
    """The table of features and how it is filled."""

    project: Project
    wanted: FeatureSet

    def whole(self, marks: Marks, of_touched: bool = False) -> Any:
        """The statement that inserts the rows of everybody, or of those in TOUCHED.

        Each part is as of its mark; in one without a mark nothing has happened yet.
        """
        whose = select(TOUCHED.c.member_id) if of_touched else None
        figures, stays = self._figures(marks, of_touched).subquery("figures"), self._stays(whose).subquery("stays")
        given: dict[str, ColumnElement[Any]] = {"member_id": members.c.id}
        for feeds in marks:
            for figure, name in self.wanted.parts[feeds].figures.items():
                given[name] = figures.c[name] if figure.taken == "last" else func.coalesce(figures.c[name], 0)
        for feeds in self.wanted.parts.keys() - marks.keys():
            given |= {name: literal(0) for one, name in self.wanted.parts[feeds].figures.items() if one.taken != "last"}
        joined = members.outerjoin(figures, figures.c.member_id == members.c.id)
        joined = joined.outerjoin(stays, stays.c.member_id == members.c.id)
        joined, told = self._told(joined, stays, marks, whose)
        given |= told
        query = select(*given.values()).select_from(joined).where(or_(alive(members), stays.c.member_id.is_not(None)))
        if of_touched:
            query = query.where(members.c.id.in_(select(TOUCHED.c.member_id)))
        return insert(self.wanted.table).from_select(list(given), query)

    def marks_anew(self, marks: Marks) -> Any:
        """The statement that gives those in CHANGED their attributes, stays and whether they are there."""
        whose = select(CHANGED.c.member_id)
        row, stays = self.wanted.table, self._stays(whose).subquery("stays")
        joined, given = self._told(members.outerjoin(stays, stays.c.member_id == members.c.id), stays, marks, whose)
        changed = select(members.c.id, *(value.label(name) for name, value in given.items())).select_from(joined)
        new = changed.where(members.c.id.in_(whose)).subquery("changed")
        return update(row).where(row.c.member_id == new.c.id).values({name: new.c[name] for name in given})

    def _told(
        self, joined: Any, stays: Any, marks: Marks, whose: Select[Any] | None
    ) -> tuple[Any, dict[str, ColumnElement[Any]]]:
        """What is no figure, of members joined with their stays: as it is now, whichever part it is in."""
        at = max(mark.instant.at for mark in marks.values())
        given: dict[str, ColumnElement[Any]] = {"is_there": alive(members)}
        for feature, name in self.wanted.columns:
            if not isinstance(feature, Figure | Held):
                given[name] = self._trait(feature, literal(at, INSTANT))
        given |= {name: func.coalesce(stays.c[name], False) for name in self.wanted.flags.values()}
        if self.wanted.held:
            grants = self._held(marks, at, whose).subquery("grants")
            joined = joined.outerjoin(grants, grants.c.member_id == members.c.id)
            given |= {name: grants.c[name] for _, _, name in self.wanted.held}
        if self.wanted.has_stage:
            stage = stages.alias("stay")
            joined = joined.outerjoin(stage, and_(stage.c.member_id == members.c.id, stage.c.left_at.is_(None)))
            given["stage"] = stage.c.stage
        return joined, given

    def _figures(self, marks: Marks, of_touched: bool) -> Select[Any]:
        first, *others = marks.values()
        parts = self.wanted.parts
        # As of one instant and snapshot, as a rule: then what counts is asked once for an event.
        if all(mark == first for mark in others):
            windows: dict[EventQuery, frozenset[Span | None]] = {}
            for feeds in marks:
                for kind, looked in parts[feeds].windows.items():
                    windows[kind] = windows.get(kind, frozenset[Span | None]()) | looked
            looked_at, each = and_(self._looked_at(windows, first.instant), first.counts), dict[Feeds, Any]()
        else:
            each = {feeds: mark.counts for feeds, mark in marks.items()}
            looks = [
                and_(self._looked_at(parts[feeds].windows, mark.instant), mark.counts) for feeds, mark in marks.items()
            ]
            looked_at = or_(*looks)
        counted = [
            self._figure(figure, mark.instant, each.get(feeds)).label(name)
            for feeds, mark in marks.items()
            for figure, name in parts[feeds].figures.items()
        ]
        query = select(events.c.member_id, *counted).group_by(events.c.member_id).where(looked_at)
        if not of_touched:
            return query
        named = sorted({kind.event for feeds in marks for kind in parts[feeds].windows})  # the index's first column
        return query.where(events.c.name.in_(named), events.c.member_id.in_(select(TOUCHED.c.member_id)))

    def _figure(self, figure: Figure, instant: Instant, there: ColumnElement[bool] | None) -> ColumnElement[Any]:
        counts = matches(self.project, events, figure.kind)
        if figure.window is not None:
            counts = and_(counts, inside(events.c.at, figure.window, instant))
        if there is not None:
            counts = and_(counts, there)
        match figure.taken:
            case "number":
                return func.count().filter(counts)
            case "last":
                return func.max(events.c.at).filter(counts)
            case "sum":
                return func.sum(self.value(figure)).filter(counts)
            case "valued":
                return func.count(self.value(figure)).filter(counts)

    def value(self, figure: Figure) -> ColumnElement[Any]:
        """What an event adds to a sum."""
        return property_of(self.project, events, figure.kind.event, figure.summed, "number")

    def _looked_at(self, windows: Windows, instant: Instant) -> ColumnElement[bool]:
        """The events that any feature may count: each kind as far back as anything looks."""
        lows = {kind: _low(looked, instant) for kind, looked in windows.items()}
        found: list[ColumnElement[bool]] = []
        for kind, low in lows.items():
            every = EventQuery(kind.event)
            if kind != every and every in lows and (lows[every] is None or (low is not None and lows[every] <= low)):
                continue
            kept = matches(self.project, events, kind)
            found.append(kept if low is None else and_(kept, events.c.at >= literal(low, INSTANT)))
        return or_(false(), *found)

    def _held(self, marks: Marks, at: datetime, whose: Select[Any] | None) -> Select[Any]:
        """Up to when who holds which tag, and from when on the next; to be told again when a grant arrives."""
        asked: list[ColumnElement[Any]] = []
        for feeds, held, name in self.wanted.held:
            begun = tags.c.granted_at <= literal(marks[feeds].instant.at if feeds in marks else at, INSTANT)
            until = func.max(ends_at(tags)).filter(tags.c.tag == held.tag, begun)
            later = func.min(tags.c.granted_at).filter(tags.c.tag == held.tag, ~begun)
            asked.append((until if held.taken == "until" else later).label(name))
        named = tags.c.tag.in_(sorted({held.tag for _, held, _ in self.wanted.held}))
        query = select(tags.c.member_id, *asked).where(named).group_by(tags.c.member_id)
        return query if whose is None else query.where(tags.c.member_id.in_(whose))

    def _trait(self, feature: Feature, at: ColumnElement[Any]) -> ColumnElement[Any]:
        if isinstance(feature, Trait):
            return condition_sql(self.project, feature.leaf, members.c.id, at)
        if not isinstance(feature, YearDay):
            raise TypeError(f"{feature} is no attribute")
        day = typed(members.c.attributes.op("->>")(feature.attribute), "date")
        return cast(extract("month", day) * 100 + extract("day", day), Integer)

    def _stays(self, whose: Select[Any] | None) -> Select[Any]:
        """Who of those is in which segment; None: of all."""
        stay = segment_members.alias("stays_in")
        flags = [func.bool_or(stay.c.segment == name).label(flag) for name, flag in self.wanted.flags.items()]
        here = and_(stay.c.left_at.is_(None), stay.c.segment.in_(list(self.wanted.flags)))
        query = select(stay.c.member_id, *flags).where(here).group_by(stay.c.member_id)
        return query if whose is None else query.where(stay.c.member_id.in_(whose))


def _low(windows: frozenset[Span | None], instant: Instant) -> Any:
    return None if None in windows else min(instant.opens[window] for window in windows if window is not None)
