"""Writes attempts and what follows from them for requests and intents, in batches; it sends nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from journey_engine.line import holding, ledger, quota, replying, settling
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.blaming import blame
from journey_engine.line.channel import Pace
from journey_engine.line.failpoints import reached
from journey_engine.line.render import Rendering
from journey_engine.line.requesting import Outcome
from journey_engine.line.splitting import split
from journey_engine.store.arrays import array_of, array_of_numbers, array_of_texts, array_of_texts_or_none

REFUSED = "refused by LINE"
# LINE did not look at the request, and so not at its reply token.
_UNREAD = (Meaning.UNREACHABLE, Meaning.RATE, Meaning.UNSENT, Meaning.CHANNEL)

# What was tried is written down. Only the attempt that holds the lease speaks for a request; an acceptance counts
# whoever heard it, and whenever.
_HEAR = text("""
with tried as (
    insert into attempts (request_id, attempted_at, outcome, status_code, line_request_id, detail)
    select g.request_id, clock_timestamp(), g.outcome, g.status_code, g.line_request_id, g.detail
    from unnest(cast(:tried as bigint[]), cast(:outcomes as text[]), cast(:codes as int[]), cast(:line_ids as text[]),
                cast(:details as text[])) as g (request_id, outcome, status_code, line_request_id, detail))
select r.id, r.endpoint, r.unclear, r.attempts, r.status = 'unknown' as given_up,
       case r.endpoint when 'reply' then 0 else cardinality(r.recipients) end as billed
from requests r
where r.id = any(cast(:ids as bigint[])) and r.status in ('attempting', 'ready', 'unknown')
order by r.id for update
""")
_CLOSE = text("""
update requests r set status = :status, settled_at = :now, lease_until = null, next_attempt_at = null,
    line_request_id = g.line_request_id, reason = g.reason
from unnest(cast(:ids as bigint[]), cast(:line_ids as text[]), cast(:reasons as text[]))
     as g (id, line_request_id, reason)
where r.id = g.id
""")
_AGAIN = text("""
update requests r set status = 'ready', lease_until = null, unclear = r.unclear or g.unclear,
    next_attempt_at = clock_timestamp() + make_interval(secs => case when g.tried
        then least(:longest, :first * power(2, least(r.attempts, 20) - 1)) else 0 end)
