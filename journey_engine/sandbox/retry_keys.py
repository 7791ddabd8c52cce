"""Which retry keys were accepted in the last 24 hours, and by which acceptance; it never answers a request."""

from __future__ import annotations

import re
from collections import deque

from journey_engine.sandbox.limits import RETRY_KEY_SECONDS

_KEY = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")


def as_bytes(key: str) -> bytes | None:
    """The 16 bytes of a retry key, or None if it is no hexadecimal UUID."""
    return bytes.fromhex(key.replace("-", "")) if _KEY.fullmatch(key) else None


class RetryKeys:
    """Accepted keys by their 16 bytes; each lives for 24 hours from its acceptance, then means nothing."""

    def __init__(self) -> None:
        self._accepted: dict[bytes, int] = {}
        self._by_age: deque[tuple[float, bytes]] = deque()

    def __len__(self) -> int:
        return len(self._accepted)

    def add(self, key: bytes, acceptance: int, elapsed: float) -> None:
        """Remember that `acceptance` used `key` at `elapsed` seconds."""
        self._forget_old(elapsed)
        self._accepted[key] = acceptance
        self._by_age.append((elapsed, key))

    def find(self, key: bytes, elapsed: float) -> int | None:
        """The acceptance that used `key` within the 24 hours before `elapsed`, or None."""
        self._forget_old(elapsed)
        return self._accepted.get(key)

    def _forget_old(self, elapsed: float) -> None:
        while self._by_age and elapsed - self._by_age[0][0] >= RETRY_KEY_SECONDS:
            _, key = self._by_age.popleft()
            self._accepted.pop(key, None)
