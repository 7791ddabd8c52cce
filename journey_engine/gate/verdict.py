"""What the gate says of a batch, as frozen values: each rule's outcome and the worst of them; it runs no rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from journey_engine.language.feed import Feed

Severity = Literal["critical", "warning", "info"]
_ORDER: tuple[Severity, ...] = ("critical", "warning", "info")
# How old the newest event may be: one period, and as much again for the sender to be late by half of it.
_PATIENCE = {
    "live": timedelta(hours=1),
    "hourly": timedelta(hours=2),
    "daily": timedelta(days=2),
    "weekly": timedelta(days=10),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """One rule's result. `unexpected`: rows against it (None for a rule about the whole batch); `share` of the rows."""

    rule: str
    title: str
    severity: Severity
    passed: bool
    unexpected: int | None = None
    share: float | None = None
    observed: str = ""
    column: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """All outcomes in the suite's order. `held` means that a critical rule failed."""

    outcomes: tuple[Outcome, ...]

    @property
    def worst(self) -> Severity | None:
        """The gravest severity among the rules that failed; None if all passed."""
        failed = {outcome.severity for outcome in self.outcomes if not outcome.passed}
        return next((severity for severity in _ORDER if severity in failed), None)

    @property
    def held(self) -> bool:
        return self.worst == "critical"

    @property
    def reasons(self) -> tuple[str, ...]:
        """The critical rules that failed, each with what was seen."""
        return tuple(
            f"{outcome.title or outcome.rule}" + (f" ({outcome.observed})" if outcome.observed else "")
            for outcome in self.outcomes
            if not outcome.passed and outcome.severity == "critical"
        )

    def to_json(self) -> dict[str, Any]:
        """As it is stored in `batches.verdict`."""
        return {"worst": self.worst, "outcomes": [asdict(outcome) for outcome in self.outcomes]}


def from_json(stored: dict[str, Any] | None) -> Verdict:
    """The verdict that `to_json` wrote."""
    return Verdict(tuple(Outcome(**outcome) for outcome in (stored or {}).get("outcomes", ())))


def freshness(feed: Feed, newest: datetime | None, now: datetime) -> Outcome | None:
    """Whether the newest event is as new as `arrives` promises; None for a feed without events."""
    if not feed.brings:
        return None
    patience = _PATIENCE[feed.arrives]
    fresh = newest is not None and newest >= now - patience
    seen = f"the newest event is of {newest:%Y-%m-%d %H:%M} UTC" if newest else "no event has a time"
    return Outcome(
        "stale", f"資料過舊：應{_EVERY[feed.arrives]}更新", "critical", fresh, observed="" if fresh else seen
    )


_EVERY = {"live": "即時", "hourly": "每小時", "daily": "每日", "weekly": "每週"}


def any_rows(rows: int) -> Outcome:
    """Whether there is any row at all."""
    return Outcome("no rows", "沒有任何資料列", "critical", rows > 0, observed="0 rows" if rows == 0 else "")


def join(parts: Sequence[Outcome | None]) -> Verdict:
    """A verdict of all outcomes that there are."""
    return Verdict(tuple(outcome for outcome in parts if outcome is not None))
