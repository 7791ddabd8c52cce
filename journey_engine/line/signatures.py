"""Whether a webhook's body was signed with the channel's secret, by the official SDK; it reads no event."""

from __future__ import annotations

from functools import lru_cache
from typing import Any


@lru_cache(maxsize=4)
def _validator(secret: str) -> Any:
    from linebot.v3.webhook import SignatureValidator

    return SignatureValidator(secret)


def is_signed(secret: str, body: bytes, signature: str) -> bool:
    """Whether `signature` (the header X-Line-Signature) is that of the raw `body`.

    An empty secret signs nothing, and a body that is no UTF-8 is none of LINE's: the SDK signs text.
    """
    try:
        return bool(secret) and bool(_validator(secret).validate(body.decode("utf-8"), signature))
    except UnicodeError:
        return False
