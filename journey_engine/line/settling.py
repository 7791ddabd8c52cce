"""Writes what became of intents, each with its event for the journeys to hear; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.line import coupons
from journey_engine.line.deciding import Decided
from journey_engine.store.arrays import array_of_numbers

_SKIP = text("""
with given as (select * from unnest(cast(:ids as bigint[]), cast(:reasons as text[])) as g (id, reason)),
settled as (
    update intents i set status = 'skipped', reason = g.reason, settled_at = :now
    from given g where i.id = g.id and i.status in ('pending', 'frozen')
    returning i.member_id, i.message, i.step, i.reason)
insert into events (member_id, name, at, "of", properties, source)
select member_id, 'skipped', :now, message, jsonb_build_object('step', step, 'reason', reason), 'sender' from settled
""")
# The same for `accepted` and `unknown`: of a request's intents, those that it still holds; LINE's word comes late for
# what was given up before, too.
_SETTLE = text("""
with settled as (
    update intents i set status = :status, settled_at = :now
    where i.request_id = any(cast(:requests as bigint[]))
      and (i.status = 'frozen' or :status = 'accepted' and i.status = 'unknown')
    returning i.member_id, i.message, i.step)
insert into events (member_id, name, at, "of", properties, source)
select member_id, :status, :now, message, jsonb_build_object('step', step), 'sender' from settled
""")
# What a decision and an answer write stands in tables that grow while they are planned for: each row is looked up by
# its number, all the others are not read once more for each batch.
_ONE_BY_ONE = text("select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)")
_DEFER = text("""
update intents i set not_before = g.until, reason = g.because, expires_at = coalesce(g.expires, i.expires_at)
from unnest(cast(:ids as bigint[]), cast(:until as timestamptz[]), cast(:because as text[]),
            cast(:expires as timestamptz[])) as g (id, until, because, expires)
where i.id = g.id and i.status = 'pending'
""")
_PUT_BACK = text("""
update intents set status = 'pending', request_id = null, recipient = null, topic = null, place = null
where request_id = any(cast(:requests as bigint[])) and status = 'frozen'
""")
_OF_REQUESTS = text("""
select id, request_id, message, coalesce(place, 0) from intents
where request_id = any(cast(:requests as bigint[])) and status = 'frozen' order by id
""")
_ALONE = text("update intents set alone = true where id = any(cast(:ids as bigint[]))")


@dataclass(frozen=True, slots=True)
class Held:
    """An intent that a request holds, and at which message object of the body it begins."""

    intent: int
    request: int
    message: str
    place: int


def skip(connection: Connection, reasons: Mapping[int, str], now: datetime) -> int:
    """Settle these intents as not sent, each for its reason; how many there were."""
    if not reasons:
        return 0
    done = connection.execute(_SKIP, {"ids": list(reasons), "reasons": list(reasons.values()), "now": now}).rowcount
    coupons.give_back(connection, reasons)
    return done


def accept(connection: Connection, requests: Sequence[int], now: datetime) -> int:
    """Settle the intents of these requests as accepted by LINE at business `now`; how many there were."""
    return _settle(connection, "accepted", requests, now)


def give_up(connection: Connection, requests: Sequence[int], now: datetime) -> int:
    """Settle the intents of these requests as unknown: LINE may have them, nobody asks again; how many there were."""
    return _settle(connection, "unknown", requests, now)


def defer(connection: Connection, decided: Sequence[Decided]) -> None:
    """Put pending intents off, each until its instant, with the reason for it in sight as long as it waits."""
    if decided:
        given = {
            "ids": [each.intent for each in decided],
            "until": [each.not_before for each in decided],
            "because": [each.because for each in decided],
            "expires": [each.expires for each in decided],
        }
        connection.execute(_DEFER, given)


def put_back(connection: Connection, requests: Sequence[int]) -> None:
    """Make the intents of dissolved requests pending again, to be decided anew."""
    if requests:
        connection.execute(_PUT_BACK, {"requests": list(requests)})


def held_by(connection: Connection, requests: Sequence[int]) -> list[Held]:
    """Everything that these requests hold."""
    if not requests:
        return []
    return [Held(*row) for row in connection.execute(_OF_REQUESTS, {"requests": list(requests)})]


def part(connection: Connection, intents: Sequence[int]) -> None:
    """Let these travel in requests of their own from now on."""
    if intents:
        connection.execute(_ALONE, {"ids": list(intents)})


def one_by_one(connection: Connection) -> None:
    """Have the rows of what is written from here on in this transaction looked up by their numbers."""
    connection.execute(_ONE_BY_ONE)


def _settle(connection: Connection, status: str, requests: Sequence[int], now: datetime) -> int:
    if not requests:
        return 0
    return connection.execute(_SETTLE, {"status": status, "requests": array_of_numbers(requests), "now": now}).rowcount
