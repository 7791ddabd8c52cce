"""Whether a value can be compared with what a condition gives it; looks at types and closed sets of values only."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import assert_never

from journey_engine.language import conditions as tree
from journey_engine.language.catalog import ValueType
from journey_engine.language.checks.names import Spot
from journey_engine.language.places import Problem
from journey_engine.language.words import NOTHING, Words

_TYPES: dict[ValueType, tuple[type, Words]] = {
    "text": (str, Words("文字要加單引號，例如 '金卡'", "text in single quotes, for example 'gold'")),
    "number": (Decimal, Words("數字，例如 30", "a number, for example 30")),
    "money": (Decimal, Words("數字，例如 3000", "a number, for example 3000")),
    "time": (date, Words("日期，例如 2026-12-05", "a date, for example 2026-12-05")),
    "date": (date, Words("日期，例如 2026-12-05", "a date, for example 2026-12-05")),
}


def test_problems(
    name: str, kind: ValueType, closed: tuple[str, ...] | None, test: tree.Test, column: int, at: Spot
) -> Iterator[Problem]:
    """What does not fit between a value of type `kind` and what it is compared with; `closed` are its only values."""
    if isinstance(test, tree.Known):
        return
    if isinstance(test, tree.Contains):
        yield from _contained(name, kind, test, column, at)
        return
    if kind == "list":
        what = Words(f"「{name}」是清單，不能比較。", f"“{name}” is a list and cannot be compared.")
        yield at.wrong(column, (what, Words(f"可以寫 {name} is known。", f"It can be asked: {name} is known.")))
        return
    values = _values(test)
    wanted, form = _TYPES[kind]
    if not all(isinstance(value, wanted) for value in values):
        what = Words(f"「{name}」不能和這種值比較。", f"“{name}” cannot be compared with such a value.")
        yield at.wrong(column, (what, Words(f"請寫{form.zh}。", f"Write {form.en}.")))
    elif kind == "text" and (isinstance(test, tree.Between) or (_operator(test) not in ("=", "!=", ""))):
        yield at.wrong(column, _TEXT_HAS_NO_ORDER)
    elif isinstance(test, tree.Between) and _is_empty(test):
        yield at.wrong(column, _BETWEEN_NOTHING)
    for value in values:
        if closed is not None and isinstance(value, str) and value not in closed:
            what = Words(f"「{name}」不會是「{value}」。", f"“{name}” is never “{value}”.")
            yield at.wrong(
                column, (what, Words(f"可能的值：{'、'.join(closed)}。", f"It can be: {', '.join(closed)}."))
            )


def _contained(name: str, kind: ValueType, test: tree.Contains, column: int, at: Spot) -> Iterator[Problem]:
    if kind != "text":
        what = Words(f"「{name}」不是文字，不能用 contains。", f"“{name}” is no text; it contains nothing.")
        yield at.wrong(column, (what, NOTHING))
    elif not test.text:
        what = Words("contains 後面的文字是空的。", "There is no text after contains.")
        yield at.wrong(column, (what, Words(f"可以寫 {name} is known。", f"It can be asked: {name} is known.")))


def _values(test: tree.Test) -> tuple[tree.Value, ...]:
    match test:
        case tree.Compare(value=value):
            return (value,)
        case tree.OneOf(values):
            return values
        case tree.Between(low, high):
            return low, high
        case tree.Known() | tree.Contains():
            return ()
        case _:
            assert_never(test)


def _operator(test: tree.Test) -> str:
    return test.operator if isinstance(test, tree.Compare) else ""


def _is_empty(test: tree.Between) -> bool:
    match test:
        case tree.Between(Decimal() as low, Decimal() as high):
            return low > high
        case tree.Between(date() as low, date() as high):
            return low > high
        case _:
            return False


_TEXT_HAS_NO_ORDER = (
    Words("文字沒有大小，只能用 =、!=、in。", "Text has no order; only =, != and in can be asked."),
    NOTHING,
)
_BETWEEN_NOTHING = (
    Words(
        "between 的第一個值比第二個大，永遠不成立。", "The first value is above the second, so nothing lies between."
    ),
    Words("請對調。", "Swap them."),
)
