"""The answers of the receiver: JSON with a plain sentence and its cure, never a stack; it decides no status."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from journey_engine.errors import JourneysError
from journey_engine.receiver.grouping import NotStored, Unstorable

_SENTENCES = {404: "There is nothing here.", 405: "That method is not served here."}


class Refused(JourneysError):
    """A request that is answered with a 4xx and its sentence."""

    def __init__(self, status: int, reason: str, cure: str = "") -> None:
        super().__init__(reason, cure)
        self.status = status


def answer(body: Any, status: int = 200, **headers: str) -> Response:
    """A JSON answer that nobody caches; header names are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Response(orjson.dumps(body), status, {"cache-control": "no-store", **named}, "application/json")


def told(reason: str, cure: str, status: int, **headers: str) -> Response:
    """The one shape in which the receiver says that something was not done."""
    return answer({"message": reason, "cure": cure} if cure else {"message": reason}, status, **headers)


async def tell_error(_request: Request, error: Exception) -> Response:
    """What a person is meant to read, with its status: 503 where it helps to send the same again."""
    match error:
        case Refused():
            return told(error.reason, error.cure, error.status)
        case NotStored():
            return told(error.reason, error.cure, 503, retry_after="1")
        case Unstorable():
            return told(error.reason, error.cure, 422)
        case SQLAlchemyError() | TimeoutError():
            return told("The database is away.", "Send it again in a while.", 503, retry_after="1")
        case HTTPException():
            sentence = _SENTENCES.get(error.status_code, "That cannot be served.")
            return told(
                sentence, "", error.status_code, **{k.replace("-", "_"): v for k, v in (error.headers or {}).items()}
            )
        case ClientDisconnect():
            return told("The request broke off.", "Send it again.", 400)
        case _:
            return told("Something failed here; nothing was acknowledged.", "Send it again in a while.", 500)


async def body_of(request: Request, most: int) -> bytes:
    """The whole body, of at most `most` bytes. Raises Refused (413)."""
    too_large = Refused(413, f"The body is larger than {most:,} bytes.", "Send it in smaller parts.")
    declared = request.headers.get("content-length", "")
    if declared.isascii() and declared.isdigit() and int(declared) > most:
        raise too_large
    parts: list[bytes] = []
    size = 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            raise too_large
        parts.append(part)
    return b"".join(parts)
