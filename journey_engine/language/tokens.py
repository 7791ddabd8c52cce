"""Words, numbers and texts of a condition as values, each checked where it stands; knows no grammar and no names."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, Literal, cast

from lark import Token

from journey_engine.language import conditions as tree
from journey_engine.language.words import Miswritten, Words

_OPERATORS: dict[str, tree.Operator] = {
    "＝": "=", "！＝": "!=", "≠": "!=", "＜": "<", "＞": ">", "＜＝": "<=", "≤": "<=", "＞＝": ">=", "≥": ">=",
    "=": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">=",
}  # fmt: skip


def place(token: Token) -> int:
    """Its 0-based column in the text."""
    return token.start_pos or 0


def name(token: Token) -> str:
    """A name of at most 30 characters. Raises Miswritten."""
    if len(token) > 30:
        raise Miswritten(
            Words(f"名稱「{token}」太長，最多 30 個字元。", f"“{token}” is longer than a name can be (30 characters)."),
            column=place(token),
        )
    return str(token)


def text(token: Token) -> str:
    """What stands between the quotes, doubled ones read as one."""
    return token[1:-1] if token.startswith("「") else token[1:-1].replace("''", "'")


def value(token: Token) -> tree.Value:
    """A text, a number or a date. Raises Miswritten for a day that is not in the calendar."""
    match token.type:
        case "STRING":
            return text(token)
        case "NUMBER":
            return Decimal(str(token))
        case _:
            return _date(token)


def _date(token: Token) -> date:
    try:
        return date.fromisoformat(str(token))
    except ValueError:
        raise Miswritten(
            Words(f"日曆上沒有 {token} 這一天。", f"There is no day {token} in the calendar."),
            Words("日期寫成 2026-12-05。", "Write a date as 2026-12-05."),
            place(token),
        ) from None


def operator(token: Token) -> tree.Operator:
    """The comparison, full-width signs and ≤ ≥ ≠ among them."""
    return _OPERATORS[str(token)]


def count(token: Token) -> int:
    """A whole number of times. Raises Miswritten."""
    if not str(token).isdigit() or len(token) > 9:
        raise Miswritten(
            Words(f"「{token}」不是次數。", f"“{token}” is not a number of times."),
            Words("請寫整數，例如 2。", "Write a whole number, for example 2."),
            place(token),
        )
    return int(token)


def share(token: Token) -> Decimal:
    """`5%` as 0.05. Raises Miswritten for 0% and what is above 100%."""
    part = Decimal(token.rstrip("%％").strip()) / 100
    if not 0 < part <= 1:
        raise Miswritten(
            Words(f"「{token}」不是一個比例。", f"“{token}” is no share of the members."),
            Words("請寫大於 0%、最多 100%，例如 top 5% by …。", "Write above 0% and at most 100%: top 5% by …."),
            place(token),
        )
    return part


def answer(event: Token, survey: Token, question: Token, *parts: Any) -> tree.EventQuery:
    """The answers to one question of a survey: what it is worth, the band it is in, and a window may follow.

    Raises Miswritten where another event is written so.
    """
    if event != "answer":
        raise Miswritten(
            Words(f"「{event} of {survey}」後面不能接「.」。", f"“.” cannot follow “{event} of {survey}”."),
            Words("只有問卷的題目這樣寫：answer of 問卷.題目。", "Only questions do: answer of SURVEY.QUESTION."),
            place(event),
        )
    tests: list[tree.Condition] = [
        tree.Property("question", tree.Compare("=", name(question)), place(question)),
        *(part for part in parts if isinstance(part, tree.Property)),
        *(
            tree.Property("score", part, place(question))
            for part in parts
            if isinstance(part, tree.Compare | tree.Between)
        ),
    ]
    if len(tests) == 1:  # what is none of the answers there are, has no score and is in no band
        tests.append(tree.Not(tree.Property("outside", tree.Known(), place(question))))
    window: tree.Window | None = None
    for part in parts:
        if isinstance(part, dict):
            window = cast("dict[str, tree.Window]", part)["window"]
    where = tree.All(tuple(tests))
    return tree.EventQuery("answer", name(survey), window, where, place(event), place(survey))


_PARTS: dict[str, Literal["recency", "frequency", "monetary"]] = {
    "recency": "recency", "frequency": "frequency", "monetary": "monetary",
}  # fmt: skip


def rfm_part(token: Token) -> Literal["recency", "frequency", "monetary"]:
    """Which of the three scores."""
    return _PARTS[str(token)]
