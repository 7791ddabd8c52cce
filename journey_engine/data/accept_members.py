"""Good rows to members: identities, attributes, zone and consents, each only where it is new; it writes no event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Table,
    Text,
    and_,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    or_,
    select,
    table,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.data import casts
from journey_engine.data.findings import find_in_rows
from journey_engine.data.good_rows import unquarantined, with_member
from journey_engine.data.members import ARRIVED, create_unknown
from journey_engine.data.staging import ROW
from journey_engine.language.catalog import Schema
from journey_engine.language.feed import BringsMember, Feed
from journey_engine.language.merging import Merging
from journey_engine.store.tables.erasure import consent_log
from journey_engine.store.tables.people import consents, identities, members, merge_findings

YES = ("yes", "y", "true", "t", "1", "是", "同意", "願意", "有")
NO = ("no", "n", "false", "f", "0", "否", "不同意", "不願意", "無")
# The members whose data this batch changed; a row about one of them has landed.
_CHANGED = table("changed_members", column("member_id"))


def accept_members(
    connection: Connection, feed: Feed, schema: Schema, merge: Merging, batch: int, staged: Table, now: datetime
) -> dict[str, int]:
    """Bring the members of all good rows up to what the rows say; returns how many of each were added or changed.

    Where rows of one member differ, the last row speaks. An empty cell takes the attribute away: the file is the word
    on the columns it has. Changes carry `now`.
    """
    connection.execute(text("create temp table changed_members (member_id bigint) on commit drop"))
    counts: dict[str, int] = {}
    if feed.member.create:
        counts["members"] = _create(connection, feed, batch, staged, now)
    if feed.members is not None:
        last = _last_rows(feed, batch, staged)
        counts["identities"] = _bind(connection, feed.members, last)
        told = with_member(staged, batch, feed)
        counts["merges"] = find_in_rows(connection, feed, merge, batch, told, now)
        _note_found(connection, batch)
        counts["attributes"] = _describe(connection, feed, feed.members, schema, last, now)
        counts["consents"] = sum(
            _consent(connection, feed.feed, batch, topic, name, last, now)
            for topic, name in feed.members.consents.items()
        )
    return {name: number for name, number in counts.items() if number or name != "merges"}


def changed_rows(feed: Feed, batch: int, staged: Table):
    """The good rows about members that this batch made or changed, as a select of row numbers."""
    rows = with_member(staged, batch, feed)
    return select(rows.c[ROW]).where(rows.c["_member"].in_(select(_CHANGED.c.member_id)))


def _note_found(connection: Connection, batch: int) -> None:
    """A row that says who is the same as whom has brought something."""
    found = select(merge_findings.c.member_id).where(merge_findings.c.batch_id == batch)
    others = select(merge_findings.c.other_id).where(merge_findings.c.batch_id == batch)
    connection.execute(insert(_CHANGED).from_select(["member_id"], found.union(others)))


def _create(connection: Connection, feed: Feed, batch: int, staged: Table, now: datetime) -> int:
    """Adopt members known by a further identity of the row, then make those whom nobody knows."""
    good = unquarantined(staged, batch, feed)
    own = good.c[feed.member.from_]
    for kind, name in (feed.members.identities if feed.members else {}).items():
        mine = identities.alias("mine")
        unknown = ~select(mine.c.value).where(mine.c.kind == feed.member.by, mine.c.value == own).exists()
        adopted = (
            select(literal(feed.member.by), own, identities.c.member_id)
            .distinct(own)
            .join(identities, and_(identities.c.kind == kind, identities.c.value == good.c[name]))
            .where(unknown)
            .order_by(own, good.c[ROW].desc())
        )
        _noting(
            connection, upsert(identities).from_select(["kind", "value", "member_id"], adopted), identities.c.member_id
        )
    newest = connection.execute(select(func.coalesce(func.max(members.c.id), 0))).scalar_one()
    made = create_unknown(connection, feed.member.by, select(own), now)
    if feed.members is not None or not feed.brings:
        added = select(members.c.id).where(members.c.id > newest)
        connection.execute(insert(_CHANGED).from_select(["member_id"], added))
    return made


def _last_rows(feed: Feed, batch: int, staged: Table) -> Any:
    """One row for each member: the last good one."""
    rows = with_member(staged, batch, feed)
    last = select(rows).distinct(rows.c["_member"]).order_by(rows.c["_member"], rows.c[ROW].desc())
    return last.subquery("last")


def _bind(connection: Connection, said: BringsMember, last: Any) -> int:
    count = 0
    for kind, name in said.identities.items():
        rows = select(literal(kind), last.c[name], last.c["_member"]).where(last.c[name].is_not(None))
        statement = upsert(identities).from_select(["kind", "value", "member_id"], rows)
        count += _noting(connection, statement.on_conflict_do_nothing(), identities.c.member_id)
    return count


def _describe(connection: Connection, feed: Feed, said: BringsMember, schema: Schema, last: Any, now: datetime) -> int:
    """Attributes and zone; only members for whom something differs are written."""
    if not said.attributes and not said.zone:
        return 0
    pairs: list[ColumnElement[Any]] = []
    for name, source in said.attributes.items():
        kind = schema.attributes[name].type if name in schema.attributes else "text"
        pairs += [cast(literal(name), Text), casts.canonical(last.c[source], kind, feed.format.decimal)]
    known = cast(func.jsonb_strip_nulls(func.jsonb_build_object(*pairs)), JSONB)
    kept = members.c.attributes.op("-")(
        cast(array([literal(name) for name in said.attributes], type_=Text), ARRAY(Text))
    )
    told = kept.op("||")(known) if said.attributes else members.c.attributes
    zone = last.c[said.zone] if said.zone else members.c.zone
    differs = or_(members.c.attributes.is_distinct_from(told), members.c.zone.is_distinct_from(zone))
    statement = (
        update(members)
        .values(attributes=told, zone=zone, changed_at=now, arrived=ARRIVED)
        .where(members.c.id == last.c["_member"], differs)
    )
    return _noting(connection, statement, members.c.id)


def _consent(connection: Connection, feed: str, batch: int, topic: str, name: str, last: Any, now: datetime) -> int:
    """A consent of one topic, logged with the row it stands in; cells that say neither yes nor no change nothing."""
    said = func.lower(func.btrim(last.c[name]))
    granted = case((said.in_(YES), True), (said.in_(NO), False))
    rows = select(last.c["_member"], literal(topic), granted, literal(now), literal(feed)).where(granted.is_not(None))
    statement = upsert(consents).from_select(["member_id", "topic", "granted", "changed_at", "source"], rows)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["member_id", "topic"],
        set_={"granted": new.granted, "changed_at": new.changed_at, "source": new.source},
        where=consents.c.granted != new.granted,
    )
    written = statement.returning(consents.c.member_id, consents.c.granted).cte("consented")
    proof = func.jsonb_build_object(cast(literal("batch"), Text), batch, cast(literal("row"), Text), last.c[ROW])
    proven = select(written.c.member_id, literal(topic), written.c.granted, literal(now), literal(feed), proof).join(
        last, last.c["_member"] == written.c.member_id
    )
    into = ["member_id", "topic", "granted", "at", "source", "proof"]
    return _noting(connection, insert(consent_log).from_select(into, proven), consent_log.c.member_id)


def _noting(connection: Connection, statement: Any, member: ColumnElement[Any]) -> int:
    """Run a writing statement and remember whom it changed; returns how many rows it wrote."""
    written = statement.returning(member.label("member_id")).cte("written")
    into = insert(_CHANGED).from_select(["member_id"], select(written.c.member_id))
    return connection.execute(into, execution_options={"preserve_rowcount": True}).rowcount
