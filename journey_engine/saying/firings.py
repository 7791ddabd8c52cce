"""The coming instants of a journey's time rule, with what fires then in words; it looks at no clock and no member."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from journey_engine.language.firing import cron_instants, date_instants, instant_of
from journey_engine.language.journey import Journey
from journey_engine.language.triggers import Dated
from journey_engine.language.words import Words
from journey_engine.saying.titles import Titles
from journey_engine.saying.triggers import trigger
from journey_engine.saying.values import spaced, weekday

_YEARS = timedelta(days=800)  # a date with its anniversaries comes round well within


@dataclass(frozen=True, slots=True)
class Firing:
    """One coming instant (aware, UTC) of a journey's trigger, and whom it lets in."""

    at: datetime
    journey: str
    whom: Words


def firings(journey: Journey, titles: Titles, now: datetime, most: int = 10) -> tuple[Firing, ...]:
    """The next instants later than `now` at which the journey's time rule fires; none if it has no time rule."""
    return tuple(islice(_coming(journey, titles, now), most))


def has_time_rule(journey: Journey) -> bool:
    """Whether the clock lets members in: `every`, `at` or `date`."""
    enter = journey.enter
    return enter.every is not None or enter.at is not None or enter.date is not None


def _coming(journey: Journey, titles: Titles, now: datetime) -> Iterator[Firing]:
    enter, zone = journey.enter, titles.project.policy.zone
    if enter.every is not None:
        for at in cron_instants(enter.every.cron, zone, now):
            yield Firing(at, journey.journey, _all_in(enter.every.of, titles))
    if enter.at is not None:
        at = instant_of(enter.at.time, ZoneInfo(zone))
        if at > now:
            yield Firing(at, journey.journey, _all_in(enter.at.to, titles))
    if enter.date is not None:
        for day, at in date_instants(enter.date, zone, now, now + _YEARS):
            yield Firing(at, journey.journey, _with_date(enter.date, day, titles))


def _all_in(segment: str, titles: Titles) -> Words:
    title = titles.segment(segment)
    return Words(f"當時在分群{title.zh}裡的所有人", f"all who are in the segment {title.en} then")


def _with_date(rule: Dated, day: date, titles: Titles) -> Words:
    title = titles.attribute(rule.of)
    written = f"{day:%m-%d}" if rule.every else f"{day:%Y-%m-%d}"
    common = rule.every and (day.month, day.day) == (2, 28) and not isleap(day.year)
    also = " 或 02-29" if common else ""
    return Words(
        f"{title.zh}是 {written}{also} 的會員", f"members whose {title.en} is {written}{also.replace('或', 'or')}"
    )


def coming(journeys: Sequence[Journey], titles: Titles, now: datetime, most: int) -> tuple[Words, ...]:
    """The next instants of each of these journeys that has a time rule, a line each, by the business zone's clocks."""
    zone = ZoneInfo(titles.project.policy.zone)
    lines = [Words(f"時間以 {zone.key} 為準。", f"By the clocks of {zone.key}.")]
    for journey in journeys:
        if not has_time_rule(journey):
            continue
        rule = spaced(trigger(journey.enter, titles))
        lines.append(Words(f"{journey.title}（{journey.journey}）：{rule.zh}", f"{journey.journey}: {rule.en}"))
        if journey.status != "live":
            lines.append(
                Words(f"  狀態是 {journey.status}，上線後才會發生", f"  it is {journey.status}: only once it is live")
            )
        found = firings(journey, titles, now, most)
        lines += [_line(one, zone, journey.enter.date is not None) for one in found]
        if not found:
            lines.append(Words("  不會再發生了", "  never again"))
    return tuple(lines) if len(lines) > 1 else (Words("沒有依時間進入的旅程。", "No journey is entered by the clock."),)


def _line(firing: Firing, zone: ZoneInfo, has_members: bool) -> Words:
    local = firing.at.astimezone(zone)
    day = weekday(local.weekday())
    zh, en = f"  {local:%Y-%m-%d}（{day.zh}）{local:%H:%M}", f"  {day.en} {local:%Y-%m-%d} {local:%H:%M}"
    return Words(f"{zh}  {firing.whom.zh}", f"{en}  {firing.whom.en}") if has_members else Words(zh, en)
