"""Lengths, amounts, dates, times of day and tests of one value, in words; it compares nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, time
from decimal import Decimal
from typing import assert_never

from journey_engine.language import conditions as c
from journey_engine.language.durations import Duration
from journey_engine.language.words import Words

_UNITS = {
    "minute": Words("分鐘", "minute"),
    "hour": Words("小時", "hour"),
    "day": Words("天", "day"),
    "week": Words("週", "week"),
    "month": Words("個月", "month"),
}
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_OPERATORS: dict[c.Operator, Words] = {
    "=": Words("是", "is"),
    "!=": Words("不是", "is not"),
    "<": Words("小於", "is less than"),
    "<=": Words("最多", "is at most"),
    ">": Words("大於", "is more than"),
    ">=": Words("至少", "is at least"),
}
_OF_DATES: dict[c.Operator, Words] = {
    "<": Words("早於", "is before"),
    "<=": Words("不晚於", "is not after"),
    ">": Words("晚於", "is after"),
    ">=": Words("不早於", "is not before"),
}


def length(duration: Duration) -> Words:
    """`30 天` / `30 days`."""
    return Words(f"{duration.amount} {_UNITS[duration.unit].zh}", str(duration))


def weekday(day: int) -> Words:
    """The day of the week, 0 being Monday: `週一` / `Mon`."""
    return Words(f"週{'一二三四五六日'[day]}", _DAYS[day])


def clock(at: time) -> str:
    """`09:30`."""
    return f"{at:%H:%M}"


def share(part: Decimal) -> str:
    """`10%`."""
    return f"{(part * 100).normalize():f}%"


def value(constant: c.Value) -> Words:
    """A constant of a condition: texts in quotes, numbers and dates as they are."""
    match constant:
        case str():
            return Words(f"「{constant}」", f"“{constant}”")
        case Decimal():
            return Words(*[f"{constant:f}"] * 2)
        case date():
            return Words(*[constant.isoformat()] * 2)


def listed(words: Sequence[Words], zh: str = "或", en: str = "or") -> Words:
    """`甲、乙或丙` / `a, b or c`."""
    if len(words) == 1:
        return words[0]
    *most, last = words
    return Words(
        f"{'、'.join(word.zh for word in most)}{zh}{last.zh}",
        f"{', '.join(word.en for word in most)} {en} {last.en}",
    )


def asked_of(asked: c.Test, negated: bool = False, never_missing: bool = False) -> Words:
    """What is asked of a value, to stand after it: `是「金卡」`, `介於 30 到 60` / `is “gold”`, `is between 30 and 60`.

    A negated comparison is true of a missing value too, and is said so (“not at least”) unless it is `never_missing`.
    """
    match asked:
        case c.Compare(operator, constant):
            if negated and never_missing:
                operator, negated = OPPOSITE[operator], False
            words = _operator(operator, constant, negated)
            said = value(constant)
            space = "" if said.zh.startswith("「") else " "
            return Words(f"{words.zh}{space}{said.zh}", f"{words.en} {said.en}")
        case c.OneOf(values):
            one = listed([value(constant) for constant in values])
            return Words(f"不是{one.zh}" if negated else f"是{one.zh}", f"is {'none of ' if negated else ''}{one.en}")
        case c.Between(low, high):
            zh, en = ("不介於", "is not between") if negated else ("介於", "is between")
            return Words(f"{zh} {value(low).zh} 到 {value(high).zh}", f"{en} {value(low).en} and {value(high).en}")
        case c.Known():
            return Words("沒有資料", "is not known") if negated else Words("有資料", "is known")
        case c.Contains(part):
            return (
                Words(f"不含「{part}」", f"does not contain “{part}”")
                if negated
                else Words(f"含有「{part}」", f"contains “{part}”")
            )
        case _:
            assert_never(asked)


_NOT = {"<": "沒有小於", "<=": "不只", ">": "沒有超過", ">=": "沒有達到"}
OPPOSITE: dict[c.Operator, c.Operator] = {"=": "!=", "!=": "=", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def _operator(operator: c.Operator, constant: c.Value, negated: bool) -> Words:
    if not negated:
        own = _OF_DATES if isinstance(constant, date) else _OPERATORS
        return own.get(operator, _OPERATORS[operator])
    if operator in ("=", "!="):
        return _OPERATORS[OPPOSITE[operator]]
    plain = _operator(operator, constant, False)
    return Words(_NOT[operator], f"is not {plain.en.removeprefix('is ')}")


def put(what: Words, asked: Words) -> Words:
    """What is asked about, and then what is asked of it."""
    return Words(f"{what.zh}{asked.zh}", f"{what.en} {asked.en}")


def either(negated: bool, plain: tuple[str, str], opposite: tuple[str, str]) -> Words:
    """One of two sentences, each in both languages."""
    return Words(*(opposite if negated else plain))


def joined(parts: Iterable[Words], zh: str = "，", en: str = ", ") -> Words:
    """Several phrases in a row; empty ones are left out."""
    there = [part for part in parts if part]
    return Words(zh.join(part.zh for part in there), en.join(part.en for part in there))


_LOST = re.compile(" (?=[，。；：、）」])")
_TOUCHING = re.compile(r"(?<=[\u4e00-\u9fff])(?=[A-Za-z0-9])|(?<=[A-Za-z0-9])(?=[\u4e00-\u9fff])")


def spaced(words: Words) -> Words:
    """With a space wherever Chinese and Latin letters or digits touch; what stands in 「」 stays as it was written."""
    parts = re.split("(「[^」]*」)", words.zh)
    zh = "".join(part if part.startswith("「") else _TOUCHING.sub(" ", part) for part in parts)
    return Words(_LOST.sub("", zh), words.en)
