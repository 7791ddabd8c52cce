"""How a drain gets on: what LINE answered of late, and since when it takes nothing more; it sends nothing."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.requesting import Outcome

_WINDOW = 2.0  # seconds that are of late
# After these a request is tried again, however often: LINE counts them as no attempt, or never heard of it.
_NOTHING = (Meaning.RATE, Meaning.UNSENT)


@dataclass(slots=True)
class Progress:
    """`proven`: LINE accepted something, so more than a first batch may be at stake."""

    proven: bool = False
    _answered: deque[tuple[float, int, int]] = field(default_factory=deque[tuple[float, int, int]])  # requests, intents
    _since: float = field(default_factory=time.monotonic)
    _refusal: Answer | None = None

    def begin(self) -> None:
        """From here on patience counts."""
        self._since, self._refusal = time.monotonic(), None

    def hear(self, outcomes: Sequence[Outcome], accepted: int) -> None:
        """Note what came back, and how many intents of it LINE accepted."""
        now = time.monotonic()
        self._answered.append((now, len(outcomes), accepted))
        self.proven = self.proven or accepted > 0
        refusals = [each.answer for each in outcomes if each.answer.meaning in _NOTHING]
        if len(refusals) < len(outcomes):
            self._since, self._refusal = now, None
        elif refusals:
            self._refusal = refusals[-1]

    def of_late(self) -> tuple[int, int]:
        """Requests answered, and intents accepted, within the window."""
        since = time.monotonic() - _WINDOW
        while self._answered and self._answered[0][0] < since:
            self._answered.popleft()
        return sum(each[1] for each in self._answered), sum(each[2] for each in self._answered)

    def stuck(self, patience: float, ahead: float = 0) -> str | None:
        """Why it is not worth going on: for so many seconds LINE took nothing. None without patience to lose.

        `ahead`: in so many seconds the next attempt would be.
        """
        if self._refusal is None or not patience or time.monotonic() + ahead - self._since <= patience:
            return None
        if self._refusal.meaning is Meaning.RATE:
            return f"LINE takes no more for now: {self._refusal.status} {self._refusal.detail}"
        return "Requests wait too long to be tried: their leases are over before it is their turn."
