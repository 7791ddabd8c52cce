"""Freezes what goes into requests in the transaction of the decision: recipients, body and key; it talks to nobody."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, text

from journey_engine.language import limits
from journey_engine.line import quota, settling
from journey_engine.line.deciding import Decided
from journey_engine.line.failpoints import reached
from journey_engine.line.render import Blocked, Rendering, multicast_body, push_body

_INSERT = text("""
insert into requests (channel, endpoint, retry_key, recipients, body, body_hash, status, frozen_at, attempted_at,
                      lease_until, attempts)
select :channel, g.endpoint, g.retry_key, string_to_array(g.recipients, ' '), g.body, g.body_hash, 'attempting', :now,
       clock_timestamp(), clock_timestamp() + make_interval(secs => :lease), 1
from unnest(cast(:endpoints as text[]), cast(:keys as uuid[]), cast(:recipients as text[]), cast(:bodies as bytea[]),
            cast(:hashes as text[])) as g (endpoint, retry_key, recipients, body, body_hash)
returning id, retry_key
""")
_HOLD_INTENTS = text("""
update intents i
set status = 'frozen', reason = null, request_id = g.request_id, recipient = g.recipient, topic = g.topic
from unnest(cast(:ids as bigint[]), cast(:requests as bigint[]), cast(:recipients as text[]), cast(:topics as text[]))
     as g (id, request_id, recipient, topic)
where i.id = g.id
""")


@dataclass(frozen=True, slots=True)
class Frozen:
    """A request as it goes over the wire; `attempt` counts from 1."""

    request: int
    endpoint: str  # push | multicast
    retry_key: str
    body: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class Freezing:
    """What one decision came to: requests to send now, and how many intents were skipped (by reason) and put off."""

    requests: list[Frozen]
    skipped: dict[str, int]
    deferred: int
    intents: int


@dataclass(frozen=True, slots=True)
class _Draft:
    endpoint: str
    body: bytes
    decided: Sequence[Decided]


def freeze(
    connection: Connection,
    channel: str,
    now: datetime,
    lease: float,
    decided: Sequence[Decided],
    renderings: Mapping[str, Rendering],
) -> Freezing:
    """Write down a whole decision; the requests are leased to the caller for `lease` seconds.

    Identical bodies become multicasts of up to 500, others are pushes. A member whose values cannot be put in is
    skipped for that reason, and what was refused or put off on her account (cap, quota) is left to the next decision.
    """
    reached("decided")
    bodies, blocked = _bodies(decided, renderings)
    spared = {each.member for each in decided if each.intent in blocked}
    settled = [each for each in decided if not (spared and _may_change(each, spared))]
    skipped = blocked | {each.intent: each.reason for each in settled if each.reason is not None}
    settling.skip(connection, skipped, now)
    deferred = [each for each in settled if each.reason is None and each.not_before]
    settling.defer(connection, deferred)
    requests = _insert(connection, channel, now, lease, list(_drafts(bodies)))
    tally: dict[str, int] = {}
    for reason in skipped.values():
        tally[reason] = tally.get(reason, 0) + 1
    return Freezing(requests, tally, len(deferred), sum(len(group) for group in bodies.values()))


def _may_change(each: Decided, spared: Collection[int]) -> bool:
    """Whether the room that somebody leaves after all may be hers."""
    return each.reason == "quota" or (each.member in spared and "capped" in (each.reason, each.because))


def _bodies(
    decided: Sequence[Decided], renderings: Mapping[str, Rendering]
) -> tuple[dict[str, list[Decided]], dict[int, str]]:
    """Who gets which `messages`, in the order of the decision, and for whom they cannot be made."""
    bodies: dict[str, list[Decided]] = {}
    blocked: dict[int, str] = {}
    for each in decided:
        if each.goes:
            try:
                bodies.setdefault(renderings[each.message].messages(each.values), []).append(each)
            except Blocked as reason:
                blocked[each.intent] = reason.reason
    return bodies, blocked


def _drafts(bodies: Mapping[str, list[Decided]]) -> Iterator[_Draft]:
    for messages, group in bodies.items():
        for chunk in _chunks(group):
            if len(chunk) == 1:
                yield _Draft("push", push_body(chunk[0].recipient, messages), chunk)
            else:
                yield _Draft("multicast", multicast_body([each.recipient for each in chunk], messages), chunk)


def _chunks(group: Sequence[Decided]) -> Iterator[list[Decided]]:
    """Up to 500 at a time, nobody twice in one: LINE refuses a multicast with the same id twice."""
    rest: Sequence[Decided] = group
    while rest:
        chunk: dict[str, Decided] = {}
        left: list[Decided] = []
        for each in rest:
            if each.recipient in chunk or len(chunk) == limits.MULTICAST_RECIPIENTS:
                left.append(each)
            else:
                chunk[each.recipient] = each
        yield list(chunk.values())
        rest = left


def _insert(
    connection: Connection, channel: str, now: datetime, lease: float, drafts: Sequence[_Draft]
) -> list[Frozen]:
    if not drafts:
        return []
    keys = [uuid.uuid4() for _ in drafts]
    given = {
        "channel": channel,
        "now": now,
        "lease": lease,
        "endpoints": [draft.endpoint for draft in drafts],
        "keys": keys,
        # LINE user ids have no spaces; arrays of arrays would have to be of one length.
        "recipients": [" ".join(each.recipient for each in draft.decided) for draft in drafts],
        "bodies": [draft.body for draft in drafts],
        "hashes": [hashlib.sha256(draft.body).hexdigest() for draft in drafts],
    }
    numbers = {row.retry_key: row.id for row in connection.execute(_INSERT, given)}
    held = [(each, numbers[key]) for key, draft in zip(keys, drafts, strict=True) for each in draft.decided]
    connection.execute(
        _HOLD_INTENTS,
        {
            "ids": [each.intent for each, _ in held],
            "requests": [number for _, number in held],
            "recipients": [each.recipient for each, _ in held],
            "topics": [each.topic for each, _ in held],
        },
    )
    quota.reserve(connection, channel, len(held))
    return [
        Frozen(numbers[key], draft.endpoint, str(key), draft.body, 1) for key, draft in zip(keys, drafts, strict=True)
    ]
