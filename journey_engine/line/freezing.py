"""Freezes what goes into requests in the transaction of the decision: recipients, body and key; it talks to nobody."""

from __future__ import annotations

import os
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection, text

from journey_engine.line import ledger, quota, replying, settling
from journey_engine.line.bundling import Bundle, Sorting, groups, sort_out, spare
from journey_engine.line.deciding import Decided
from journey_engine.line.failpoints import reached
from journey_engine.line.quota import Room
from journey_engine.line.render import Blocked, Rendering, multicast_body, push_body, reply_body
from journey_engine.store.arrays import array_of_numbers, array_of_texts

# Taken before the requests are written: no row has to be read back.
_NUMBERS = text("""
select string_agg(nextval(cast('requests_id_seq' as regclass))::text, ' ') from generate_series(1, :count)
""")
# A body is JSON without a break of line.
_INSERT = text("""
insert into requests (id, channel, endpoint, retry_key, recipients, body, body_hash, status, frozen_at, attempted_at,
                      lease_until, attempts)
overriding system value
select g.id, :channel, g.endpoint, g.retry_key, string_to_array(g.recipients, ' '), convert_to(g.body, 'UTF8'),
       encode(sha256(convert_to(g.body, 'UTF8')), 'hex'), 'attempting', :now, clock_timestamp(),
       clock_timestamp() + make_interval(secs => :lease), 1
from unnest(cast(:ids as bigint[]), cast(:endpoints as text[]), cast(:keys as uuid[]), cast(:recipients as text[]),
            string_to_array(:bodies, chr(10))) as g (id, endpoint, retry_key, recipients, body)
""")
_HOLD_INTENTS = text("""
update intents i set status = 'frozen', reason = null, request_id = g.request_id, recipient = g.recipient,
    topic = g.topic, place = g.place
from unnest(cast(:ids as bigint[]), cast(:requests as bigint[]), cast(:recipients as text[]), cast(:topics as text[]),
            cast(:places as int[])) as g (id, request_id, recipient, topic, place)
where i.id = g.id
""")


class Frozen(NamedTuple):
    """A request as it goes over the wire; `attempt` counts from 1. LINE takes no retry key with a reply."""

    request: int
    endpoint: str  # push | multicast | reply
    retry_key: str | None
    body: bytes
    attempt: int


@dataclass(frozen=True, slots=True)
class Freezing:
    """What one decision came to: requests to send now, and how many intents were skipped (by reason) and put off.

    `left` are still undecided: they hang on something that goes now, or was settled by this decision. `reserved` is
    what it takes of the month's quota.
    """

    requests: list[Frozen]
    skipped: dict[str, int]
    deferred: int
    intents: int
    left: int = 0
    reserved: dict[ledger.Entry, int] = field(default_factory=dict[ledger.Entry, int])


class _Draft(NamedTuple):
    endpoint: str
    body: str
    bundles: Sequence[Bundle]


def freeze(
    connection: Connection,
    channel: str,
    now: datetime,
    lease: float,
    decided: Sequence[Decided],
    renderings: Mapping[str, Rendering],
    room: Room,
    only_free: bool = False,
) -> Freezing:
    """Write down a whole decision; the requests are leased to the caller for `lease` seconds.

    What goes to one member travels in one request, by her reply token if there is one; equal bodies become multicasts
    of up to 500, others are pushes. A member whose values cannot be put in is skipped for that reason, and so is what
    the month's quota has no `room` for; what she was refused for a cap is left to the next decision then. Messages
    without a rendering are left, and with `only_free` all but replies.
    """
    reached("decided")
    done = _rendered(decided, renderings)
    replies = _reply(connection, done)
    paid = _paid(done, replies, room, only_free)
    carried = [*replies.values(), *paid]
    spare(done, decided, carried)
    settling.skip(connection, {each.intent: reason for each, reason in done.skipped}, now)
    settling.defer(connection, done.deferred)
    bought = list(_drafts(paid))
    requests = _insert(connection, channel, now, lease, [*_reply_drafts(replies), *bought])
    quota.reserve(connection, channel, len(paid))
    tally, going = Counter(reason for _, reason in done.skipped), sum([len(bundle.held) for bundle in carried])
    return Freezing(requests, dict(tally), len(done.deferred), going, len(done.left), _reserved(bought))


def _rendered(decided: Sequence[Decided], renderings: Mapping[str, Rendering]) -> Sorting:
    """The decision sorted out, each member's messages being filled with her values."""
    texts: dict[int, str] = {}
    blocked: dict[int, str] = {}
    for each in decided:
        rendering = renderings.get(each.message)
        if each.goes and rendering is not None:
            try:
                texts[each.intent] = rendering.messages(each.values)
            except Blocked as reason:
                blocked[each.intent] = reason.reason
    return sort_out(decided, texts, blocked, renderings)


