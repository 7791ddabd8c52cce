"""Freezes what goes into requests in the transaction of the decision: recipients, body and key; it talks to nobody."""

from __future__ import annotations

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
from journey_engine.store.arrays import array_of_bytes, array_of_numbers, array_of_texts

_INSERT = text("""
insert into requests (channel, endpoint, retry_key, recipients, body, body_hash, status, frozen_at, attempted_at,
                      lease_until, attempts)
select :channel, g.endpoint, g.retry_key, string_to_array(g.recipients, ' '), g.body, encode(sha256(g.body), 'hex'),
       'attempting', :now, clock_timestamp(), clock_timestamp() + make_interval(secs => :lease), 1
from unnest(cast(:endpoints as text[]), cast(:keys as uuid[]), cast(:recipients as text[]), cast(:bodies as bytea[]))
     as g (endpoint, retry_key, recipients, body)
returning id, retry_key::text
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
    body: bytes
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
    carried = [each for bundle in [*replies.values(), *paid] for each in bundle.held]
    going = {each.intent for each in carried}
    spare(done, decided, carried)
    settling.skip(connection, {each.intent: reason for each, reason in done.skipped}, now)
    settling.defer(connection, done.deferred)
    bought = list(_drafts(paid))
    requests = _insert(connection, channel, now, lease, [*_reply_drafts(replies), *bought])
    quota.reserve(connection, channel, len(paid))
    tally = Counter(reason for _, reason in done.skipped)
    return Freezing(requests, dict(tally), len(done.deferred), len(going), len(done.left), _reserved(bought))


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
        if id(bundle) in free:
            continue
        if only_free or bundle.first.asleep or any(each.free for each in bundle.held):
            done.left += bundle.held
        elif room.take(bundle.first.topic):
            paid.append(bundle)
        else:
            done.skipped += [(each, "quota") for each in bundle.held]
    return paid


def _reply_drafts(replies: Mapping[str, Bundle]) -> Iterator[_Draft]:
    for token, bundle in replies.items():
        yield _Draft("reply", reply_body(token, bundle.messages, bundle.silent), [bundle])


def _drafts(bundles: Sequence[Bundle]) -> Iterator[_Draft]:
    for group in groups(bundles):
        messages, silent = group[0].messages, group[0].silent
        if len(group) == 1:
            yield _Draft("push", push_body(group[0].recipient, messages, silent), group)
        else:
            to = [bundle.recipient for bundle in group]
            yield _Draft("multicast", multicast_body(to, messages, silent), group)


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
    keys = [str(uuid.uuid4()) for _ in drafts]
    given = {
        "channel": channel,
        "now": now,
        "lease": lease,
        "endpoints": array_of_texts([draft.endpoint for draft in drafts]),
        "keys": array_of_texts(keys),
        # LINE user ids have no spaces; arrays of arrays would have to be of one length.
        "recipients": array_of_texts(
            [" ".join([each.held[0].recipient for each in draft.bundles]) for draft in drafts]
        ),
        "bodies": array_of_bytes([draft.body for draft in drafts]),
    }
    numbers = {key: number for number, key in connection.execute(_INSERT, given).all()}
    numbered = [(numbers[key], key, draft) for key, draft in zip(keys, drafts, strict=True)]
    _hold(connection, [(number, bundle) for number, _, draft in numbered for bundle in draft.bundles])
    tokens = [(draft.bundles[0].first.token, number) for number, _, draft in numbered if draft.endpoint == "reply"]
    replying.spend(connection, {token: number for token, number in tokens if token is not None})
    return [
        Frozen(number, draft.endpoint, None if draft.endpoint == "reply" else key, draft.body, 1)
        for number, key, draft in numbered
    ]


def _hold(connection: Connection, bundles: Sequence[tuple[int, Bundle]]) -> None:
    """Bind the intents to the requests that carry them."""
    held = [
        (each, number, place)
        for number, bundle in bundles
        for each, place in zip(bundle.held, bundle.places, strict=True)
    ]
    connection.execute(
        _HOLD_INTENTS,
        {
            "ids": array_of_numbers([each.intent for each, _, _ in held]),
            "requests": array_of_numbers([number for _, number, _ in held]),
            "recipients": array_of_texts([each.recipient for each, _, _ in held]),
            "topics": array_of_texts([each.topic for each, _, _ in held]),
            "places": array_of_numbers([place for _, _, place in held]),
        },
    )
