"""Tables of features kept for refreshes: made, brought forward to an instant, made anew where they do not fit any more.

A refresh that cannot use them (few events, an instant that lies before theirs, a transaction that wrote events itself)
is told so, and asks the events; its result is the same.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Connection,
    Date,
    MetaData,
    Table,
    cast,
    delete,
    exists,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import calendar
from journey_engine.compiler.arrivals import CURRENT, XMAX, XMIN, this_transaction
from journey_engine.compiler.features import Figure, Trait
from journey_engine.compiler.told_from_features import Instant, Row
from journey_engine.language.conditions import Within
from journey_engine.language.project import Project
from journey_engine.lifecycle import feature_writing
from journey_engine.lifecycle.feature_rows import Mark, Rows
from journey_engine.lifecycle.feature_sets import SCHEMA, FeatureSet, Feeds, set_for
from journey_engine.store.tables.features import changed_events, feature_sets
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import members

FEW = 50_000  # events: below, asking them costs less than keeping features
_FORM = "1"  # of the rows; another one when they come to be filled otherwise
LARGE = 5  # more than one in so many rows to be worked out anew: all are
_MEMORY = text("select set_config('work_mem', :size, true)")


@dataclass(frozen=True, slots=True)
class Kept:
    """A table of features as of an instant: what it is made of, and what its rows tell."""

    wanted: FeatureSet
    row: Row
    members: int

    def are_many(self, number: int) -> bool:
        """Whether so many rows are better written with all others than changed in their place."""
        return number * feature_writing.MANY > self.members


def bring(connection: Connection, project: Project, feeds: Feeds, at: datetime) -> Kept | None:
    """The features for what rests on these feeds as of an instant, in the caller's transaction.

    None: nothing there is told from features, or they are of no use here. Then they are made anew the next time: they
    would not know of the stays that come of asking the events.
    """
    wanted = set_for(project, feeds)
    kept = _brought(connection, project, wanted, at) if wanted is not None else None
    if wanted is not None and kept is None:
        connection.execute(delete(feature_sets).where(feature_sets.c.name == wanted.table.name))
    return kept


def _brought(connection: Connection, project: Project, wanted: FeatureSet, at: datetime) -> Kept | None:
    if _is_mixed(connection, wanted):
        return None
    now = _mark(connection, project, wanted, at)
    stored = connection.execute(
        select(feature_sets).where(feature_sets.c.name == wanted.table.name).with_for_update()
    ).one_or_none()
    definition = _definition(project, wanted)
    rows = Rows(project, wanted)
    if stored is not None and _fits(connection, wanted, stored, definition, now):
        if at < stored.as_of:
            return None
        before = Mark(_instant(connection, project, wanted, stored.as_of), stored.snapshot, stored.seen, stored.made_by)
        if _forward(connection, rows, before, now, stored.members):
            _note(connection, wanted, definition, now, stored.members)
            return Kept(wanted, Row(project, wanted.table, wanted.columns, now.instant), stored.members)
    if not _are_many(connection):
        return None
    number = _make(connection, rows, now)
    _note(connection, wanted, definition, now, number)
    return Kept(wanted, Row(project, wanted.table, wanted.columns, now.instant), number)


def tidy(connection: Connection, sets: Iterable[Feeds]) -> None:
    """Take away the tables that nothing asks for any more, and the notes that every table has taken in."""
    wanted = [sorted(feeds) for feeds in sets]
    for name, feeds in connection.execute(select(feature_sets.c.name, feature_sets.c.feeds)).all():
        if feeds not in wanted:
            connection.execute(text(f'drop table if exists {SCHEMA}."{name}"'))
            connection.execute(delete(feature_sets).where(feature_sets.c.name == name))
    least = select(func.coalesce(func.min(feature_sets.c.seen), XMIN)).scalar_subquery()
    connection.execute(delete(changed_events).where(changed_events.c.arrived < least))


def forget(connection: Connection) -> None:
    """Take away the rows of those in the temporary table `forgotten`; the next refresh ends what they were in."""
    for name in connection.execute(select(feature_sets.c.name)).scalars().all():
        rows = Table(name, MetaData(schema=SCHEMA), Column("member_id", BigInteger))
        if feature_writing.relation(connection, rows):
            hers = f"delete from {feature_writing.full(rows)} where member_id in (select member_id from forgotten)"
            connection.execute(text(hers))


@contextmanager
def _room(connection: Connection) -> Generator[None]:
    """Room for sorting and counting all members."""
    before = connection.execute(text("show work_mem")).scalar_one()
    connection.execute(_MEMORY, {"size": "256MB"})
    yield
    connection.execute(_MEMORY, {"size": before})


def _are_many(connection: Connection) -> bool:
    return connection.execute(select(exists(select(events.c.id).offset(FEW)))).scalar_one()


def _is_mixed(connection: Connection, wanted: FeatureSet) -> bool:
    """Whether this transaction wrote such events or members itself, or rows are of a server's other life."""
    me = this_transaction()
    named = events.c.name.in_(wanted.event_names)
    own_events = exists(select(literal(1)).where(events.c.arrived == me, named))
    own_members = exists(select(literal(1)).where(members.c.arrived == me))
    restored = exists(select(literal(1)).where(events.c.arrived > me))
    return connection.execute(select(own_events | own_members | restored)).scalar_one()


