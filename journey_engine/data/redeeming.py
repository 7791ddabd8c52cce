"""Coupon codes that were used: each counts once, for the member it was given to, whoever brought it; it gives none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from sqlalchemy import Connection, text

REDEEM = "redeem"
Fate = Literal["redeemed", "again", "not given", "no such code"]

# `told` is a table of rows key, at, value, properties (the code among them) and first_row. Codes are locked before they
# are looked at, so that of two who bring the same code at once the second finds it used.
_REDEEM = """
with hers as materialized (
    select c.* from coupon_codes c
    where upper(c.code) in (select upper(btrim(properties ->> 'code')) from {told}) order by c.id for update),
placed as (
    select a.key, a.at, a.value, a.properties, a.first_row, c.id, c.pool, c.code, c.member_id,
           c.redeemed_at is null and row_number() over (partition by c.id order by a.at, a.first_row) = 1 as counts
    from {told} a join hers c on upper(c.code) = upper(btrim(a.properties ->> 'code'))),
summed as (select id, min(at) as first_at, count(*) as times from placed group by id),
used as (
    update coupon_codes c set redeemed_at = coalesce(c.redeemed_at, s.first_at),
        redeemed_again = c.redeemed_again + s.times - case when c.redeemed_at is null then 1 else 0 end
    from summed s where c.id = s.id),
happened as (
    insert into events (member_id, name, at, "of", value, properties, source, batch_id)
    select member_id, 'redeem', at, pool, value, properties || jsonb_build_object('code', code), :source,
           cast(:batch as bigint)
    from placed where counts and member_id is not null order by first_row)
select a.first_row, case when p.id is null then 'no such code' when not p.counts then 'again'
                         when p.member_id is null then 'not given' else 'redeemed' end, p.member_id
from {told} a left join placed p on p.first_row = a.first_row order by a.first_row
"""
_TOLD = text("""
create temp table redeemed_now on commit drop as
select g.key, g.at, g.value, jsonb_build_object('code', btrim(g.code)) as properties, g.place as first_row
from unnest(cast(:keys as text[]), cast(:codes as text[]), cast(:times as timestamptz[]), cast(:values as numeric[]))
     with ordinality as g (key, code, at, value, place)
""")
# A shop's uses among what waits in the inbox: whose it is the code says, whatever else the shop says of them.
_WAITING = text("""
create temp table redeemed_now on commit drop as
select key, at, value, properties, id as first_row from taking where goes and source = 'shop' and outcome = 'redeem'
""")
_TAKEN = text("""
with done as (
    update inbox set taken_at = :now, outcome = g.outcome
    from unnest(cast(:ids as bigint[]), cast(:outcomes as text[])) as g (id, outcome) where inbox.id = g.id)
delete from taking where goes and source = 'shop' and outcome = 'redeem'
""")
_SAID: dict[str, str] = {
    "redeemed": REDEEM,
    "again": "refused: this code was used before",
    "not given": "refused: nobody was given this code",
    "no such code": "refused: no such coupon code",
}
_KNOWN = "known already"
# What was brought before counts no second time, not even as a code used again.
_FRESH = text("""
with new as (insert into event_keys (source, key) select :source, key from redeemed_now order by key
             on conflict do nothing returning key)
delete from redeemed_now r where not exists (select from new where new.key = r.key)
    or exists (select from redeemed_now b where b.key = r.key and b.first_row < r.first_row)
""")


@dataclass(frozen=True, slots=True)
class Redemption:
    """One use of a code, as a shop tells it: `key` is its own number there, the same one again is passed over."""

    key: str
    code: str
    at: datetime
    value: Decimal | None = None


def redeem(connection: Connection, told: str, source: str, batch: int | None = None) -> dict[int, Fate]:
    """Note the codes of the table `told` as used; what became of each of its rows, by first_row.

    The first use of a code is `redeem of POOL` for the member it was given to; others are counted with the code. A
    code nobody was given is used up all the same, and given to nobody afterwards.
    """
    return {row: fate for row, fate, _ in _noted(connection, told, source, batch)}


def _noted(connection: Connection, told: str, source: str, batch: int | None) -> list[tuple[int, Fate, int | None]]:
    rows = connection.execute(text(_REDEEM.format(told=told)), {"source": source, "batch": batch})
    return [(int(row), fate, member) for row, fate, member in rows]


def redeem_codes(connection: Connection, source: str, used: Sequence[Redemption]) -> list[Fate | Literal["already"]]:
    """The same for uses that came one by one, in the caller's transaction; what became of each, in order."""
    if not used:
        return []
    given = {
        "keys": [each.key for each in used],
        "codes": [each.code for each in used],
        "times": [each.at for each in used],
        "values": [each.value for each in used],
    }
    connection.execute(_TOLD, given)
    connection.execute(_FRESH, {"source": source})
    fates = redeem(connection, "redeemed_now", source)
    connection.execute(text("drop table redeemed_now"))
    return [fates.get(place, "already") for place in range(1, len(used) + 1)]


def take_uses(connection: Connection, now: datetime) -> dict[str, list[int | None]]:
    """Take a shop's uses of codes from the rows being taken; whose they were (None: nobody's), by outcome."""
    waiting = "select id from taking where goes and source = 'shop' and outcome = 'redeem' order by id"
    ids = list(connection.execute(text(waiting)).scalars())
    if not ids:
        return {}
    connection.execute(_WAITING)
    connection.execute(_FRESH, {"source": "shop"})
    found = {row: (_SAID[fate], member) for row, fate, member in _noted(connection, "redeemed_now", "shop", None)}
    connection.execute(text("drop table redeemed_now"))
    outcomes: dict[str, list[int | None]] = {}
    for number in ids:
        outcome, member = found.get(number, (_KNOWN, None))
        outcomes.setdefault(outcome, []).append(member if outcome == REDEEM else None)
    told = [found.get(number, (_KNOWN, None))[0] for number in ids]
    connection.execute(_TAKEN, {"now": now, "ids": ids, "outcomes": told})
    return outcomes
