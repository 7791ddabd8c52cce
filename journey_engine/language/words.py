"""Sentences for marketers in both languages, and the error that carries one out of a parser; prints nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from journey_engine.errors import JourneysError

Language = Literal["zh-TW", "en"]


@dataclass(frozen=True, slots=True)
class Words:
    """One sentence in Traditional Chinese and in English."""

    zh: str
    en: str

    def said(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.zh if language == "zh-TW" else self.en

    def __bool__(self) -> bool:
        return bool(self.en)


NOTHING = Words("", "")


class Miswritten(JourneysError, ValueError):
    """Text that is not in the form its place asks for; `column` is the 0-based offset in that text, None: all of it.

    As a ValueError it may be raised inside a model's validators; `what` and `write` hold both languages.
    """

    def __init__(self, what: Words, write: Words = NOTHING, column: int | None = None) -> None:
        super().__init__(what.en, write.en)
        self.what = what
        self.write = write
        self.column = column


def near(word: str, known: Iterable[str], most: int = 3) -> tuple[str, ...]:
    """The known words that look like `word`, the likest first."""
    return tuple(difflib.get_close_matches(word.lower(), sorted(set(known)), n=most, cutoff=0.6))


def _likeliest(word: str, words: list[str]) -> tuple[str, ...]:
    """The nearest word; with the second nearest where one letter more or less decides (`sent`: set or send)."""
    likely = near(word, words, most=2)
    alike = [difflib.SequenceMatcher(None, each, word.lower()).ratio() for each in likely]
    return likely if len(likely) < 2 or alike[0] - alike[1] < _AS_GOOD else likely[:1]


_AS_GOOD = 0.12  # sent: set 0.86, send 0.75; untill: until 0.91, and nothing else above 0.6


def did_you_mean(word: str, known: Iterable[str]) -> Words:
    """“Did you mean …?” when something known is near, else the few known words there are, else nothing."""
    words = [word_ if word_[:1].isalnum() else f"“{word_}”" for word_ in sorted(set(known))]
    likely = _likeliest(word, words)
    if likely:
        zh, en = "」或「".join(likely), "” or “".join(likely)
        return Words(f"是否要寫「{zh}」？", f"Did you mean “{en}”?")
    if 0 < len(words) <= 12:
        return Words(f"可以寫：{'、'.join(words)}。", f"It can be: {', '.join(words)}.")
    return NOTHING
