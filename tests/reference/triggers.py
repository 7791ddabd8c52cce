"""All that might let a member into a journey, by the journey's one trigger and by being handed on; it judges none.

Where the design leaves room: a cron time in a gap fires at the gap's end, times that fall on one instant fire once; a
date's own day is what it returns to, without its offset; a date is late if its instant lies before what was looked at
in the last pass, or before there was such a member; it is noticed only in a pass to which the member's row came anew.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from cronsim import CronSim

from journey_engine.language.journey import Journey
from journey_engine.language.triggers import Dated, Repeating
from tests.reference.appointed import in_year, of_day
from tests.reference.facts import Event, Memory, Stay, Trigger
from tests.reference.truth import Truth
from tests.reference.values import typed
from tests.reference.wallclock import DAY, instant, local

NORMAL_ENDS = ("finished", "stop", "go_to")
MINUTE = timedelta(minutes=1)


class Triggers:
    """What may let her into one journey, as far as `memory` goes in a pass at `now` after one at `before`."""

    def __init__(self, journey: Journey, memory: Memory, truth: Truth, zone: str, live_since: datetime) -> None:
        self.journey, self.memory, self.truth = journey, memory, truth
        self.business, self.zone = truth.zone, zone
        self.live_since = live_since

    def found(self, before: datetime, now: datetime, row_is_new: bool) -> Iterator[Trigger]:
        """Those of every instant from `live_since` up to `now`, but of a date or clock only what is new."""
        enter = self.journey.enter
        yield from self._events()
        if enter.joins is not None:
            yield from self._stays("segment", enter.joins)
        if enter.stage is not None:
            yield from self._stays("stage", enter.stage)
        if enter.at is not None:
            appointed = instant(enter.at.time, self.business)
            if self._is_in(enter.at.to, appointed):
                yield Trigger(appointed, "at", f"at:{appointed}")
        if enter.every is not None:
            yield from self._repeating(enter.every, before, now)
        if enter.date is not None:
            yield from self._dated(enter.date, before, now, row_is_new)
        if enter.after is not None:
            yield from self._ended(enter.after)

    def _events(self) -> Iterator[Trigger]:
        name, on = self.journey.journey, self.journey.enter.on
        for number, event in enumerate(self.memory.events):
            asked_for = event.name == "go_to" or (event.name == "enter" and self.journey.enter.by == "api")
            if (asked_for and event.of == name) or (on is not None and self.truth.matches(event, on.query)):
                yield Trigger(event.at, "event", f"event:{number}", number, event)

    def _stays(self, kind: str, name: str) -> Iterator[Trigger]:
        for stay in self.memory.stays:
            if (stay.kind, stay.name) == (kind, name):
                included = self.journey.enter.existing == "include" and stay.since < self.live_since
                at = self.live_since if included and stay.contains(self.live_since) else stay.since
                yield Trigger(at, kind, f"{kind}:{stay.since}")

    def _is_in(self, segment: str, at: datetime) -> bool:
        def holds(stay: Stay) -> bool:
            return (stay.kind, stay.name) == ("segment", segment) and stay.contains(at)

        return any(holds(stay) for stay in self.memory.stays)

    def _repeating(self, every: Repeating, before: datetime, now: datetime) -> Iterator[Trigger]:
        for at in cron_instants(every.cron, before, now, self.business):
            if self._is_in(every.of, at):
                yield Trigger(at, "every", f"every:{at}")

    def _dated(self, dated: Dated, before: datetime, now: datetime, row_is_new: bool) -> Iterator[Trigger]:
        member = self.memory.member
        day = typed(member.attributes.get(dated.of), "date", self.business)
        if day is None:
            return
        years = range(before.year - 2, now.year + 3)
        for one in {in_year(day, year) for year in years} if dated.every == "year" else {day}:
            at = of_day(one, dated.offset, dated.at, self.zone)
            if before < at <= now:
                yield self._of_day(one, at)
            in_time = local(member.changed_at, self.zone).date() <= one
            if at <= before and row_is_new and dated.late == "now" and in_time:
                yield self._of_day(one, member.changed_at)

    def _of_day(self, day: date, at: datetime) -> Trigger:
        entry = Event(at, "(date)", properties={"date": day.isoformat()})
        return Trigger(at, "date", f"date:{day.isoformat()}", event=entry)

    def _ended(self, journey: str) -> Iterator[Trigger]:
        for number, visit in enumerate(self.memory.enrolments):
            is_normal = visit.end_reason is not None and visit.end_reason.split(":")[0] in NORMAL_ENDS
            if visit.journey == journey and visit.ended_at is not None and is_normal:
                yield Trigger(visit.ended_at, "after", f"after:{number}", number)


def cron_instants(cron: str, after: datetime, until: datetime, zone: str) -> list[datetime]:
    """The instants in (after, until] at which the schedule fires, by the wall clock of `zone`."""
    found: set[datetime] = set()
    last = local(until, zone) + DAY
    for wall in CronSim(cron, local(after, zone) - DAY):
        if wall > last:
            break
        found.add(_fires(wall, zone))
    return sorted(at for at in found if after < at <= until)


def _fires(wall: datetime, zone: str) -> datetime:
    """The instant of a wall time, the first of two; of one in a gap, where the gap ends."""
    at = instant(wall, zone)
    if local(at, zone) == wall:
        return at
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    while (at - MINUTE).astimezone(ZoneInfo(zone)).utcoffset() == offset:
        at -= MINUTE
    return at
