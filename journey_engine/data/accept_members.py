"""Good rows to members: identities, attributes, zone and consents, each only where it is new; it writes no event."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
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
from sqlalchemy.dialects.postgresql import array
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.data.first_load import first_load
from journey_engine.data.good_rows import unquarantined, with_member
from journey_engine.data.last_rows import LastRows, gather
from journey_engine.data.staging import ROW
from journey_engine.language.catalog import Schema
from journey_engine.language.feed import BringsMember, Feed
from journey_engine.language.merging import Merging
from journey_engine.members.findings import find_in_rows
from journey_engine.members.members import ARRIVED, create_unknown
from journey_engine.store.tables.erasure import consent_log
from journey_engine.store.tables.people import consents, identities, members, merge_findings

# The members that were known and whose data this batch changed; a row about one of them has landed.
_CHANGED = table("changed_members", column("member_id"))
# Their numbers were drawn in the order of the rows, so all but one index is written from its beginning to its end.
_MAKE = text("""
insert into members (id, member_key, attributes, zone, created_at, changed_at, arrived) overriding system value
select member_id, encode(substr(sha256(convert_to(cast(:by as text) || ':' || own, 'UTF8')), 1, 16), 'hex'), attributes,
       zone, :now, :now, (select (pg_current_xact_id()::text)::bigint)
from last_rows where is_new
""")
_KNOW = text("insert into identities (kind, value, member_id) select :by, own, member_id from last_rows where is_new")
_LOG_NEW = "insert into consent_log (member_id, topic, granted, at, source, batch_id, row_number)"


def accept_members(
    connection: Connection,
    feed: Feed,
    schema: Schema,
    merge: Merging,
    batch: int,
    staged: Table,
    good: int,
    now: datetime,
    first: bool = False,
) -> tuple[dict[str, int], LastRows | None]:
    """Bring the members of the `good` rows up to what they say; returns how many of each were added or changed.

    Where rows of one member differ, the last row speaks. An empty cell takes the attribute away: the file is the word
    on the columns it has. Changes carry `now`. Beside the counts: the last rows, of a feed with `members:`. `first`: as
    `first_load` says it.
    """
    said, counts = feed.members, dict[str, int]()
    if tells_changes(feed):
        connection.execute(text("create temp table changed_members (member_id bigint) on commit drop"))
    if said is None:
        if feed.member.create:
            counts["members"] = _create(connection, feed, batch, staged, now)
        return counts, None
    if feed.member.create:
        _adopt(connection, feed, said, batch, staged)
    last = gather(connection, feed, said, schema, batch, staged, good)
    if feed.member.create:
        counts["members"] = _make(connection, feed.member.by, last, now)
    counts["identities"], all_new = _bind(connection, last, first)
    if not (all_new and last.single):
        told = last.told(said) if last.single else with_member(staged, batch, feed)
        merges = find_in_rows(connection, feed, merge, batch, told, now)
        counts |= {"merges": merges} if merges else {}
        _note_found(connection, batch)
    counts["attributes"] = _describe(connection, said, last, now)
    with first_load(connection, ("consents",), 0 if last.known else last.new):
        counts["consents"] = sum(_consent(connection, feed.feed, batch, topic, last, now) for topic in last.consent)
    return counts, last


def tells_changes(feed: Feed) -> bool:
    """Whether a row of the feed lands by what it changes of a member: others land by their events alone."""
    return feed.members is not None or not feed.brings


def changed_rows(feed: Feed, batch: int, staged: Table, last: LastRows | None) -> Select[Any]:
    """The good rows about members that this batch made or changed, as a select of row numbers."""
    changed = select(_CHANGED.c.member_id)
    if last is not None and last.single:
        return select(last.table.c.row).where(or_(last.table.c.is_new, last.table.c.member_id.in_(changed)))
    rows = with_member(staged, batch, feed)
    if last is not None:
        changed = changed.union_all(select(last.table.c.member_id).where(last.table.c.is_new))
    return select(rows.c[ROW]).where(rows.c["_member"].in_(changed))


def _note_found(connection: Connection, batch: int) -> None:
    """A row that says who is the same as whom has brought something."""
    found = select(merge_findings.c.member_id).where(merge_findings.c.batch_id == batch)
    others = select(merge_findings.c.other_id).where(merge_findings.c.batch_id == batch)
    connection.execute(insert(_CHANGED).from_select(["member_id"], found.union(others)))


def _create(connection: Connection, feed: Feed, batch: int, staged: Table, now: datetime) -> int:
    """Make the members whom nobody knows, of a feed that says no more of them."""
    good = unquarantined(staged, batch, feed)
    newest = connection.execute(select(func.coalesce(func.max(members.c.id), 0))).scalar_one()
    made = create_unknown(connection, feed.member.by, select(good.c[feed.member.from_]), now)
    if not feed.brings:
        added = select(members.c.id).where(members.c.id > newest)
        connection.execute(insert(_CHANGED).from_select(["member_id"], added))
    return made


def _adopt(connection: Connection, feed: Feed, said: BringsMember, batch: int, staged: Table) -> None:
    """Members known by a further identity of a row are known by the row's own from now on."""
    good = unquarantined(staged, batch, feed)
    own = good.c[feed.member.from_]
    for kind, name in said.identities.items():
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