def _reply(connection: Connection, done: Sorting) -> dict[str, Bundle]:
    """The requests that go by a reply token, by the token: of each member's the first."""
    wanted: dict[str, Bundle] = {}
    for bundle in done.bundles:
        if bundle.first.token is not None:
            wanted.setdefault(bundle.first.token, bundle)
    ours = replying.claim(connection, wanted)
    return {token: bundle for token, bundle in wanted.items() if token in ours}


def _paid(done: Sorting, replies: Mapping[str, Bundle], room: Room, only_free: bool) -> list[Bundle]:
    """The other requests, as far as they may go: a token let their member's quiet hours pass, and it is gone now."""
    free = {id(bundle) for bundle in replies.values()}
    paid: list[Bundle] = []
    for bundle in done.bundles:
        if free and id(bundle) in free:
            continue
        held = bundle.held
        first = held[0]
        if only_free or first.asleep or first.free or (len(held) > 1 and any(each.free for each in held)):
            done.left += held
        elif room.left is None or room.take(first.topic):
            paid.append(bundle)
        else:
            done.skipped += [(each, "quota") for each in held]
    return paid


def _reply_drafts(replies: Mapping[str, Bundle]) -> Iterator[_Draft]:
    for token, bundle in replies.items():
        yield _Draft("reply", reply_body(token, bundle.messages, bundle.silent), [bundle])


def _drafts(bundles: Sequence[Bundle]) -> Iterator[_Draft]:
    for group in groups(bundles):
        one = group[0]
        if len(group) == 1:
            yield _Draft("push", push_body(one.held[0].recipient, one.messages, one.silent), group)
        else:
            to = [bundle.recipient for bundle in group]
            yield _Draft("multicast", multicast_body(to, one.messages, one.silent), group)


def _reserved(drafts: Sequence[_Draft]) -> dict[ledger.Entry, int]:
    reserved: Counter[ledger.Entry] = Counter()
    for draft in drafts:
        bundles = draft.bundles
        if len(bundles) == 1 and len(bundles[0].held) == 1:  # the main path
            topic = bundles[0].held[0].topic
        else:
            topic = ledger.topic_of({each.topic for bundle in bundles for each in bundle.held})
        reserved[topic, draft.endpoint] += len(bundles)
    return dict(reserved)


def _insert(
    connection: Connection, channel: str, now: datetime, lease: float, drafts: Sequence[_Draft]
) -> list[Frozen]:
    if not drafts:
        return []
    numbers = list(map(int, connection.execute(_NUMBERS, {"count": len(drafts)}).scalar_one().split()))
    drawn = os.urandom(16 * len(drafts))  # at once: the call takes longer than all else about a key
    keys = [str(uuid.UUID(bytes=drawn[start : start + 16], version=4)) for start in range(0, len(drawn), 16)]
    given = {
        "channel": channel,
        "now": now,
        "lease": lease,
        "ids": array_of_numbers(numbers),
        "endpoints": array_of_texts([draft.endpoint for draft in drafts]),
        "keys": array_of_texts(keys),
        # LINE user ids have no spaces; arrays of arrays would have to be of one length.
        "recipients": array_of_texts(
            [" ".join([bundle.held[0].recipient for bundle in draft.bundles]) for draft in drafts]
        ),
        "bodies": "\n".join([draft.body for draft in drafts]),
    }
    connection.execute(_INSERT, given)
    settling.one_by_one(connection)
    _hold(connection, numbers, drafts)
    tokens = [
        (draft.bundles[0].first.token, n) for n, draft in zip(numbers, drafts, strict=True) if draft.endpoint == "reply"
    ]
    replying.spend(connection, {token: number for token, number in tokens if token is not None})
    return [
        Frozen(number, draft.endpoint, None if draft.endpoint == "reply" else key, draft.body.encode(), 1)
        for number, key, draft in zip(numbers, keys, drafts, strict=True)
    ]


def _hold(connection: Connection, numbers: Sequence[int], drafts: Sequence[_Draft]) -> None:
    """Bind the intents to the requests that carry them."""
    held: list[Decided] = []
    requests: list[int] = []
    places: list[int] = []
    for number, draft in zip(numbers, drafts, strict=True):
        for bundle in draft.bundles:
            held += bundle.held
            places += bundle.places
            requests += [number] * len(bundle.held)
    connection.execute(
        _HOLD_INTENTS,
        {
            "ids": array_of_numbers([each.intent for each in held]),
            "requests": array_of_numbers(requests),
            "recipients": array_of_texts([each.recipient for each in held]),
            "topics": array_of_texts([each.topic for each in held]),
            "places": array_of_numbers(places),
        },
    )
