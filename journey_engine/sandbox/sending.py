"""Judges push, multicast, reply and validate requests as LINE does and books what it accepts; it reads no socket."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import orjson

from journey_engine.sandbox import limits, words
from journey_engine.sandbox.channel import Channel
from journey_engine.sandbox.complaints import Complaints, complain, is_list, is_object
from journey_engine.sandbox.friends import Friend
from journey_engine.sandbox.messages import complaints_about
from journey_engine.sandbox.retry_keys import as_bytes
from journey_engine.sandbox.words import Answer

VALIDATED = ("reply", "push", "multicast", "narrowcast", "broadcast")
DELIVERED = ("reply", "push", "multicast", "broadcast")
_RECEIVER = re.compile(r"[UCR][0-9a-f]{32}")
_UNIT = re.compile(r"[a-zA-Z0-9_]{1,30}")


def validate(body: bytes) -> Answer:
    """`/message/validate/*`: 200 `{}` if LINE would take these messages; costs no quota."""
    given = _parse(body)
    if isinstance(given, Answer):
        return given
    complaints = complaints_about(given.get("messages"))
    return words.body_errors(complaints) if complaints else words.answer(200)


def push(channel: Channel, body: bytes, retry_key: str | None, request_id: str) -> Answer:
    """`/message/push`: one receiver; 200 also for one who blocked the channel or deleted the account."""
    given = read_send(channel, body, retry_key)
    if isinstance(given, Answer):
        return given
    to: Any = given.get("to")
    if not isinstance(to, str) or not _RECEIVER.fullmatch(to):
        return words.invalid_property("to")
    complaints = complaints_of(given)
    if complaints:
        return words.body_errors(complaints)
    friend = channel.friends.get(to)
    if friend is None:
        return words.error(400, words.FAILED_TO_SEND)
    return book(channel, "push", [friend], given, body, retry_key, request_id)


def multicast(channel: Channel, body: bytes, retry_key: str | None, request_id: str) -> Answer:
    """`/message/multicast`: up to 500 users; an unknown one fails all, or is dropped if the sandbox is told so."""
    given = read_send(channel, body, retry_key)
    if isinstance(given, Answer):
        return given
    complaints = complaints_of(given)
    to: Any = given.get("to")
    if not is_list(to):
        return words.invalid_property("to")
    receivers: list[Any] = to
    if not 1 <= len(receivers) <= limits.MULTICAST_RECIPIENTS:
        complain(complaints, f"Size must be between 1 and {limits.MULTICAST_RECIPIENTS}", "to")
    if complaints:
        return words.body_errors(complaints)
    for index, user in enumerate(receivers):
        if not isinstance(user, str) or not _RECEIVER.fullmatch(user) or user[0] != "U":
            return words.invalid_property(f"to[{index}]")
    if len(set(receivers)) != len(receivers):
        return words.body_errors([{"message": "Duplicate user IDs", "property": "to"}])
    known = [friend for user in receivers if (friend := channel.friends.get(user)) is not None]
    if len(known) < len(receivers) and not channel.drops_unknown:
        return words.error(400, words.FAILED_TO_SEND)
    return book(channel, "multicast", known, given, body, retry_key, request_id)


def reply(channel: Channel, body: bytes, retry_key: str | None, request_id: str) -> Answer:
    """`/message/reply`: free, once per token, within a minute of the event; takes no retry key."""
    if retry_key is not None:
        return words.error(400, words.NO_RETRY_KEY_HERE)
    given = _parse(body)
    if isinstance(given, Answer):
        return given
    token: Any = given.get("replyToken")
    complaints = complaints_about(given.get("messages"))
    if not isinstance(token, str) or not token:
        complain(complaints, "May not be empty", "replyToken")
    if complaints:
        return words.body_errors(complaints)
    issued = channel.reply_tokens.get(str(token))
    if issued is None or channel.instants.elapsed() - issued[0] > limits.REPLY_TOKEN_SECONDS:
        return words.error(400, words.INVALID_REPLY_TOKEN)
    friend = channel.friends.the(issued[1])
    return book(channel, "reply", [friend], given, body, None, request_id)


def _parse(body: bytes) -> dict[str, Any] | Answer:
    try:
        given: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        return words.not_json(error.lineno, error.colno)
    return given if is_object(given) else words.not_json(1, 1)


def read_send(channel: Channel, body: bytes, retry_key: str | None) -> dict[str, Any] | Answer:
    """The parsed body, or the answer that ends the request: a bad key, a key accepted before, no JSON.

    The key is looked at first: an accepted request answers 409 whatever became of quota or friends since.
    """
    if retry_key is not None:
        key = as_bytes(retry_key)
        if key is None:
            return words.error(400, words.INVALID_RETRY_KEY)
        number = channel.keys.find(key, channel.instants.elapsed())
        if number is not None:
            return _conflict(channel, number, body)
    return _parse(body)


def _conflict(channel: Channel, number: int, body: bytes) -> Answer:
    first = channel.acceptance(number)
    if first.body_hash != hashlib.sha256(body).hexdigest():
        # LINE: undefined. The ledger counts it, so that a test can see a sender that broke its promise.
        channel.counts["key_with_other_body"] += 1
    channel.counts["conflicts"] += 1
    said: dict[str, Any] = {"message": words.KEY_ACCEPTED}
    if first.endpoint == "push":
        said["sentMessages"] = words.sent_messages(number, len(first.messages))
    header = (b"x-line-accepted-request-id", first.request_id.encode())
    return Answer(409, orjson.dumps(said), (header,))


def complaints_of(given: dict[str, Any]) -> Complaints:
    """What is wrong with a request's messages, unit names and silent flag."""
    complaints = complaints_about(given.get("messages"))
    units: Any = given.get("customAggregationUnits")
    if units is not None:
        names: list[Any] = units if is_list(units) else [units]
        if len(names) > 1:
            complain(complaints, "Size must be between 0 and 1", "customAggregationUnits")
        for index, name in enumerate(names):
            if not isinstance(name, str) or not _UNIT.fullmatch(name):
                complain(complaints, "invalid property", f"customAggregationUnits[{index}]")
    silent: Any = given.get("notificationDisabled")
    if silent is not None and not isinstance(silent, bool):
        complain(complaints, "Must be a boolean", "notificationDisabled")
    return complaints


