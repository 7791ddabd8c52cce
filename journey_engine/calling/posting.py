"""One attempt of one call over HTTP, signed, and what its answer means; it touches no table.

No redirect is followed (the address that was agreed on is the one that is called), no proxy is taken from the
environment, no more of an answer is read than a small JSON object needs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, cast

import httpx
import orjson

from journey_engine.calling.claiming import Claimed
from journey_engine.calling.endpoints import Target
from journey_engine.calling.pace import Pace

_NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")
_OURS = frozenset({"step", "endpoint", "call", "status", "reason", "value"})
MOST_VALUES, LONGEST_VALUE = 20, 200
# Asked too early or too often, or not answered in time: it may be asked again (RFC 9110, RFC 6585, RFC 8470).
_AGAIN = frozenset({408, 425, 429})


class Meaning(Enum):
    """What an attempt comes to."""

    ANSWERED = "answered"
    REFUSED = "refused"  # it will never be answered
    AGAIN = "again"  # the same key and body, later
    SILENT = "silent"  # the same, and nothing was heard at all


@dataclass(frozen=True, slots=True)
class Outcome:
    """One attempt: `status` as HTTP gave it; `answer` texts by name; `pause` seconds the other side asked for."""

    claimed: Claimed
    meaning: Meaning
    status: int | None = None
    answer: dict[str, str] = field(default_factory=dict[str, str])
    detail: str = ""
    pause: float = 0.0


def client(pace: Pace) -> httpx.Client:
    """An HTTP client for many threads; redirects are answers like any other."""
    limits = httpx.Limits(max_connections=pace.together)
    timeout = httpx.Timeout(pace.timeout, connect=pace.connect)
    return httpx.Client(timeout=timeout, limits=limits, trust_env=False, follow_redirects=False)


def headers(target: Target, claimed: Claimed, body: bytes) -> dict[str, str]:
    """What goes beside the body. Signed is `TIMESTAMP.KEY.BODY`, HMAC-SHA256 in hex, with the endpoint's secret."""
    stamp = str(int(claimed.at.timestamp()))
    told = {
        "Content-Type": "application/json",
        "Accept": "application/json",
        "Accept-Encoding": "identity",
        "User-Agent": "line-journeys",
        "Idempotency-Key": claimed.key,
        "X-Journeys-Timestamp": stamp,
    }
    if target.secret is not None:
        signed = hmac.new(target.secret, f"{stamp}.{claimed.key}.".encode() + body, hashlib.sha256)
        told["X-Journeys-Signature"] = f"sha256={signed.hexdigest()}"
    return told


def body_of(claimed: Claimed) -> bytes:
    """The same bytes at every attempt."""
    return orjson.dumps(claimed.content, option=orjson.OPT_SORT_KEYS)


def post(http: httpx.Client, target: Target, claimed: Claimed, pace: Pace) -> Outcome:
    """Make the call once. Never raises for what the other side or the network does."""
    body = body_of(claimed)
    until = time.monotonic() + pace.timeout
    try:
        with http.stream("POST", target.url, content=body, headers=headers(target, claimed, body)) as response:
            if response.is_success:
                return Outcome(claimed, Meaning.ANSWERED, response.status_code, texts(_read(response, pace, until)))
            return _refused(claimed, response)
    except httpx.TransportError as error:
        return Outcome(claimed, Meaning.SILENT, detail=type(error).__name__)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Outcome(claimed, Meaning.REFUSED, detail=type(error).__name__)


def _refused(claimed: Claimed, response: httpx.Response) -> Outcome:
    status = response.status_code
    if status >= 500 or status in _AGAIN:
        return Outcome(claimed, Meaning.AGAIN, status, detail=f"status {status}", pause=_pause(response))
    return Outcome(claimed, Meaning.REFUSED, status, detail=f"status {status}")


def _pause(response: httpx.Response) -> float:
    """Retry-After in seconds; a date there is not heeded."""
    told = response.headers.get("Retry-After", "")
    return float(told) if told.isascii() and told.isdigit() and len(told) < 7 else 0.0


def _read(response: httpx.Response, pace: Pace, until: float) -> bytes:
    """The answer's first bytes. One that is too long, too slow or cut off is an answer all the same, without values."""
    read = b""
    try:
        for piece in response.iter_raw():
            read += piece
            if len(read) > pace.answer_bytes or time.monotonic() > until:
                return b""
    except httpx.TransportError:
        return b""
    return read


def texts(written: bytes) -> dict[str, str]:
    """Of a JSON object, the values that are short texts, numbers, true or false, as texts by name; else nothing."""
    try:
        told: Any = orjson.loads(written)
    except orjson.JSONDecodeError:
        return {}
    found: dict[str, str] = {}
    for name, value in cast("dict[str, Any]", told).items() if isinstance(told, dict) else ():
        text = _text(value)
        if _NAME.fullmatch(name) and name not in _OURS and text is not None and len(found) < MOST_VALUES:
            found[name] = text
    return found


def _text(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = str(value) if isinstance(value, int | float) else value
    return text if isinstance(text, str) and len(text) <= LONGEST_VALUE and "\0" not in text else None
