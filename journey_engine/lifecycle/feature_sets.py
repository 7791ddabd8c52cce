"""Which features a project's segments, stages, personas and ranks ask for, and the table of them; it fills none.

A row per member, with a column per feature, one for each segment and persona she is in, and her stage. What rests on
the same feeds is refreshed as of the same instant: these columns are a part of the table, and each part stands for an
instant of its own. One look at the events brings all forward that can be; what waits for its feeds stays as it is.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, Integer, MetaData, Numeric, SmallInteger, Table, Text, false
from sqlalchemy.types import NullType

from journey_engine.compiler.features import Feature, Figure, Held, Span, Trait, features_of, lengths_of, windows_of
from journey_engine.language.conditions import Condition, EventQuery
from journey_engine.language.durations import Duration
from journey_engine.language.mentions import ranks_in
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.language.schema import DERIVED_EVENTS
from journey_engine.lifecycle.refreshes import feeds_of
from journey_engine.store.tables.metadata import INSTANT

SCHEMA = "derived"
TABLE = "features"
Feeds = frozenset[str]


@dataclass(frozen=True)
class Part:
    """What rests on the same feeds: which windows it looks into, its columns by feature and by segment."""

    feeds: Feeds
    windows: Mapping[EventQuery, frozenset[Span | None]]  # that are looked into, by kind of event; None: all there is
    lengths: frozenset[Duration]  # how far ahead dates are looked for
    columns: Mapping[Feature, str]
    flags: Mapping[str, str]  # by the segment's name, a persona's with its prefix
    has_stage: bool

    @property
    def figures(self) -> dict[Figure, str]:
        return {feature: name for feature, name in self.columns.items() if isinstance(feature, Figure)}


@dataclass(frozen=True)
class FeatureSet:
    """The table and its parts."""

    parts: Mapping[Feeds, Part]
    table: Table = field(compare=False)

    @cached_property
    def added(self) -> Table:
        """The temporary table of what is to be added to figures."""
        names = [name for part in self.parts.values() for name in part.figures.values()]
        columns = [Column(name, self.table.c[name].type) for name in names]
        return Table("feature_changes", MetaData(), Column("member_id", BigInteger), *columns, prefixes=["temporary"])

    @property
    def columns(self) -> list[tuple[Feature, str]]:
        return [each for part in self.parts.values() for each in part.columns.items()]

    @property
    def flags(self) -> dict[str, str]:
        return {name: flag for part in self.parts.values() for name, flag in part.flags.items()}

    @property
    def held(self) -> list[tuple[Feeds, Held, str]]:
        """What is told of tags, by the part it is in."""
        return [
            (part.feeds, feature, name)
            for part in self.parts.values()
            for feature, name in part.columns.items()
            if isinstance(feature, Held)
        ]

    @property
    def has_stage(self) -> bool:
        return any(part.has_stage for part in self.parts.values())

    @property
    def spans(self) -> list[Span]:
        """All windows, in one order."""
        several = [windows for part in self.parts.values() for windows in part.windows.values()]
        return sorted({window for windows in several for window in windows if window is not None}, key=repr)

    @property
    def lengths(self) -> list[Duration]:
        return sorted({length for part in self.parts.values() for length in part.lengths}, key=repr)


_KEPT: OrderedDict[int, tuple[Project, FeatureSet]] = OrderedDict()
_MOST_KEPT = 16


def is_plain(project: Project, condition: Condition) -> bool:
    """Whether it asks about nothing that refreshes themselves tell of: what is told meanwhile would count."""
    return not project.event_names(condition) & DERIVED_EVENTS


def set_for(project: Project) -> FeatureSet:
    """The table for all that is refreshed; it has no part for feeds of whose events nothing is told from features.

    The same one as long as the same project is asked about, so that SQLAlchemy knows its statements again. What is kept
    holds its project, so its id is not given to another.
    """
    key = id(project)
    if key not in _KEPT:
        _KEPT[key] = (project, _made_for(project))
    _KEPT.move_to_end(key)
    while len(_KEPT) > _MOST_KEPT:
        _KEPT.popitem(last=False)
    return _KEPT[key][1]


def _made_for(project: Project) -> FeatureSet:
    features, flags = count(1), count(1)
    found = [_part(project, feeds, features, flags) for feeds in sorted(all_feeds(project), key=sorted)]
    parts = {part.feeds: part for part in found if part is not None}
    return FeatureSet(parts, _table(list(parts.values())))


def _part(project: Project, feeds: Feeds, features: Iterator[int], flags: Iterator[int]) -> Part | None:
    """None: nothing there is told from features. Columns are numbered through all parts."""
    rules = {name: one.is_.condition for name, one in project.segments.items()}
    personas = project.personas.rules() if project.personas else {}
    stages = [stage.if_.condition for stage in project.stages.stages if stage.if_ is not None]
    flagged = {name: rule for name, rule in rules.items() if feeds_of(project, [rule]) == feeds}
    if _together(project, personas.values(), feeds):
        flagged |= {f"{PREFIX}{name}": rule for name, rule in personas.items()}
    flagged = {name: rule for name, rule in flagged.items() if is_plain(project, rule)}
    has_stage = _together(project, stages, feeds)
    ranks = [rank for rank in ranks_in(*project.journeys.values()) if feeds_of(project, [rank]) == feeds]
    conditions = (*flagged.values(), *(stages if has_stage else ()), *ranks)
    asked = sorted(features_of(project, conditions), key=lambda feature: feature.text)
    if not asked:
        return None
    columns = {feature: f"f{next(features)}" for feature in asked}
    named = {name: f"in{next(flags)}" for name in sorted(flagged)}
    return Part(feeds, windows_of(project, conditions), lengths_of(conditions), columns, named, has_stage)


def all_feeds(project: Project) -> list[Feeds]:
    """The sets of feeds that anything refreshed rests on."""
    personas = project.personas.rules() if project.personas else {}
    stages = [stage.if_.condition for stage in project.stages.stages if stage.if_ is not None]
    alone = [segment.is_.condition for segment in project.segments.values()] + ranks_in(*project.journeys.values())
    together = [list(personas.values()), stages]
    return list({feeds_of(project, rules) for rules in [*([rule] for rule in alone), *together]})


def part_name(feeds: Iterable[str]) -> str:
    """The same for the same feeds."""
    return f"features_{hashlib.sha256(chr(10).join(sorted(feeds)).encode()).hexdigest()[:12]}"


def _together(project: Project, rules: Iterable[Condition], feeds: Feeds) -> bool:
    """Whether rules that are all taken as of one instant rest on these feeds, and can be taken at once."""
    every = list(rules)
    return bool(every) and feeds_of(project, every) == feeds and all(is_plain(project, rule) for rule in every)


def _table(parts: Sequence[Part]) -> Table:
    flags = [name for part in parts for name in part.flags.values()]
    columns = [_column(feature, name) for part in parts for feature, name in part.columns.items()]
    return Table(
        TABLE,
        MetaData(schema=SCHEMA),
        Column("ctid", NullType(), system=True),  # where the row is, until it is changed
        Column("member_id", BigInteger, nullable=False),
        # Who is erased or merged away stays here until she has left what she was in.
        Column("is_there", Boolean, nullable=False),
        *(Column(name, Boolean, nullable=False, server_default=false()) for name in flags),
        *sorted(columns, key=_lateness),
        *((Column("stage", Text),) if any(part.has_stage for part in parts) else ()),
        prefixes=["unlogged"],  # a crash empties it, and then it is made anew
    )


def _lateness(column: Column[Any]) -> tuple[bool, bool]:
    """What may be null, and numbers of any length, come last: Postgres finds those before them at a place it knows."""
    return isinstance(column.type, Numeric), bool(column.nullable)


def _column(feature: Feature, name: str) -> Column[Any]:
    match feature:
        case Figure(taken="last") | Held():
            return Column(name, INSTANT)
        case Figure(taken="sum"):
            return Column(name, Numeric(), nullable=False)
        case Figure():
            return Column(name, Integer, nullable=False)
        case Trait():
            return Column(name, Boolean, nullable=False)
        case _:
            return Column(name, SmallInteger)
