"""Whether what stands beside a wait goes with it, and whether its date, days and hours exist; it reads no calendar."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import time

from journey_engine.language.checks.names import Spot, unknown
from journey_engine.language.checks.queries import query_problems
from journey_engine.language.durations import Duration
from journey_engine.language.journey import DateOf, FirstOf, Wait, Window
from journey_engine.language.places import Problem
from journey_engine.language.words import NOTHING, Words

# What may stand beside which form of a wait; `if` and `at_once` go with all.
_BESIDE: dict[str, tuple[type, ...]] = {
    "until": (Duration,),
    "on": (Duration, time, Window),
    "count": (Duration, FirstOf),
    "at_most": (FirstOf,),
    "otherwise": (FirstOf, DateOf),
    "do": (DateOf,),
}
_FORMS: dict[str, str] = {
    "until": "wait: 1 day",
    "on": "wait: 1 day",
    "count": "wait: 1 day",
    "at_most": "first_of",
    "otherwise": "first_of",
    "do": "wait: {date: birthday}",
}


def waiting_problems(step: Wait, at: Spot) -> Iterator[Problem]:
    """Everything wrong with a wait itself."""
    page, path = at.page, at.path
    for word, forms in _BESIDE.items():
        if not isinstance(step.wait, forms) and _is_written(step, word):
            yield page.problem((*path, word), *_only_with(word), key=True)
    if step.on is not None and not step.on.numbers:
        yield page.problem((*path, "on"), *_NO_DAY)
    match step.wait:
        case FirstOf(first_of=exits):
            for number, exit_ in enumerate(exits):
                yield from query_problems(exit_.until.query, at.below("wait", "first_of", number, "until"))
            if step.at_most is None and not page.has_lost(path, "at_most"):
                yield page.problem(path, *_NO_LIMIT, key=True)
        case Window(window=hours):
            if hours.start == hours.end:
                yield page.problem((*path, "wait", "window"), *_NO_WINDOW)
        case DateOf() as form:
            yield from _date(form, at.below("wait"))
        case _:
            pass


def _is_written(step: Wait, word: str) -> bool:
    return step.count == "since entry" if word == "count" else bool(getattr(step, word))


def _date(form: DateOf, at: Spot) -> Iterator[Problem]:
    here = (*at.path, "date")
    name = form.property
    if name is None:
        known = at.names.attributes
        if known is not None and form.date not in known:
            yield at.page.problem(here, *unknown("attribute", form.date, known))
        elif at.names.schema is not None and form.date in at.names.schema.attributes:
            kind = at.names.schema.attributes[form.date].type
            if kind != "date":
                yield at.page.problem(here, *_no_date(form.date, kind))
        return
    if at.entry is not None and name not in at.entry:
        yield at.page.problem(here, *unknown("property", name, at.entry))
    elif at.entry is not None and at.entry[name] not in ("date", "time"):
        yield at.page.problem(here, *_no_date(form.date, at.entry[name]))
    if form.every is not None:
        yield at.page.problem((*at.path, "every"), *_ONCE, key=True)


def _no_date(name: str, kind: str) -> tuple[Words, Words]:
    return (
        Words(f"「{name}」的類型是 {kind}，不是日期。", f"“{name}” is a {kind} and no date."),
        Words("請在 schema.yaml 把它的 type 寫成 date 或 time。", "Declare its type as date (or time) in schema.yaml."),
    )


def _only_with(word: str) -> tuple[Words, Words]:
    form = _FORMS[word]
    return (
        Words(f"「{word}」只能和「{form}」一起用。", f"“{word}” only goes with “{form}”."),
        Words("請刪掉它。", "Delete it."),
    )


_NO_LIMIT = (
    Words("first_of 沒有期限，可能永遠等下去。", "first_of without a limit may wait for ever."),
    Words("請加上 at_most: 3 days。", "Add at_most: 3 days."),
)
_NO_DAY = (
    Words("on 一天也沒有，永遠等下去。", "on has no day at all, so the wait never ends."),
    Words("請寫 weekdays、workdays 或 [mon, thu]。", "Write weekdays, workdays, or [mon, thu]."),
)
_NO_WINDOW = (
    Words("window 的開始和結束一樣。", "This window ends when it starts."),
    Words('例如 "10:00-20:00"；整天都可以就不必寫 window。', 'Write for example "10:00-20:00", or no window at all.'),
)
_ONCE = (
    Words(
        "every: year 只用於會員屬性的日期，進入事件的日期只有一次。", "A date of the entry comes once, not every year."
    ),
    NOTHING,
)
