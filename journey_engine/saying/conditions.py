"""Conditions and event patterns in words, every form of the language; it asks nobody whether they hold."""

from __future__ import annotations

from typing import assert_never

from journey_engine.language import conditions as c
from journey_engine.language.schema import EVENTS_OF_A_SURVEY
from journey_engine.language.words import NOTHING, Words
from journey_engine.saying.answers import answered
from journey_engine.saying.standing import of_standing
from journey_engine.saying.titles import Titles, infinitive, noun
from journey_engine.saying.values import OPPOSITE, asked_of, either, joined, length, put, share

_TIMES: dict[c.Operator, Words] = {
    ">=": Words("至少", "at least"),
    "<=": Words("最多", "at most"),
    "=": Words("剛好", "exactly"),
    ">": Words("超過", "more than"),
    "<": Words("少於", "fewer than"),
    "!=": Words("不是剛好", "not exactly"),
}


def said(condition: c.Condition, titles: Titles) -> Words:
    """The condition as a clause: `30 天內結帳至少 2 次` / `at least 2 × purchase in the last 30 days`."""
    return _said(condition, titles, negated=False)


def _said(condition: c.Condition, titles: Titles, negated: bool) -> Words:
    match condition:
        case c.All(parts):
            return _several(parts, titles, negated, ("，而且", " and "), ("，或者", " or "))
        case c.AnyOf(parts):
            return _several(parts, titles, negated, ("，或者", " or "), ("，而且", " and "))
        case c.Not(part):
            return _said(part, titles, not negated)
        case c.EventCount() | c.EventSum() | c.DaysSince() | c.WasSent():
            return _of_events(condition, titles, negated)
        case c.Attribute(name, asked):
            title = titles.attribute(name)
            return put(Words(title.zh, f"their {title.en}"), asked_of(asked, negated))
        case c.Property(name, asked):
            return put(Words(_property(name).zh, name), asked_of(asked, negated))
        case c.EntryProperty(name, asked):
            return put(Words(f"進入時的{_property(name).zh}", f"{name} at entry"), asked_of(asked, negated))
        case (
            c.HasTag()
            | c.TagStrength()
            | c.Score()
            | c.StageIs()
            | c.InSegment()
            | c.PersonaIs()
            | c.InJourney()
            | c.FinishedJourney()
            | c.IsFriend()
        ):
            return of_standing(condition, titles, negated)
        case c.DateWithinNext() | c.DateInThisMonth() | c.DateIsToday():
            return _of_dates(condition, titles, negated)
        case c.Top() | c.Rfm():
            return _of_ranks(condition, titles, negated)
        case _:
            assert_never(condition)


def _several(
    parts: tuple[c.Condition, ...], titles: Titles, negated: bool, plain: tuple[str, str], opposite: tuple[str, str]
) -> Words:
    """`not (a and b)` is said as `not a or not b`; a group inside another one stands in brackets."""
    zh, en = opposite if negated else plain
    words = [
        Words(f"（{one.zh}）", f"({one.en})") if isinstance(_bare(part), c.All | c.AnyOf) else one
        for part in parts
        for one in [_said(part, titles, negated)]
    ]
    return Words(zh.join(one.zh for one in words), en.join(one.en for one in words))


def _bare(condition: c.Condition) -> c.Condition:
    return _bare(condition.part) if isinstance(condition, c.Not) else condition


# ---- events -------------------------------------------------------------------------------------------------------
def _of_events(condition: c.EventCount | c.EventSum | c.DaysSince | c.WasSent, titles: Titles, negated: bool) -> Words:
    match condition:
        case c.EventCount(query, operator, count):
            return _counted(query, operator, count, titles, negated)
        case c.EventSum(query, summed, asked):
            before, after = _window(query.window)
            happened = event(query, titles)
            what = _property(summed)
            return put(
                Words(
                    f"{before.zh}{happened.zh}的{what.zh}合計",
                    f"the total {what.en} of {noun(happened)}{after.en}",
                ),
                asked_of(asked, negated, never_missing=True),
            )
        case c.DaysSince(query, asked):
            happened = event(query, titles)
            return put(
                Words(f"距離上次{infinitive(happened)}的天數", f"the number of days since the last {noun(happened)}"),
                asked_of(asked, negated),
            )
        case c.WasSent(message):
            title = titles.message(message)
            if negated:
                return Words(f"訊息{title.zh}沒有送出過", f"the message {title.en} was never sent")
            return Words(f"訊息{title.zh}送出過", f"the message {title.en} was sent")
        case _:
            assert_never(condition)