def _mark(connection: Connection, project: Project, wanted: FeatureSet, at: datetime) -> Mark:
    instant = _instant(connection, project, wanted, at)
    snapshot, seen, me = connection.execute(select(CURRENT, XMIN, this_transaction())).one()
    return Mark(instant, snapshot, seen, me)


def _instant(connection: Connection, project: Project, wanted: FeatureSet, at: datetime) -> Instant:
    """The instant with where its windows open, as Postgres reckons in the business zone."""
    zone, when = literal(project.policy.zone), literal(at, INSTANT)
    today = calendar.local_date(when, zone)
    spans, lengths = wanted.spans, sorted(wanted.lengths, key=repr)
    asked: list[Any] = [today]
    for span in spans:
        is_length = isinstance(span, Within)
        asked.append(
            calendar.plus(when, span.length, zone, -1) if is_length else calendar.period(when, span.unit, zone)
        )
    asked += [cast(today + calendar.interval(length), Date) for length in lengths]
    found = list(connection.execute(select(*asked)).one())
    opens = dict(zip(spans, found[1 : 1 + len(spans)], strict=True))
    return Instant(at, found[0], opens, dict(zip(lengths, found[1 + len(spans) :], strict=True)))


def _definition(project: Project, wanted: FeatureSet) -> str:
    """A hash of all that the columns mean: the features, the types of what they read, the zone, the segments."""
    import hashlib

    schema = project.schema_
    said = [_FORM, project.policy.zone, repr(sorted(wanted.flags.items())), repr(wanted.has_stage)]
    for feature, name in wanted.columns.items():
        match feature:
            case Figure(kind=kind):
                read = repr(sorted((schema.properties_of(kind.event) or {}).items()))
            case Trait(leaf=leaf):
                read = schema.attributes[leaf.name].type
            case _:
                read = ""
        said.append(f"{name} {feature.text} {read}")
    said += [f"{kind!r} {sorted(map(repr, windows))}" for kind, windows in wanted.windows.items()]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _fits(connection: Connection, wanted: FeatureSet, stored: Any, definition: str, now: Mark) -> bool:
    """Whether the table is still the one that was made, filled, and of this server's transactions."""
    if stored.definition != definition or stored.relation != feature_writing.relation(connection, wanted.table):
        return False
    later = connection.execute(select(XMAX)).scalar_one() < stored.seen or stored.made_by > now.by
    return not later and connection.execute(select(exists(select(wanted.table.c.member_id)))).scalar_one()


def _forward(connection: Connection, rows: Rows, before: Mark, now: Mark, known: int) -> bool:
    """Bring the table forward; False: so much is to be worked out anew that all of it may as well be."""
    if not rows.are_changed(connection, before):
        with _room(connection):
            rows.forward(connection, before, now, known)
        return True
    with _room(connection):
        touched = rows.touch(connection, before)
        is_small = touched * LARGE <= known
        if is_small:
            rows.forward(connection, before, now, known)
            rows.replace(connection, now, touched)
    connection.execute(text("drop table features_changed, features_touched"))
    return is_small


def _make(connection: Connection, rows: Rows, now: Mark) -> int:
    made = rows.wanted.table
    feature_writing.create(connection, made)
    with _room(connection):
        number = connection.execute(rows.whole(now), execution_options={"preserve_rowcount": True}).rowcount
    feature_writing.filled(connection, made)
    return number


def _note(connection: Connection, wanted: FeatureSet, definition: str, now: Mark, number: int) -> None:
    values = {
        "feeds": sorted(wanted.feeds),
        "definition": definition,
        "relation": feature_writing.relation(connection, wanted.table),
        "as_of": now.instant.at,
        "snapshot": now.snapshot,
        "seen": now.seen,
        "made_by": now.by,
        "members": number,
    }
    statement = upsert(feature_sets).values(name=wanted.table.name, **values)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=values))
