"""The table of features kept for refreshes: made, brought forward, made anew where it does not fit; it judges nobody.

A refresh that cannot use them (few events, an instant that lies before theirs, a transaction that wrote events itself)
is told so, and asks the events; its result is the same.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
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
from journey_engine.lifecycle.feature_forward import Way
from journey_engine.lifecycle.feature_rows import Mark, Marks, Rows
from journey_engine.lifecycle.feature_sets import SCHEMA, TABLE, FeatureSet, Feeds, part_name, set_for
from journey_engine.store.tables.features import changed_events, feature_sets
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import members

FEW = 50_000  # events: below, asking them costs less than keeping features
_FORM = "2"  # of the rows; another one when they come to be filled otherwise
LARGE = 5  # more than one in so many rows to be worked out anew: all are
_LOCK = text("select pg_advisory_xact_lock(7402136)")  # the parts lie in one table
_MEMORY = text("select set_config('work_mem', :size, true)")


@dataclass(frozen=True, slots=True)
class Kept:
    """The table of features, and what its rows tell of those parts that were brought to an instant."""

    wanted: FeatureSet
    rows: Mapping[Feeds, Row]
    members: int

    def are_many(self, number: int) -> bool:
        """Whether so many rows are better written with all others than changed in their place."""
        return number * feature_writing.MANY > self.members


def bring(connection: Connection, project: Project, reached: Mapping[Feeds, datetime]) -> Kept | None:
    """The features for what rests on these feeds, each as of its instant, in the caller's transaction.

    The others stay as of theirs. None: nothing there is told from features, or they are of no use here. Then they are
    made anew the next time: they would not know of the stays that come of asking the events.
    """
    wanted = set_for(project)
    due = {feeds: at for feeds, at in reached.items() if feeds in wanted.parts}
    kept = _brought(connection, project, wanted, due) if due else None
    if due and kept is None:
        names = [part_name(feeds) for feeds in due]
        connection.execute(delete(feature_sets).where(feature_sets.c.name.in_(names)))
    return kept


def _brought(
    connection: Connection, project: Project, wanted: FeatureSet, due: Mapping[Feeds, datetime]
) -> Kept | None:
    if _is_mixed(connection, wanted, due):
        return None
    connection.execute(_LOCK)
    stored = {frozenset(row.feeds): row for row in connection.execute(select(feature_sets)).all()}
    stored = {feeds: row for feeds, row in stored.items() if feeds in wanted.parts}
    instants = _instants(connection, project, wanted, {*due.values(), *(row.as_of for row in stored.values())})
    snapshot, seen, me = connection.execute(select(CURRENT, XMIN, this_transaction())).one()
    now = {feeds: Mark(instants[at], snapshot, seen, me) for feeds, at in due.items()}
    definition, rows = _definition(project, wanted), Rows(project, wanted)
    fitting = _fitting(connection, wanted, stored, definition, me)
    if due.keys() <= fitting.keys():
        if any(at < stored[feeds].as_of for feeds, at in due.items()):
            return None
        before = {
            feeds: Mark(instants[row.as_of], row.snapshot, row.seen, row.made_by) for feeds, row in fitting.items()
        }
        number = next(iter(fitting.values())).members
        if _forward(connection, Way(rows, before, now), number):
            _note(connection, wanted, definition, now, number)
            return _kept(project, wanted, now, number)
    if not _are_many(connection):
        return None
    marks = {feeds: Mark(instants[row.as_of], snapshot, seen, me) for feeds, row in stored.items()} | now
    number = _make(connection, rows, marks)
    connection.execute(delete(feature_sets))
    _note(connection, wanted, definition, marks, number)
    return _kept(project, wanted, now, number)


def _kept(project: Project, wanted: FeatureSet, now: Marks, number: int) -> Kept:
    rows = {feeds: Row(project, wanted.table, wanted.parts[feeds].columns, mark.instant) for feeds, mark in now.items()}
    return Kept(wanted, rows, number)


def tidy(connection: Connection, sets: Iterable[Feeds]) -> None:
    """Forget what nothing asks for any more, and the notes that all has taken in."""
    names = [part_name(feeds) for feeds in sets]
    connection.execute(delete(feature_sets).where(feature_sets.c.name.not_in(names)))
    least = select(func.coalesce(func.min(feature_sets.c.seen), XMIN)).scalar_subquery()
    connection.execute(delete(changed_events).where(changed_events.c.arrived < least))


def forget(connection: Connection) -> None:
    """Take away the rows of those in the temporary table `forgotten`; the next refresh ends what they were in."""
    rows = Table(TABLE, MetaData(schema=SCHEMA), Column("member_id", BigInteger))
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


def _is_mixed(connection: Connection, wanted: FeatureSet, due: Iterable[Feeds]) -> bool:
    """Whether this transaction wrote such events or members itself, or rows are of a server's other life."""
    me = this_transaction()
    named = events.c.name.in_(sorted({figure.kind.event for feeds in due for figure in wanted.parts[feeds].figures}))
    own_events = exists(select(literal(1)).where(events.c.arrived == me, named))
    own_members = exists(select(literal(1)).where(members.c.arrived == me))
    restored = exists(select(literal(1)).where(events.c.arrived > me))
    return connection.execute(select(own_events | own_members | restored)).scalar_one()


