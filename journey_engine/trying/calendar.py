"""The time of a story: `day 2 10:00` in the member's zone as an instant and back; it reads no clock."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from journey_engine.language.scenario import Moment, story_day

# A Monday from which no zone of America, Europe, Asia or Australia changes its clock for three months.
DAY_ZERO = date(2026, 6, 1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Days counted from the one on which the story begins, by the wall clock of `zone`."""

    zone: ZoneInfo

    @property
    def eve(self) -> datetime:
        """When the files are made live and the member is born: the midnight before day 0, in UTC."""
        return datetime.combine(DAY_ZERO - timedelta(days=1), time(), self.zone).astimezone(UTC)

    def instant(self, moment: Moment) -> datetime:
        """The moment as an instant in UTC."""
        return datetime.combine(DAY_ZERO + timedelta(days=moment.day), moment.at, self.zone).astimezone(UTC)

    def value(self, written: str, kind: str | None) -> str:
        """What a story writes for an attribute or a property: `day 30` becomes that date, or that instant."""
        day = story_day(written) if kind in ("date", "time") else None
        if day is None:
            return written
        number, at = day
        date_ = DAY_ZERO + timedelta(days=number)
        if kind == "date":
            return date_.isoformat()
        return datetime.combine(date_, at or time(), self.zone).isoformat()

    def shown(self, instant: datetime) -> str:
        """An instant as stories write it, with seconds where there are any."""
        local = instant.astimezone(self.zone)
        seconds = f"{local:%H:%M:%S}" if local.second or local.microsecond else f"{local:%H:%M}"
        return f"day {(local.date() - DAY_ZERO).days} {seconds}"