from unnest(cast(:ids as bigint[]), cast(:unclear as bool[]), cast(:tried as bool[])) as g (id, unclear, tried)
where r.id = g.id
""")


class Fate(Enum):
    """What happens to a request after an answer."""

    ACCEPTED = "accepted"
    AGAIN = "ready"  # the same key and body, later
    DISSOLVED = "dissolved"  # never accepted: its intents are decided anew
    REFUSED = "refused"  # never accepted, and never will be: its intents are skipped
    SPLIT = "split"
    UNKNOWN = "unknown"


def fate_of(meaning: Meaning, endpoint: str, unclear: bool) -> Fate:
    """What follows from an answer to a request, `unclear` if an earlier attempt may have been accepted.

    A reply has no key to ask again with: refused it is decided anew, and goes as a push; unclear nobody asks again.
    """
    match meaning:
        case Meaning.ACCEPTED:
            return Fate.ACCEPTED
        case Meaning.UNCLEAR if endpoint == "reply":
            return Fate.UNKNOWN
        case Meaning.UNREACHABLE | Meaning.RATE | Meaning.REQUEST if endpoint == "reply":
            return Fate.DISSOLVED
        case Meaning.UNCLEAR | Meaning.UNREACHABLE | Meaning.RATE:
            return Fate.AGAIN
        case Meaning.MONTHLY | Meaning.CHANNEL | Meaning.UNSENT:
            return Fate.AGAIN if unclear else Fate.DISSOLVED
        case Meaning.MESSAGE:
            return Fate.UNKNOWN if unclear else Fate.DISSOLVED
        case Meaning.REQUEST:
            return Fate.UNKNOWN if unclear else Fate.SPLIT if endpoint == "multicast" else Fate.REFUSED


class _Current(NamedTuple):
    """A request as it stands when an answer to it is recorded."""

    id: int
    endpoint: str
    unclear: bool
    attempts: int
    given_up: bool
    billed: int


_Group = list[tuple[_Current, Answer]]


@dataclass(slots=True)
class Recorded:
    """How many intents (and, of `refused`, requests) came to what."""

    accepted: int = 0
    unknown: int = 0
    refused: int = 0
    skipped: dict[str, int] = field(default_factory=dict[str, int])


def record(
    connection: Connection,
    channel: str,
    now: datetime,
    outcomes: Sequence[Outcome],
    renderings: Mapping[str, Rendering],
    pace: Pace,
) -> Recorded:
    """Write these outcomes and all that follows, in the caller's transaction. `renderings` are the messages as sent.

    Events carry business `now`. An outcome that a later attempt has overtaken is kept as an attempt, no more.
    """
    reached("before_record")
    settling.one_by_one(connection)
    rows = {row[0]: row for row in _heard(connection, outcomes)}
    fates: dict[Fate, _Group] = {fate: [] for fate in Fate}
    accepted = fates[Fate.ACCEPTED]
    stopping: dict[Meaning, Answer] = {}
    for outcome in outcomes:
        found, meaning = rows.get(outcome.frozen.request), outcome.answer.meaning
        if found is None:
            continue
        row = _Current._make(found)
        if meaning is Meaning.ACCEPTED:  # as nearly all are
            accepted.append((row, outcome.answer))
            continue
        if row.given_up or row.attempts != outcome.frozen.attempt:
            continue
        fates[fate_of(meaning, row.endpoint, row.unclear)].append((row, outcome.answer))
        if meaning in (Meaning.CHANNEL, Meaning.MONTHLY):
            stopping.setdefault(meaning, outcome.answer)
    if any(fates[fate] for fate in Fate if fate is not Fate.ACCEPTED):
        quota.lock(connection, channel)
    for answer in stopping.values():
        holding.hold_channel(connection, channel, answer, now)
    skipped = _punish(connection, now, fates, renderings)
    return _apply(connection, channel, now, fates, skipped, pace)


def _punish(
    connection: Connection,
    now: datetime,
    fates: dict[Fate, _Group],
    renderings: Mapping[str, Rendering],
) -> int:
    """Settle what LINE will never take, and hold messages that it refuses whoever they go to; how many were skipped.

    A request of which nothing is left is `refused` instead of dissolved.
    """
    complaints = {row.id: (row, answer) for row, answer in fates[Fate.DISSOLVED] if answer.meaning is Meaning.MESSAGE}
    refused = _numbers(fates[Fate.REFUSED])
    held = settling.held_by(connection, [*complaints, *refused])
    guilty = [each.intent for each in held if each.request not in complaints]
    alone: list[int] = []
    for number, (row, answer) in complaints.items():
        hers = [each for each in held if each.request == number]
        found = blame(answer, hers, renderings)
        guilty += found.skipped
        alone += found.alone
        for message in sorted(found.messages):
            holding.hold_message(connection, message, f"LINE refuses it: {answer.detail}", now)
        if len(found.skipped) == len(hers):
            fates[Fate.DISSOLVED].remove((row, answer))
            fates[Fate.REFUSED].append((row, answer))
    settling.part(connection, alone)
    return settling.skip(connection, dict.fromkeys(guilty, REFUSED), now)


def _apply(
    connection: Connection,
    channel: str,
    now: datetime,
    fates: dict[Fate, _Group],
    skipped: int,
    pace: Pace,
) -> Recorded:
    for fate in (Fate.ACCEPTED, Fate.DISSOLVED, Fate.REFUSED, Fate.UNKNOWN):
        _close(connection, fate, fates[fate], now)
    _again(connection, fates[Fate.AGAIN], pace)
    ledger.release(connection, _numbers([*fates[Fate.DISSOLVED], *fates[Fate.REFUSED]]))
    settling.put_back(connection, _numbers(fates[Fate.DISSOLVED]))
    unread = [row.id for row, answer in fates[Fate.DISSOLVED] if answer.meaning in _UNREAD and row.endpoint == "reply"]
    replying.give_back(connection, unread)
    given_back = [*fates[Fate.DISSOLVED], *fates[Fate.REFUSED]]
    quota.release(connection, channel, sum(row.billed for row, _ in given_back))
    for row, answer in fates[Fate.SPLIT]:
        split(connection, row.id, now, answer.detail)
    recorded = Recorded(
        accepted=settling.accept(connection, _numbers(fates[Fate.ACCEPTED]), now),
        unknown=settling.give_up(connection, _numbers(fates[Fate.UNKNOWN]), now),
        refused=sum(
            answer.meaning.outcome == "refused" and answer.meaning is not Meaning.UNSENT
            for fate, group in fates.items()
            if fate is not Fate.ACCEPTED
            for _, answer in group
        ),
        skipped={REFUSED: skipped} if skipped else {},
    )
    reached("recording")
    return recorded


def _numbers(group: _Group) -> list[int]:
    return [row.id for row, _ in group]


def _heard(connection: Connection, outcomes: Sequence[Outcome]) -> Sequence[Sequence[Any]]:
    """Write the attempts, and lock the requests that may still have a fate, as the columns of _Current."""
    tried = [each for each in outcomes if each.answer.meaning is not Meaning.UNSENT]
    given = {
        "ids": array_of_numbers([each.frozen.request for each in outcomes]),
        "tried": array_of_numbers([each.frozen.request for each in tried]),
        "outcomes": array_of_texts([each.answer.meaning.outcome for each in tried]),
        "codes": array_of(each.answer.status for each in tried),
        "line_ids": array_of_texts_or_none([each.answer.line_request_id for each in tried]),
        "details": array_of_texts_or_none([each.answer.detail.replace("\0", "") or None for each in tried]),
    }
    return connection.execute(_HEAR, given).all()


def _close(connection: Connection, fate: Fate, group: _Group, now: datetime) -> None:
    if group:
        told = [None if fate is Fate.ACCEPTED else _reason(answer) for _, answer in group]
        line_ids = [answer.line_request_id if fate is Fate.ACCEPTED else None for _, answer in group]
        numbers = array_of_numbers(_numbers(group))
        arrays = {"line_ids": array_of_texts_or_none(line_ids), "reasons": array_of_texts_or_none(told)}
        connection.execute(_CLOSE, {"status": fate.value, "now": now, "ids": numbers, **arrays})


def _again(connection: Connection, group: _Group, pace: Pace) -> None:
    if group:
        connection.execute(
            _AGAIN,
            {
                "ids": _numbers(group),
                "unclear": [answer.meaning is Meaning.UNCLEAR for _, answer in group],
                "tried": [answer.meaning is not Meaning.UNSENT for _, answer in group],
                "first": pace.first_backoff,
                "longest": pace.longest_backoff,
            },
        )


def _reason(answer: Answer) -> str:
    return " ".join(str(part) for part in (answer.meaning.value, answer.status, answer.detail) if part).replace(
        "\0", ""
    )
