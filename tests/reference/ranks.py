"""Who is in the top of something and which score she has, by cut points that refreshes stored; it stores none."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import Any

from journey_engine.language.conditions import Rfm, Top
from tests.reference.facts import Cut, Event
from tests.reference.wallclock import local


class Ranks:
    """`cuts`: as far as told; `property_of`: an event's property as a value of its type; `zone`: of the business."""

    def __init__(self, cuts: list[Cut], property_of: Callable[[Event, str], Any], zone: str) -> None:
        self.cuts, self.property_of, self.zone = cuts, property_of, zone

    def is_top(self, top: Top, events: list[Event], at: datetime) -> bool:
        """Whether the number of these events, or the sum over them, reaches the one cut of this rank."""
        cuts = self._last(name_of(top), at)
        value = self._sum(events, top.property) if top.property else (Decimal(len(events)) if events else None)
        return bool(cuts) and value is not None and value >= cuts[0]

    def score(self, part: str, events: list[Event], at: datetime) -> Decimal | None:
        """1, and one more for each of the four cuts that is reached."""
        cuts = self._last(part, at)
        value = None
        if events:
            last = max(local(event.at, self.zone).date() for event in events)
            found = {"recency": Decimal(last.toordinal()), "frequency": Decimal(len(events))}
            value = found.get(part, self._sum(events, "value"))
        return None if value is None or not cuts else Decimal(1 + sum(value >= cut for cut in cuts))

    def _sum(self, events: list[Event], name: str) -> Decimal | None:
        """Over those that have a value; missing if none has."""
        values = [value for event in events if (value := self.property_of(event, name)) is not None]
        return sum(values, Decimal(0)) if values else None

    def _last(self, subject: str, at: datetime) -> tuple[Decimal, ...]:
        """The cuts of the last refresh as of not after `at`; none if there was none, or nobody was ranked."""
        told = [cut for cut in self.cuts if cut.subject == subject and cut.as_of <= at]
        return max(told, key=lambda cut: cut.as_of).values if told else ()


def name_of(rank: Top | Rfm) -> str:
    """By what a cut says that it is of this rank."""
    if isinstance(rank, Rfm):
        return rank.part
    asked = rank.query
    return f"top {rank.share} by {asked.event} of {asked.of} {asked.window} {asked.where} {rank.property}"
