"""What went wrong where a condition could not be read, as a sentence with a cure; parses nothing itself."""

from __future__ import annotations

import re
from typing import cast

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedEOF, UnexpectedInput, UnexpectedToken

from journey_engine.language.words import NOTHING, Miswritten, Words, did_you_mean, near

# What the grammar's tokens look like in a text, for “here may stand …”. Terminals that are not words come first.
_FORMS: dict[str, Words] = {
    "NAME": Words("名稱", "a name"),
    "STRING": Words("'文字'", "'text'"),
    "NUMBER": Words("數字", "a number"),
    "DATE": Words("日期", "a date"),
    "PERCENT": Words("百分比，例如 5%", "a share such as 5%"),
    "OP": Words("= != < <= > >=", "= != < <= > >="),
    "PART": Words("recency、frequency、monetary", "recency, frequency, monetary"),
    "UNIT": Words("days（或 minutes、hours、weeks、months）", "days (or minutes, hours, weeks, months)"),
    "_LPAR": Words("（", "("),
    "_RPAR": Words("）", ")"),
    "_COMMA": Words("，", ","),
    "_DOT": Words(".", "."),
    "$END": Words("條件結束", "the end"),
}
_WORDS = {"_AT_LEAST": "at least", "_AT_MOST": "at most", "_TIMES": "times", "MESSAGE": "message"}
_PARTS = ("recency", "frequency", "monetary")
_UNITS = ("minutes", "hours", "days", "weeks", "months")


def syntax_error(text: str, error: UnexpectedInput) -> Miswritten:
    """The error a marketer reads for lark's `error` about `text`."""
    at = _place(text, error)
    expected = _expected(error)
    read = _word(text, at)
    if not read:
        return Miswritten(
            Words("條件到這裡就斷了。", "The condition breaks off here.") if text.strip() else _EMPTY,
            _may_stand(expected),
            len(text.rstrip()),
        )
    what = Words(f"這裡看不懂「{read}」。", f"“{read}” cannot stand here.")
    return Miswritten(what, _cure(read, expected), at)


_EMPTY = Words("這裡要寫條件，但是空的。", "A condition must stand here, but there is none.")


def _place(text: str, error: UnexpectedInput) -> int:
    match error:
        case UnexpectedEOF():
            return len(text)
        case UnexpectedToken() if cast("Token", error.token).type == "$END":  # pyright: ignore[reportUnknownMemberType]
            return len(text)
        case _:
            return error.pos_in_stream if error.pos_in_stream is not None else len(text)


def _expected(error: UnexpectedInput) -> frozenset[str]:
    match error:
        case UnexpectedCharacters():
            return frozenset(error.allowed or ())
        case UnexpectedToken():
            return frozenset(error.accepts or error.expected)
        case _:
            return frozenset()


def _word(text: str, at: int) -> str:
    found = re.compile(r"[^\s()（）,，]+|\S").match(text, at)
    return found[0][:40] if found else ""


def _cure(read: str, expected: frozenset[str]) -> Words:
    if read.startswith("=") and "STRING" in expected:
        return Words("等於只寫一個 =。", "Write a single =.")
    if read[0] in "'‘’「」“”\"" and (read[0] in '‘’“”"' or "STRING" in expected):
        return Words("文字請放在成對的單引號裡：'金卡'。", "Put text between two straight single quotes: 'gold'.")
    keywords = {_WORDS.get(name, name.strip("_").lower()) for name in expected if name not in _FORMS}
    if "PART" in expected:
        keywords.update(_PARTS)
    if "UNIT" in expected:
        keywords.update(_UNITS)
    likely = near(read, keywords, most=1)
    if likely and likely[0] != read:
        return did_you_mean(read, keywords)
    if "STRING" in expected and "NAME" not in expected:
        return Words(f"文字請加單引號：'{read}'。", f"Put text in single quotes: '{read}'.")
    if "NAME" in expected and re.search(r"[^a-z0-9_.%<>=!]", read):
        return Words(
            "名稱只能用小寫英文、數字與底線；文字請加單引號。",
            "Names are written in small letters a-z, digits and _; text stands in single quotes.",
        )
    return _may_stand(expected)


def _may_stand(expected: frozenset[str]) -> Words:
    """“Here may stand …” with at most eight things, values and names before keywords."""
    forms = [_FORMS[name] for name in _FORMS if name in expected and name != "$END"]
    words = sorted(_WORDS.get(name, name.strip("_").lower()) for name in expected if name not in _FORMS)
    forms += [Words(word, word) for word in words]
    if not forms:
        return NOTHING if not expected else Words("條件在這之前就該結束。", "The condition should end before it.")
    more = len(forms) > 8
    zh = "、".join(form.zh for form in forms[:8]) + ("…" if more else "")
    en = ", ".join(form.en for form in forms[:8]) + (" …" if more else "")
    return Words(f"這裡可以寫：{zh}。", f"Here may stand: {en}.")
