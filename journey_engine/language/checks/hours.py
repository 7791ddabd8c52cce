"""Whether working days and quiet hours leave what is meant: the policy's calendar, `on: workdays`, `expires`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from journey_engine.language.catalog import Policy
from journey_engine.language.days import Hours
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.journey import Send, Wait
from journey_engine.language.places import Problem
from journey_engine.language.words import Words, near
from journey_engine.language.workdays import FIRST, LAST, UnknownCountry, holidays_of

_SOME_DAY = datetime(2026, 1, 1)  # noqa: DTZ001 (clock times alone are compared)


def calendar_problems(kept: Kept) -> Iterator[Problem]:
    """Everything wrong with the policy's calendar."""
    policy: Policy = kept.value
    known = policy.calendar
    if known.country is not None and (sentence := _unknown_country(known.country)):
        yield kept.page.problem(("calendar", "country"), *sentence)
    for word, days in (("closed", known.closed), ("open", known.open)):
        for place, day in enumerate(days):
            if not FIRST <= day <= LAST:
                what = Words(f"{day} 不在行事曆的範圍內。", f"{day} lies outside of the calendar.")
                cure = Words(f"範圍是 {FIRST} 到 {LAST}。", f"It reaches from {FIRST} to {LAST}.")
                yield kept.page.problem(("calendar", word, place), what, cure)
    for place, day in enumerate(known.open):
        if day in known.closed:
            what = Words(f"{day} 同時寫在 open 和 closed。", f"{day} is both open and closed.")
            yield kept.page.problem(("calendar", "open", place), what, Words("請刪掉其中一個。", "Delete one of them."))


def _unknown_country(code: str) -> tuple[Words, Words] | None:
    import holidays

    try:
        holidays_of(code)
    except UnknownCountry:
        likely = near(code, holidays.list_supported_countries(include_aliases=False))
        what = Words(f"不知道「{code}」的國定假日。", f"The public holidays of “{code}” are not known.")
        example = likely[0] if likely else "TW"
        return what, Words(
            f"請寫兩個字母的國碼，例如 {example}。", f"Write a two-letter country code, such as {example}."
        )
    return None


def hour_problems(found: Gathered, kept: Kept) -> Iterator[Problem]:
    """Working days of no country, and messages that do not live through the quiet hours; both are warnings."""
    if found.policy is None:
        return
    policy: Policy = found.policy.value
    for path, _, step in kept.steps:
        if isinstance(step, Wait) and step.on is not None and step.on.workdays and policy.calendar.country is None:
            yield kept.page.problem((*path, "on"), *_ONLY_WEEKENDS, severity="warning")
        if isinstance(step, Send) and step.quiet == "wait" and policy.quiet_hours is not None:
            night = _length(policy.quiet_hours)
            if step.expires.longest <= night < timedelta(days=1):
                what = Words(
                    f"expires 只有 {step.expires}，比靜音時段（{_hours(night)} 小時）短：靜音前沒送出的會作廢。",
                    f"expires is {step.expires}, and quiet hours last {_hours(night)}: what they delay is not sent.",
                )
                yield kept.page.problem((*path, "expires"), what, _LONGER, severity="warning")


def _length(hours: Hours) -> timedelta:
    start, end = (datetime.combine(_SOME_DAY, clock) for clock in (hours.start, hours.end))
    return (end if end > start else end + timedelta(days=1)) - start


def _hours(length: timedelta) -> str:
    return f"{length / timedelta(hours=1):g}"


_ONLY_WEEKENDS = (
    Words(
        "policy.yaml 沒有寫 calendar 的 country，workdays 只會避開週末。",
        "policy.yaml names no country for its calendar, so workdays only leaves out weekends.",
    ),
    Words(
        "請加上 calendar: {country: TW}，或改寫 on: weekdays。", "Add calendar: {country: TW}, or write on: weekdays."
    ),
)
_LONGER = Words("請把 expires 加長，或改用 quiet: skip。", "Make expires longer, or write quiet: skip.")