def _counted(query: c.EventQuery, operator: c.Operator, count: int, titles: Titles, negated: bool) -> Words:
    happened = event(query, titles)
    before, after = _window(query.window)
    never = (operator, count, negated) in ((">=", 1, True), ("=", 0, False), ("<=", 0, False))
    once = (operator, count, negated) in ((">=", 1, False), ("=", 0, True), ("<=", 0, True))
    if never:
        return Words(f"{before.zh}沒有{infinitive(happened)}", f"there was no {noun(happened)}{after.en}")
    if once:
        has = "" if infinitive(happened) != happened.zh else "有"  # 點了「歡迎」, never 有點了「歡迎」
        return Words(f"{before.zh}{has}{happened.zh}", f"there was {happened.en}{after.en}")
    times = _TIMES[OPPOSITE[operator] if negated else operator]
    zh = f"{before.zh}{happened.zh}{times.zh} {count} 次"
    return Words(zh, f"{times.en} {count} × {noun(happened)}{after.en}")


_PERIODS = {
    "day": Words("今天", " today"),
    "week": Words("這週", " this week"),
    "month": Words("這個月", " this month"),
}


def _window(window: c.Window | None) -> tuple[Words, Words]:
    """The window as it stands before the event in Chinese, and after it in English."""
    match window:
        case None:
            words = NOTHING
        case c.Within(duration):
            words = Words(f"{length(duration).zh}內", f" in the last {length(duration).en}")
        case c.SinceEntry():
            words = Words("進入後", " since entry")
        case c.BeforeEntry():
            words = Words("進入前", " before entry")
        case c.ThisPeriod(period):
            words = _PERIODS[period]
        case _:
            assert_never(window)
    return words, words


def event(query: c.EventQuery, titles: Titles) -> Words:
    """An event with its `of` and `where`: `結帳（金額至少 40）` / `a purchase (value is at least 40)`."""
    if query.event in EVENTS_OF_A_SURVEY and query.any_key is None and (words := answered(query, titles)) is not None:
        return words
    happened = titles.event(query.event, query.of)
    beside: list[Words] = []
    if query.where is not None:
        where = said(query.where, titles)
        beside.append(Words(where.zh.strip(), where.en))
    if query.any_key is not None:
        beside.append(Words(f"不分 {query.any_key}", f"whatever its {query.any_key}"))
    if not beside:
        return happened
    more = joined(beside, "；", "; ")
    return Words(f"{happened.zh}（{more.zh}）", f"{happened.en} ({more.en})")


def _property(name: str) -> Words:
    return Words("金額" if name == "value" else f" {name} ", name)


# ---- dates and ranks ------------------------------------------------------------------------------------------------
def _of_dates(condition: c.DateWithinNext | c.DateInThisMonth | c.DateIsToday, titles: Titles, negated: bool) -> Words:
    match condition:
        case c.DateWithinNext(attribute, duration):
            zh, en = titles.attribute(attribute).zh, titles.attribute(attribute).en
            near = length(duration)
            return either(
                negated, (f"{zh}在接下來 {near.zh}內", f"their {en} falls within the next {near.en}"),
                (f"{zh}不在接下來 {near.zh}內", f"their {en} does not fall within the next {near.en}"),
            )  # fmt: skip
        case c.DateInThisMonth(attribute):
            zh, en = titles.attribute(attribute).zh, titles.attribute(attribute).en
            return either(
                negated,
                (f"{zh}在這個月", f"their {en} is in this month"),
                (f"{zh}不在這個月", f"their {en} is not in this month"),
            )
        case c.DateIsToday(attribute):
            zh, en = titles.attribute(attribute).zh, titles.attribute(attribute).en
            return either(
                negated, (f"今天是{zh}", f"their {en} is today"), (f"今天不是{zh}", f"their {en} is not today")
            )
        case _:
            assert_never(condition)


_SCORES = {
    "recency": Words("最近購買（R）", "recency"),
    "frequency": Words("購買次數（F）", "frequency"),
    "monetary": Words("購買金額（M）", "monetary"),
}


def _of_ranks(condition: c.Top | c.Rfm, titles: Titles, negated: bool) -> Words:
    match condition:
        case c.Top(part, query, summed):
            before, after = _window(query.window)
            happened = event(query, titles)
            zh = f"的{_property(summed).zh}合計" if summed else "的次數"
            en = f"the total {summed} of {noun(happened)}" if summed else f"the number of {noun(happened)}"
            return either(
                negated,
                (
                    f"{before.zh}{happened.zh}{zh}排在前 {share(part)}",
                    f"they are in the top {share(part)} by {en}{after.en}",
                ),
                (
                    f"{before.zh}{happened.zh}{zh}沒排進前 {share(part)}",
                    f"they are not in the top {share(part)} by {en}{after.en}",
                ),
            )
        case c.Rfm(scored, asked):
            name = _SCORES[scored]
            return put(Words(f"RFM 的{name.zh}分數", f"their RFM score for {name.en}"), asked_of(asked, negated))
        case _:
            assert_never(condition)
