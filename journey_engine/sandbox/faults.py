"""Faults on order: which request fails how, by count, by seeded rate, by endpoint; it carries none of them out."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import Any

from journey_engine.errors import JourneysError
from journey_engine.sandbox.complaints import is_object

BEFORE = (
    "down",
    "401",
    "429_rate",
    "429_monthly",
    "429_same_user",
    "500_before",
    "timeout_before",
    "reset_before",
    "slow",
)
# reset_midway breaks off in the middle of the answer; odd_after answers 200 with a body nobody expects.
AFTER = ("500_after", "timeout_after", "reset_after", "reset_midway", "odd_after")
_SECONDS = {"slow": 1.0, "timeout_before": 60.0, "timeout_after": 60.0}


class UnusableFault(JourneysError):
    """A fault was ordered that the sandbox cannot commit."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"This is no fault: {given!r}.",
            f"Give kind (one of {', '.join((*BEFORE, *AFTER))}) and, if wished, endpoint, count, rate (0 to 1) with "
            "seed, seconds.",
            "faults",
        )


@dataclass(slots=True)
class Fault:
    """One order. Those of AFTER strike only requests that were accepted, and are used up only by them.

    `endpoint` None means every endpoint, `count` None means until cleared; `seconds` is how long `slow` and the
    timeouts take.
    """

    kind: str
    endpoint: str | None = None
    count: int | None = None
    rate: float = 1.0
    seed: int = 0
    seconds: float = 0.0
    struck: int = 0
    random: Random = field(default_factory=Random, repr=False)

    def strikes(self, endpoint: str) -> bool:
        """Whether this order hits a request to `endpoint`; counts it if so."""
        if self.endpoint not in (None, endpoint) or (self.count is not None and self.struck >= self.count):
            return False
        if self.rate < 1 and self.random.random() >= self.rate:
            return False
        self.struck += 1
        return True

    def as_json(self) -> dict[str, Any]:
        """The order and how often it struck."""
        return {
            "kind": self.kind,
            "endpoint": self.endpoint,
            "count": self.count,
            "rate": self.rate,
            "seed": self.seed,
            "seconds": self.seconds,
            "struck": self.struck,
        }


def fault_from(given: Any) -> Fault:
    """A fault as a caller's JSON says it; raises UnusableFault."""
    if not is_object(given):
        raise UnusableFault(given)
    said: dict[str, Any] = given
    kind: Any = said.get("kind")
    known = {"kind", "endpoint", "count", "rate", "seed", "seconds"}
    if kind not in (*BEFORE, *AFTER) or not set(said) <= known:
        raise UnusableFault(said)
    try:
        rate, seed = float(said.get("rate", 1.0)), int(said.get("seed", 0))
        count = None if said.get("count") is None else int(said["count"])
        seconds = float(said.get("seconds", _SECONDS.get(kind, 0.0)))
    except (TypeError, ValueError) as error:
        raise UnusableFault(said) from error
    if not 0 <= rate <= 1 or seconds < 0:
        raise UnusableFault(said)
    endpoint: Any = said.get("endpoint")
    return Fault(kind, endpoint, count, rate, seed, seconds, random=Random(seed))


class Faults:
    """The orders in force, oldest first; the first that strikes decides. They do not outlive the process."""

    def __init__(self) -> None:
        self.orders: list[Fault] = []

    def before(self, endpoint: str) -> Fault | None:
        """What hits this request before it is judged, if anything."""
        return self._first(BEFORE, endpoint) if self.orders else None

    def after(self, endpoint: str) -> Fault | None:
        """What hits the answer to this accepted request, if anything."""
        return self._first(AFTER, endpoint) if self.orders else None

    def _first(self, kinds: tuple[str, ...], endpoint: str) -> Fault | None:
        return next((order for order in self.orders if order.kind in kinds and order.strikes(endpoint)), None)
