"""Broadcasts and narrowcasts: what goes to all friends, and how far it has come; it knows no audiences or ages."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from journey_engine.sandbox import limits, words
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.complaints import is_object
from journey_engine.sandbox.friends import Friend
from journey_engine.sandbox.sending import book, complaints_of, read_send
from journey_engine.sandbox.words import Answer

_TOO_FEW = "an error occurred because there weren't enough recipients"


def broadcast(channel: Channel, body: bytes, retry_key: str | None, request_id: str) -> Answer:
    """`/message/broadcast`: to every friend."""
    given = read_send(channel, body, retry_key)
    if isinstance(given, Answer):
        return given
    if complaints := complaints_of(given):
        return words.body_errors(complaints)
    return book(channel, "broadcast", _friends(channel), given, body, retry_key, request_id)


def narrowcast(channel: Channel, body: bytes, retry_key: str | None, request_id: str) -> Answer:
    """`/message/narrowcast`: 202 at once, the outcome by `progress`. Fewer than 50 recipients get nothing.

    All it reaches for is reserved in the month's quota until it has been sent, to few or to none.

    The sandbox knows neither audiences nor attributes of its friends: a filter lets all of them through, as long as
    there are the 100 that LINE asks for, and an audience is one nobody made.
    """
    given = read_send(channel, body, retry_key)
    if isinstance(given, Answer):
        return given
    if complaints := complaints_of(given):
        return words.body_errors(complaints)
    recipient: Any = given.get("recipient")
    if recipient is not None and not (is_object(recipient) and recipient.get("type") == "redelivery"):
        return words.invalid_property("recipient")
    friends = _friends(channel)
    if given.get("filter") is not None and len(friends) < limits.NARROWCAST_REACH:
        return words.error(403, words.NARROWCAST_TOO_FEW)
    limit: Any = given.get("limit")
    if is_object(limit) and isinstance(limit.get("max"), int):
        friends = friends[: limit["max"]]
    if is_object(limit) and limit.get("upToRemainingQuota") is True:
        friends = friends[: channel.quota_left()]
    reach = len(friends)
    if channel.lacks_room_for(reach):
        return words.error(429, words.MONTHLY_LIMIT)
    if reach < limits.NARROWCAST_RECIPIENTS:
        friends = []
    done = book(channel, "narrowcast", friends, given, body, retry_key, request_id, reach)
    return done._replace(status=202) if done.status == 200 else done


def progress(channel: Channel, query: bytes) -> Answer:
    """`/message/progress/narrowcast?requestId=`: waiting, sending, then succeeded or failed."""
    number = channel.narrowcasts.get(parse_qs(query.decode("latin-1")).get("requestId", [""])[-1])
    if number is None:
        return words.error(404, words.NOT_FOUND)
    record = channel.journal.read(channel.acceptances[number])
    accepted = {"acceptedTime": _instant(record["at"])}
    age = channel.instants.elapsed() - record["on"]
    if age < limits.WAITING_SECONDS:
        return words.answer(200, phase="waiting", **accepted)
    count = len(record["to"])
    if age < limits.WAITING_SECONDS + limits.SENDING_SECONDS:
        return words.answer(200, phase="sending", targetCount=count, **accepted)
    ended = {**accepted, "completedTime": _instant(record["at"] + 2_000)}
    if not count:
        return words.answer(200, phase="failed", failedDescription=_TOO_FEW, errorCode=2, **ended)
    counts = {"successCount": count, "failureCount": 0, "targetCount": count}
    return words.answer(200, phase="succeeded", **counts, **ended)


def _friends(channel: Channel) -> list[Friend]:
    return [friend for friend in channel.friends if friend.status == "friend"]


def _instant(at: int) -> str:
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at % 1000:03d}Z"