def _make(connection: Connection, by: str, last: LastRows, now: datetime) -> int:
    """Write the members whom nobody knows, with all the last row says of them."""
    if last.new:
        connection.execute(_MAKE, {"by": by, "now": now})
        connection.execute(_KNOW, {"by": by})
    return last.new


def _bind(connection: Connection, last: LastRows, first: bool) -> tuple[int, bool]:
    """Further identities that are nobody's yet; how many, and whether that is all that the rows have."""
    count, rows = 0, last.table
    for kind, value in last.identity.items():
        query = select(literal(kind), value, rows.c.member_id).where(value.is_not(None))
        if not first or _is_known(connection, kind):
            held = select(identities.c.value).where(identities.c.kind == kind, identities.c.value == value).exists()
            query = query.where(~held)
        # Whoever stands first has it, also if another session makes her meanwhile: but nobody does in a first load.
        query = query.distinct(value).order_by(value, rows.c.member_id)
        statement = upsert(identities).from_select(["kind", "value", "member_id"], query)
        if not first:
            statement = statement.on_conflict_do_nothing()
        count += _noting(connection, statement, identities.c.member_id, last)
    return count, count == sum(last.named.values())


def _is_known(connection: Connection, kind: str) -> bool:
    """Whether anybody is known by an identity of this kind: if nobody is, looking each one up is half of the work."""
    return connection.execute(select(select(identities.c.value).where(identities.c.kind == kind).exists())).scalar_one()


def _describe(connection: Connection, said: BringsMember, last: LastRows, now: datetime) -> int:
    """Attributes and zone; of known members only those for whom something differs are written."""
    if not said.attributes and not said.zone:
        return 0
    rows = last.table
    if not last.known:
        return last.described
    names = cast(array([literal(name) for name in said.attributes], type_=Text), ARRAY(Text))
    told = members.c.attributes.op("-")(names).op("||")(rows.c.attributes) if said.attributes else members.c.attributes
    zone = rows.c.zone if said.zone else members.c.zone
    differs = or_(members.c.attributes.is_distinct_from(told), members.c.zone.is_distinct_from(zone))
    statement = (
        update(members)
        .values(attributes=told, zone=zone, changed_at=now, arrived=ARRIVED)
        .where(members.c.id == rows.c.member_id, ~rows.c.is_new, differs)
    )
    return last.described + _noting(connection, statement, members.c.id)


def _consent(connection: Connection, feed: str, batch: int, topic: str, last: LastRows, now: datetime) -> int:
    """A consent of one topic, logged with the row it stands in; cells that say neither yes nor no change nothing."""
    rows, granted = last.table, last.consent[topic]
    said = {"topic": topic, "now": now, "feed": feed, "batch": batch}
    of_new = f"from last_rows where is_new and {granted.name} is not null"
    connection.execute(
        text(f"insert into consents select member_id, :topic, {granted.name}, :now, :feed {of_new}"), said
    )
    count = connection.execute(
        text(f"{_LOG_NEW} select member_id, :topic, {granted.name}, :now, :feed, :batch, row {of_new}"), said
    ).rowcount
    if not last.known:
        return count
    there = and_(consents.c.member_id == rows.c.member_id, consents.c.topic == topic)
    asked = (
        select(rows.c.member_id, literal(topic), granted, literal(now), literal(feed))
        .select_from(rows.outerjoin(consents, there))
        .where(~rows.c.is_new, granted.is_not(None), granted.is_distinct_from(consents.c.granted))
    )
    statement = upsert(consents).from_select(["member_id", "topic", "granted", "changed_at", "source"], asked)
    new = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["member_id", "topic"],
        set_={"granted": new.granted, "changed_at": new.changed_at, "source": new.source},
        where=consents.c.granted != new.granted,
    )
    written = statement.returning(consents.c.member_id, consents.c.granted).cte("consented")
    told = (
        written.c.member_id,
        literal(topic),
        written.c.granted,
        literal(now),
        literal(feed),
        literal(batch),
        rows.c.row,
    )
    proven = select(*told).join(rows, rows.c.member_id == written.c.member_id)
    into = ["member_id", "topic", "granted", "at", "source", "batch_id", "row_number"]
    return count + _noting(connection, insert(consent_log).from_select(into, proven), consent_log.c.member_id)


def _noting(connection: Connection, statement: Any, member: ColumnElement[Any], last: LastRows | None = None) -> int:
    """Run a writing statement and remember whom it changed; returns how many rows it wrote.

    With `last` it may write for new members too, who need not be remembered.
    """
    if last is not None and not last.known:
        return connection.execute(statement, execution_options={"preserve_rowcount": True}).rowcount
    written = statement.returning(member.label("member_id")).cte("written")
    whom = select(written.c.member_id)
    if last is not None:
        whom = whom.where(written.c.member_id < last.first_new)
    noted = insert(_CHANGED).from_select(["member_id"], whom).cte("noted")
    return connection.execute(select(func.count()).select_from(written).add_cte(noted)).scalar_one()
