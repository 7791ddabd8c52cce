"""What an answer of LINE, or the lack of one, means for a request; it decides nothing about people."""

from __future__ import annotations

from enum import Enum
from typing import Any, NamedTuple

from pydantic import BaseModel, ValidationError

# The other 429 is “The API rate limit has been exceeded. Try again later.”
MONTHLY_LIMIT = "monthly limit"  # 429 “You have reached your monthly limit.”


class _Detail(BaseModel):
    message: str = ""
    property: str = ""


class _Error(BaseModel):
    """ErrorResponse of messaging-api.yml, as far as it is read."""

    message: str
    details: list[_Detail] = []


class Meaning(Enum):
    """Accepted, refused (for a reason), unclear, or never tried."""

    ACCEPTED = "accepted"
    UNCLEAR = "unclear"  # 5xx, timeout, reset after bytes left: LINE may have it
    UNREACHABLE = "unreachable"  # no connection was made
    RATE = "rate"
    MONTHLY = "monthly limit"
    CHANNEL = "channel"  # token, rights or address: nothing will go through this channel
    MESSAGE = "message"  # about the messages: whoever it goes to
    REQUEST = "request"  # about the recipients
    UNSENT = "unsent"  # this sender stopped before it tried

    @property
    def outcome(self) -> str:
        """What `attempts.outcome` says."""
        if self in (Meaning.ACCEPTED, Meaning.UNCLEAR):
            return self.value
        return "refused"


class Answer(NamedTuple):  # one is made for every request, as of an Outcome
    """What came back for one attempt. `status` None: no HTTP answer, `meaning` says which kind of silence it was."""

    meaning: Meaning
    status: int | None = None
    line_request_id: str | None = None
    detail: str = ""  # LINE's sentence, or the transport's
    properties: tuple[str, ...] = ()  # what in the body LINE complains about: messages[0].text, /body/contents/0


def silence(meaning: Meaning, error: BaseException) -> Answer:
    """No answer at all, by a transport error."""
    return Answer(meaning, detail=f"{type(error).__name__}: {error}"[:500])


def answered(status: int, headers: Any, body: str) -> Answer:
    """An HTTP answer. A 2xx is an acceptance whatever its body; 409 says that this key was accepted before."""
    request_id = headers.get("x-line-request-id") if headers is not None else None
    if 200 <= status <= 299:
        return Answer(Meaning.ACCEPTED, status, request_id)
    if status == 409:
        earlier = headers.get("x-line-accepted-request-id") if headers is not None else None
        return Answer(Meaning.ACCEPTED, status, earlier or request_id, body[:500])
    error = _read(body)
    properties = tuple(detail.property for detail in error.details if detail.property)
    return Answer(_refusal(status, error.message, properties), status, request_id, _sentence(error), properties)


def _refusal(status: int, message: str, properties: tuple[str, ...]) -> Meaning:
    if status >= 500 or status == 408:
        return Meaning.UNCLEAR
    match status:
        case 429:
            return Meaning.MONTHLY if MONTHLY_LIMIT in message.lower() else Meaning.RATE
        case 413:
            return Meaning.MESSAGE
        case 400:
            # “A message (messages[0]) in the request body is invalid”: the details then say where in the flex it is.
            about_messages = any(place.startswith("messages") for place in properties) or "messages[" in message
            return Meaning.MESSAGE if about_messages else Meaning.REQUEST
        case _:  # 401, 403; 404, 405, 3xx: the address is not LINE's
            return Meaning.CHANNEL


def _read(body: str) -> _Error:
    """LINE's error; a body of another shape is the sentence itself."""
    try:
        return _Error.model_validate_json(body)
    except ValidationError:
        return _Error(message=body)


def _sentence(error: _Error) -> str:
    details = "; ".join(f"{detail.property} {detail.message}".strip() for detail in error.details)
    return f"{error.message}{f' ({details})' if details else ''}"[:500]
