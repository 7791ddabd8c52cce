"""What an answer of LINE, or the lack of one, means for a request; it decides nothing about people."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from pydantic import BaseModel, ValidationError

RATE_LIMIT = "rate limit"  # 429 “The API rate limit has been exceeded. Try again later.”
MONTHLY_LIMIT = "monthly limit"  # 429 “You have reached your monthly limit.”


class _Detail(BaseModel):
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


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one attempt. `status` None: no HTTP answer, `meaning` says which kind of silence it was."""

    meaning: Meaning
    status: int | None = None
    line_request_id: str | None = None
    detail: str = ""


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
    return Answer(_refusal(status, body), status, request_id, body[:500])


def _refusal(status: int, body: str) -> Meaning:
    if status >= 500 or status == 408:
        return Meaning.UNCLEAR
    message, properties = _said(body)
    match status:
        case 429:
            return Meaning.MONTHLY if MONTHLY_LIMIT in message.lower() else Meaning.RATE
        case 413:
            return Meaning.MESSAGE
        case 400:
            about_messages = any(place.startswith("messages") for place in properties) or "messages[" in message
            return Meaning.MESSAGE if about_messages else Meaning.REQUEST
        case _:  # 401, 403; 404, 405, 3xx: the address is not LINE's
            return Meaning.CHANNEL


def _said(body: str) -> tuple[str, list[str]]:
    """LINE's error sentence, and the properties its details name; a body of another shape is the sentence itself."""
    try:
        error = _Error.model_validate_json(body)
    except ValidationError:
        return body, []
    return error.message, [detail.property for detail in error.details]
