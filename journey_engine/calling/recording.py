"""Writes what became of calls, each with its event for the journeys to hear; it calls nobody."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from sqlalchemy import Connection, text

from journey_engine.calling.pace import Pace
from journey_engine.calling.posting import Meaning, Outcome

# Only the attempt that holds the lease speaks for a call; an answer counts whoever heard it.
_CURRENT = text("""
select id, attempts from calls
where id = any(cast(:ids as bigint[])) and status in ('calling', 'pending') order by id for update
""")
_SETTLE = text("""
with given as (select * from jsonb_to_recordset(cast(:rows as jsonb))
               as g (id bigint, status text, code int, reason text, answer jsonb)),
settled as (
    update calls c set status = g.status, status_code = g.code, reason = g.reason, answer = g.answer,
        settled_at = :now, lease_until = null, next_attempt_at = null
    from given g where c.id = g.id
    returning c.id, c.member_id, c.step, c.endpoint, c.status, c.status_code, c.reason, c.answer, c.content)
insert into events (member_id, name, at, properties, source)
select member_id, case status when 'answered' then 'answered' else 'call_failed' end, :now,
       coalesce(answer, '{}') || coalesce(content -> 'key', '{}') || jsonb_strip_nulls(jsonb_build_object('step', step,
           'endpoint', endpoint, 'call', id::text, 'status', status_code::text, 'reason', reason)), 'engine'
from settled order by id
""")
# Half of each backoff is random, so that what failed together does not come back together.
_AGAIN = text("""
update calls c set status = 'pending', lease_until = null, status_code = g.code, reason = g.reason,
    next_attempt_at = clock_timestamp() + make_interval(secs => greatest(least(:longest, g.pause),
        least(:longest, :first * power(2, least(c.attempts, 20) - 1)) * (0.5 + random() / 2)))
from jsonb_to_recordset(cast(:rows as jsonb)) as g (id bigint, code int, reason text, pause float8)
where c.id = g.id
""")


@dataclass(slots=True)
class Recorded:
    """How many calls came to what."""

    answered: int = 0
    failed: int = 0
    again: int = 0


def record(connection: Connection, now: datetime, outcomes: Sequence[Outcome], pace: Pace) -> Recorded:
    """Write these outcomes in the caller's transaction; events carry business `now` (aware).

    A call that was tried often enough has failed. What a later attempt has overtaken changes nothing, but an answer.
    """
    ids = [each.claimed.call for each in outcomes]
    attempts = {row.id: row.attempts for row in connection.execute(_CURRENT, {"ids": ids})}
    ended: list[dict[str, object]] = []
    again: list[dict[str, object]] = []
    recorded = Recorded()
    for each in outcomes:
        call, is_answered = each.claimed.call, each.meaning is Meaning.ANSWERED
        if call not in attempts or (not is_answered and attempts[call] != each.claimed.attempt):
            continue
        row: dict[str, object] = {"id": call, "code": each.status, "reason": each.detail or None}
        if is_answered:
            ended.append({**row, "status": "answered", "answer": each.answer})
            recorded.answered += 1
        elif each.meaning is Meaning.REFUSED or attempts[call] >= pace.attempts:
            ended.append({**row, "status": "failed"})
            recorded.failed += 1
        else:
            again.append({**row, "pause": each.pause})
            recorded.again += 1
    if ended:
        connection.execute(_SETTLE, {"rows": orjson.dumps(ended).decode(), "now": now})
    if again:
        given = {"rows": orjson.dumps(again).decode(), "first": pace.first_backoff, "longest": pace.longest_backoff}
        connection.execute(_AGAIN, given)
    return recorded
