"""LINE's own words: the text of each error and the shape of an answer; it decides nothing."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from typing import Any, NamedTuple

import orjson

from journey_engine.sandbox.complaints import Complaints

INVALID_TOKEN = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)
NO_TOKEN = (
    "Authentication failed due to the following reason: missing Authorization header. "
    "Confirm that the access token in the authorization header is valid."
)
RATE_LIMIT = "The API rate limit has been exceeded. Try again later."
MONTHLY_LIMIT = "You have reached your monthly limit."
FAILED_TO_SEND = "Failed to send messages"
KEY_ACCEPTED = "The retry key is already accepted"
INVALID_REPLY_TOKEN = "Invalid reply token"
NOT_FOUND = "Not found"
TOO_LARGE = "Request exceeds the max size of 2MB. Make the request smaller than 2MB and try again."
INTERNAL = "Internal server error"
NOT_ENTITLED = "Access to this API is not available for your account"
# LINE documents the cases below without quoting a text; the sentences are ours.
SAME_USER = "Too many messages were sent to the same user. Try again later."
NARROWCAST_TOO_FEW = "The number of recipients is less than the minimum"
INVALID_READ_TOKEN = "Invalid markAsReadToken"
# LINE documents the two cases (400) without quoting a text; these two sentences are ours.
INVALID_RETRY_KEY = "The value for the 'X-Line-Retry-Key' header is invalid"
NO_RETRY_KEY_HERE = "The 'X-Line-Retry-Key' header is not supported by this endpoint"


class Answer(NamedTuple):
    """One HTTP answer; `accepted` is the number of the acceptance it tells of, None if nothing was accepted.

    A `torn` one breaks off in the middle of its body.
    """

    status: int
    body: bytes = b"{}"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    accepted: int | None = None
    torn: bool = False


def answer(status: int, /, **body: Any) -> Answer:
    """An answer with a JSON body of these properties."""
    return Answer(status, orjson.dumps(body))


def error(status: int, message: str) -> Answer:
    """LINE's error body: a message and nothing else."""
    return Answer(status, orjson.dumps({"message": message}))


def body_errors(complaints: Complaints) -> Answer:
    """400 with every complaint as a detail."""
    return answer(400, message=f"The request body has {len(complaints)} error(s)", details=complaints)


def invalid_property(name: str) -> Answer:
    """400 for a property of the wrong form, outside the messages."""
    return error(400, f"The property, '{name}', in the request body is invalid (line: -, column: -)")


def not_json(line: int, column: int) -> Answer:
    """400 for a body that is no JSON."""
    return error(400, f"The request body could not be parsed as JSON (line: {line}, column: {column})")


def message_id(acceptance: int, index: int) -> str:
    """LINE's id of one sent message: 18 digits, the same whenever asked."""
    return str(500_000_000_000_000_000 + acceptance * 8 + index)


def quote_token(message: str) -> str:
    """The token by which a message can be quoted; derived from its id."""
    return urlsafe_b64encode(hashlib.blake2b(message.encode(), digest_size=42).digest()).decode()


def sent_messages(acceptance: int, count: int) -> list[dict[str, str]]:
    """`sentMessages` of a push or reply: the ids and quote tokens of its message objects."""
    ids = [message_id(acceptance, index) for index in range(count)]
    return [{"id": one, "quoteToken": quote_token(one)} for one in ids]