def book(
    channel: Channel,
    endpoint: str,
    receivers: list[Friend],
    given: dict[str, Any],
    body: bytes,
    retry_key: str | None,
    request_id: str,
    reach: int = 0,
) -> Answer:
    """Accept: check the month's quota, journal the acceptance, answer 200; `reach` stays reserved for a while."""
    missed = [friend.id for friend in receivers if friend.status != "friend"]
    now = channel.instants.now_ms()
    if endpoint != "reply" and channel.lacks_room_for(len(receivers) - len(missed)):
        return words.error(429, words.MONTHLY_LIMIT)
    number = len(channel.acceptances)
    record: dict[str, Any] = {
        "k": "accept",
        "n": number,
        "at": now,
        "on": channel.instants.elapsed(),
        "rid": request_id,
        "key": retry_key,
        "ep": endpoint,
        "to": [friend.id for friend in receivers],
        "miss": missed,
        "hash": hashlib.sha256(body).hexdigest(),
        "messages": given["messages"],
        **_besides(endpoint, given),
    }
    if reach > len(receivers):
        record["reach"] = reach
    channel.change(record)
    if endpoint not in ("push", "reply"):
        return Answer(200, accepted=number)
    return Answer(
        200, orjson.dumps({"sentMessages": words.sent_messages(number, len(given["messages"]))}), accepted=number
    )


def _besides(endpoint: str, given: dict[str, Any]) -> dict[str, Any]:
    """What an acceptance is journalled with where the request says it."""
    said: dict[str, Any] = {}
    if given.get("notificationDisabled"):
        said["silent"] = True
    if given.get("customAggregationUnits"):
        said["unit"] = given["customAggregationUnits"][0]
    if endpoint == "reply":
        said["reply"] = given["replyToken"]
    return said
