"""The tokens in links of our own: sealed with a key, so that nobody can guess, forge or read one; it stores nothing.

A token says which link, whose message and until which day. It is sealed in the way of SIV: a keyed BLAKE2b (RFC 7693)
over what it says is both the proof (104 bits) and the seed of the mask that hides it. The same facts under the same key
give the same token.
"""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import blake2b
from hmac import compare_digest

KEY_BYTES = 32
_PROOF_BYTES, _SAID_BYTES = 13, 13  # five for the link, six for the intent, two for the day
_LENGTH = (1 + _PROOF_BYTES + _SAID_BYTES) * 4 // 3  # 27 bytes are 36 letters, none of them padding
_PROOF, _MASK = b"link proof", b"link mask"
# Old enough for data that a simulated clock lives through; two bytes of days reach to 2149.
_FIRST_DAY = date(1970, 1, 1)
_LAST_DAY = _FIRST_DAY + timedelta(days=0xFFFF)


@dataclass(frozen=True, slots=True)
class Token:
    """What a link's token says. `intent` 0: the link is the same for everybody. Good to the end of `day`, UTC."""

    link: int
    intent: int
    day: date

    def expired(self, now: datetime) -> bool:
        """Whether business `now` (aware) lies after its last day."""
        return now.astimezone(UTC).date() > self.day


@dataclass(frozen=True, slots=True)
class Key:
    """A key and the number under which links name it (1 to 255)."""

    number: int
    secret: bytes


def last_day(now: datetime, lasts: timedelta) -> date:
    """The last day on which a link that is made at business `now` and lasts so long is good."""
    return min((now + min(lasts, timedelta(days=0xFFFF))).astimezone(UTC).date(), _LAST_DAY)


def seal(token: Token, key: Key) -> str:
    """The token as it stands in a link: 36 letters, digits, - and _."""
    days = (token.day - _FIRST_DAY).days
    said = (token.link << 64 | token.intent << 16 | days).to_bytes(_SAID_BYTES, "big")
    proof = blake2b(said, digest_size=_PROOF_BYTES, key=key.secret, person=_PROOF).digest()
    return urlsafe_b64encode(key.number.to_bytes(1, "big") + proof + _masked(said, proof, key.secret)).decode()


def unseal(text: str, keys: Mapping[int, bytes]) -> Token | None:
    """What a token says; None for anything not sealed so, to the letter, with one of `keys` (by number)."""
    if len(text) != _LENGTH or not text.isascii():
        return None
    try:
        raw = urlsafe_b64decode(text)
    except ValueError:
        return None
    secret, proof = keys.get(raw[0]) if raw else None, raw[1 : 1 + _PROOF_BYTES]
    if secret is None or len(raw) != 1 + _PROOF_BYTES + _SAID_BYTES:
        return None
    said = _masked(raw[1 + _PROOF_BYTES :], proof, secret)
    mine = blake2b(said, digest_size=_PROOF_BYTES, key=secret, person=_PROOF).digest()
    if not compare_digest(mine, proof) or urlsafe_b64encode(raw).decode() != text:
        return None
    number = int.from_bytes(said, "big")
    day = _FIRST_DAY + timedelta(days=number & 0xFFFF)
    return Token(number >> 64, number >> 16 & 0xFFFFFFFFFFFF, day)


def number_of(text: str) -> int | None:
    """The number of the key that a token names, whether it is a token or not."""
    try:
        return urlsafe_b64decode(text[:4])[0] if len(text) == _LENGTH else None
    except (ValueError, IndexError):
        return None


def _masked(said: bytes, proof: bytes, secret: bytes) -> bytes:
    mask = blake2b(proof, digest_size=_SAID_BYTES, key=secret, person=_MASK).digest()
    return (int.from_bytes(said, "big") ^ int.from_bytes(mask, "big")).to_bytes(_SAID_BYTES, "big")
