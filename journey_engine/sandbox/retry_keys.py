"""Which retry keys were accepted in the last 24 hours, and by which acceptance; it never answers a request."""

from __future__ import annotations

import re

from journey_engine.sandbox.limits import RETRY_KEY_SECONDS

# Milliseconds since 1970 fit into 42 bits until 2109.
_MS_BITS = 42
_KEY = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def as_bytes(key: str) -> bytes | None:
    """The 16 bytes of a retry key, or None if it is no hexadecimal UUID."""
    return bytes.fromhex(key.replace("-", "")) if _KEY.fullmatch(key) else None


class RetryKeys:
    """Accepted keys by their 16 bytes; each lives for 24 hours from its acceptance, then means nothing.

    Two generations of a day each, so that old keys are let go at once; a key costs about 180 bytes while it lives.
    """

    def __init__(self) -> None:
        self._young: dict[bytes, int] = {}
        self._old: dict[bytes, int] = {}
        self._born = 0.0

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def add(self, key: bytes, acceptance: int, elapsed: float) -> None:
        """Remember that `acceptance` used `key` at `elapsed` seconds since 1970."""
        if elapsed - self._born >= RETRY_KEY_SECONDS:
            self._old = self._young if elapsed - self._born < 2 * RETRY_KEY_SECONDS else {}
            self._young, self._born = {}, elapsed
        # One number instead of a pair: half the memory.
        self._young[key] = acceptance << _MS_BITS | int(elapsed * 1000)

    def find(self, key: bytes, elapsed: float) -> int | None:
        """The acceptance that used `key` within the 24 hours before `elapsed`, or None."""
        found = self._young.get(key) or self._old.get(key)
        if found is None:
            return None
        acceptance, used_ms = found >> _MS_BITS, found & (1 << _MS_BITS) - 1
        return acceptance if elapsed * 1000 - used_ms < RETRY_KEY_SECONDS * 1000 else None