def _instants(
    connection: Connection, project: Project, wanted: FeatureSet, asked: Iterable[datetime]
) -> dict[datetime, Instant]:
    """These instants with where the windows open, as Postgres reckons in the business zone."""
    zone, spans, lengths = literal(project.policy.zone), wanted.spans, wanted.lengths
    every, told = sorted(asked), list[Any]()
    for at in every:
        when = literal(at, INSTANT)
        today = calendar.local_date(when, zone)
        told.append(today)
        for span in spans:
            is_length = isinstance(span, Within)
            told.append(
                calendar.plus(when, span.length, zone, -1) if is_length else calendar.period(when, span.unit, zone)
            )
        told += [cast(today + calendar.interval(length), Date) for length in lengths]
    found = iter(connection.execute(select(*told)).one())
    return {
        at: Instant(at, next(found), {span: next(found) for span in spans}, {each: next(found) for each in lengths})
        for at in every
    }


def _definition(project: Project, wanted: FeatureSet) -> str:
    """A hash of all that the columns mean: the features, the types of what they read, the zone, the segments."""
    import hashlib

    schema = project.schema_
    said = [_FORM, project.policy.zone, repr(sorted(wanted.flags.items()))]
    for part in wanted.parts.values():
        said.append(f"{sorted(part.feeds)} {part.has_stage}")
        for feature, name in part.columns.items():
            match feature:
                case Figure(kind=kind):
                    read = repr(sorted((schema.properties_of(kind.event) or {}).items()))
                case Trait(leaf=leaf):
                    read = schema.attributes[leaf.name].type
                case _:
                    read = ""
            said.append(f"{name} {feature.text} {read}")
        said += [f"{kind!r} {sorted(map(repr, windows))}" for kind, windows in part.windows.items()]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def _fitting(
    connection: Connection, wanted: FeatureSet, stored: Mapping[Feeds, Any], definition: str, me: int
) -> dict[Feeds, Any]:
    """Those parts that are still as they were made, in a table that is filled, by this server's transactions."""
    relation, xmax = feature_writing.relation(connection, wanted.table), connection.execute(select(XMAX)).scalar_one()
    found = {
        feeds: row
        for feeds, row in stored.items()
        if row.definition == definition and row.relation == relation and xmax >= row.seen and row.made_by <= me
    }
    if found and not connection.execute(select(exists(select(wanted.table.c.member_id)))).scalar_one():
        return {}
    return found


def _forward(connection: Connection, way: Way, known: int) -> bool:
    """Bring the table forward; False: so much is to be worked out anew that all of it may as well be."""
    if not way.are_changed(connection):
        with _room(connection):
            way.forward(connection, known)
        return True
    with _room(connection):
        touched = way.touch(connection)
        is_small = touched * LARGE <= known
        if is_small:
            way.forward(connection, known)
            way.replace(connection, touched)
    connection.execute(text("drop table features_changed, features_touched"))
    return is_small


def _make(connection: Connection, rows: Rows, marks: Marks) -> int:
    made = rows.wanted.table
    feature_writing.create(connection, made)
    with _room(connection):
        number = connection.execute(rows.whole(marks), execution_options={"preserve_rowcount": True}).rowcount
    feature_writing.filled(connection, made)
    return number


def _note(connection: Connection, wanted: FeatureSet, definition: str, marks: Marks, number: int) -> None:
    relation = feature_writing.relation(connection, wanted.table)
    noted = [
        {
            "name": part_name(feeds),
            "feeds": sorted(feeds),
            "definition": definition,
            "relation": relation,
            "as_of": mark.instant.at,
            "snapshot": mark.snapshot,
            "seen": mark.seen,
            "made_by": mark.by,
            "members": number,
        }
        for feeds, mark in marks.items()
    ]
    statement = upsert(feature_sets).values(noted)
    new = {name: statement.excluded[name] for name in noted[0] if name != "name"}
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=new))
