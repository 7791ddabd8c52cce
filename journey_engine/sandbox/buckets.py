"""Token buckets, one per endpoint, refilled at LINE's documented rates; they never sleep, they answer yes or no."""

from __future__ import annotations

from journey_engine.sandbox.limits import DEFAULT_RATE, RATES


class Buckets:
    """What is left to call per endpoint.

    LINE publishes rates but no capacities; here a bucket holds one second's worth, or one hour's where the rate is
    per hour. `rates` (requests a second) overrides the documented ones by endpoint.
    """

    def __init__(self, rates: dict[str, float] | None = None) -> None:
        self.rates = {**RATES, **(rates or {})}
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, endpoint: str, elapsed: float) -> bool:
        """Whether one more call is allowed at `elapsed` seconds; a clock that goes back refills nothing."""
        rate = self.rates.get(endpoint, DEFAULT_RATE)
        capacity = rate if rate >= 1 else rate * 3600
        left, seen = self._left.get(endpoint, (capacity, elapsed))
        left = min(capacity, left + max(0.0, elapsed - seen) * rate)
        allowed = left >= 1
        self._left[endpoint] = (left - 1 if allowed else left, elapsed)
        return allowed

    def clear(self) -> None:
        """Fill every bucket again."""
        self._left.clear()
