"""Every bad row of a batch into quarantine with all its reasons, in one statement; it never judges the batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Connection,
    Select,
    Table,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    text,
    true,
    union_all,
)
from sqlalchemy import insert as sql_insert
from sqlalchemy.dialects.postgresql import array

from journey_engine.data import casts, staging
from journey_engine.data.good_rows import is_deleted, known_by, owners_of
from journey_engine.data.redeeming import REDEEM
from journey_engine.data.staging import ROW
from journey_engine.gate.marking import MARKS
from journey_engine.gate.row_rules import RowRule, coming_twice
from journey_engine.language.feed import BringsEvent, Feed
from journey_engine.language.merging import Merging
from journey_engine.members import phones
from journey_engine.store.tables.coupons import coupon_codes
from journey_engine.store.tables.operation import quarantine
from journey_engine.store.tables.people import identities

SKEW = timedelta(minutes=5)  # a clock that far ahead is a clock, beyond it the row is wrong


def set_aside(connection: Connection, batch: int, feed: Feed, table: Table, rules: Sequence[RowRule]) -> None:
    """Quarantine the rows that `marking.mark` found to break one of these rules and that set rows aside."""
    bad = bad_rows(table, rules)
    if bad is None:
        return
    staging.look(connection, MARKS.name, "(row)")  # else the whole file is hashed for the few rows of it
    found = bad.subquery("bad")
    rows = select(literal(batch), literal(feed.feed), found.c.row, found.c.content, found.c.reasons)
    into = ["batch_id", "feed", "row_number", "content", "reasons"]
    connection.execute(sql_insert(quarantine).from_select(into, rows.order_by(found.c.row)))


def bad_rows(table: Table, rules: Sequence[RowRule]) -> Select[Any] | None:
    """(row, content, reasons) of the marked rows that are set aside; None if no rule sets any aside."""
    places = {place: rule.reason for place, rule in enumerate(rules) if rule.sets_aside}
    if not places:
        return None
    staged = table.alias("staged")
    content = func.to_jsonb(text("staged")).op("-")(literal(ROW))
    said: list[Any] = [case((MARKS.c.rules.contains([place]), literal(reason))) for place, reason in places.items()]
    reasons = func.array_remove(array(said, type_=Text), null())
    return (
        select(MARKS.c.row, content.label("content"), cast(reasons, ARRAY(Text)).label("reasons"))
        .select_from(MARKS.join(staged, staged.c[ROW] == MARKS.c.row))
        .where(MARKS.c.rules.overlap(list(places)))
    )


def how_many(connection: Connection, batch: int) -> int:
    """How many rows of the batch did not land."""
    return connection.execute(select(func.count()).select_from(quarantine).where(*_kept(batch))).scalar_one()


def counts(connection: Connection, batch: int) -> tuple[int, dict[str, int]]:
    """The same, and how many for each reason (a row may have several)."""
    rows = how_many(connection, batch)
    if not rows:
        return 0, {}
    each = select(func.unnest(quarantine.c.reasons).label("reason")).where(*_kept(batch)).subquery()
    found = connection.execute(
        select(each.c.reason, func.count()).group_by(each.c.reason).order_by(func.count().desc(), each.c.reason)
    )
    return rows, {str(name): int(number) for name, number in found}


def _kept(batch: int) -> tuple[ColumnElement[bool], ...]:
    return quarantine.c.batch_id == batch, quarantine.c.status != "landed"


def own_rules(feed: Feed, merge: Merging, table: Table, now: datetime) -> Iterator[RowRule]:
    """What the feed itself needs of a row, whatever the suite says: a member, times, numbers, keys."""
    member = table.c[feed.member.from_]
    yield RowRule(f"{feed.member.from_} is missing", func.coalesce(func.btrim(member), "") == "")
    if not feed.member.create:
        own = owners_of(feed)
        known = select(own.c.value).where(own.c.value == known_by(feed, table))
        unknown = and_(member.is_not(None), ~known.exists(), not_(is_deleted(feed, table)))
        yield RowRule(f"no member is known by this {feed.member.by}", unknown)
    seen: set[str] = set()
    for brings in feed.brings:
        for rule in _event_rules(feed, brings, table, now):
            if rule.reason not in seen:
                seen.add(rule.reason)
                yield rule
    for column in phones.identity_columns(feed, phones.PHONE):
        none = select(phones.refused(table).c.written)
        yield RowRule(f"{column} is no telephone number", func.coalesce(table.c[column].in_(none), False))
    yield from _identity_rules(feed, merge, table)


def _event_rules(feed: Feed, brings: BringsEvent, table: Table, now: datetime) -> Iterator[RowRule]:
    decimal = feed.format.decimal
    columns = {column.name: column for column in table.columns}
    chosen = casts.chosen(brings.where, columns, decimal) if brings.where else true()
    picked = and_(chosen, not_(is_deleted(feed, table)))  # of a deleted row the key is enough
    at, zone = table.c[brings.at.from_], brings.at.zone
    yield RowRule(f"{brings.at.from_} is no date and time", and_(picked, ~casts.readable(at)))
    ahead = f"{brings.at.from_} lies more than 5 minutes ahead"
    yield RowRule(ahead, and_(picked, casts.later_than(at, zone, now + SKEW)))
    if brings.value:
        column = brings.value.removeprefix("sum of ").strip()
        yield RowRule(f"{column} is no number", and_(picked, casts.number(table.c[column], decimal).is_(None)))
    for column in (*(brings.key or ()), *([brings.one_per] if brings.one_per else [])):
        yield RowRule(f"{column} is missing", and_(chosen, table.c[column].is_(None)))
    if brings.event == REDEEM:
        code = table.c[brings.properties["code"]]
        known = select(coupon_codes.c.id).where(func.upper(coupon_codes.c.code) == func.upper(func.btrim(code)))
        yield RowRule(f"{brings.properties['code']} is no coupon code", and_(picked, ~known.exists()))
    if brings.one_per:
        group, member = brings.one_per, feed.member.from_
        inner = table.alias("group_of")
        split = (
            select(inner.c[group])
            .group_by(inner.c[group])
            .having(func.min(inner.c[member]) != func.max(inner.c[member]))
        )
        reason = f"rows of one {group} name different members"
        yield RowRule(reason, and_(picked, func.coalesce(table.c[group].in_(split), False)))


def _identity_rules(feed: Feed, merge: Merging, table: Table) -> Iterator[RowRule]:
    """A further identity that is another member's already, or that two members of this file claim.

    Of kinds that join profiles (`merge` in the policy) only one that too many claim.
    """
    by = feed.member.by
    for kind, column in (feed.members.identities if feed.members else {}).items():
        value = table.c[column]
        if merge.joins(by, kind):
            shared = func.coalesce(value.in_(_shared(feed, merge, table, kind, column)), False)
            yield RowRule(f"{column} would join more than {merge.shared_above} members", shared)
            continue
        mine, held, named = (identities.alias(name) for name in ("mine", "held", "named"))
        row = table.alias(f"holds_{kind}")
        # A friend known by LINE alone may be this row's member; one who has another number of this kind may not.
        numbered = select(named.c.value).where(named.c.kind == by, named.c.member_id == held.c.member_id).exists()
        others = (
            select(row.c[ROW])
            .select_from(row.join(held, and_(held.c.kind == kind, held.c.value == row.c[column])))
            .outerjoin(mine, and_(mine.c.kind == by, mine.c.value == row.c[feed.member.from_]))
            .where(or_(mine.c.member_id != held.c.member_id, and_(mine.c.member_id.is_(None), numbered)))
        )
        yield RowRule(f"{column} belongs to another member", table.c[ROW].in_(others))
        inner = table.alias(f"claims_{kind}")
        twice = (
            select(inner.c[column])
            .where(inner.c[column].in_(select(coming_twice(table, column).c[column])))
            .group_by(inner.c[column])
            .having(func.min(inner.c[feed.member.from_]) != func.max(inner.c[feed.member.from_]))
        )
        yield RowRule(f"{column} is claimed by several members", func.coalesce(value.in_(twice), False))


def _shared(feed: Feed, merge: Merging, table: Table, kind: str, column: str) -> Select[Any]:
    """The values that are claimed with more numbers than `merge` lets one person have: in this file and before."""
    own, claims = feed.member.from_, table.alias(f"claims_{kind}")
    held, named = identities.alias("held"), identities.alias("named")
    said = select(claims.c[column].label("value"), claims.c[own].label("number"))
    known = (
        select(held.c.value, named.c.value)
        .join(named, and_(named.c.member_id == held.c.member_id, named.c.kind == feed.member.by))
        .where(held.c.kind == kind, held.c.value.in_(select(claims.c[column])))
    )
    every = said.where(claims.c[column].is_not(None)).union_all(known).subquery("every_claim")
    # A value that comes once here is claimed by one more than before: of the others the numbers are compared.
    before = known.with_only_columns(held.c.value).group_by(held.c.value).having(func.count() >= merge.shared_above)
    often = union_all(select(coming_twice(table, column).c[column]), before)
    each = select(every).where(every.c.value.in_(often)).distinct().subquery("each_claim")
    return select(each.c.value).group_by(each.c.value).having(func.count(each.c.number) > merge.shared_above)
