"""A name somebody gave, found among the declared ones or refused with what is near; it reads no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeVar

from journey_engine.errors import UsageError
from journey_engine.language.words import Language, Words, did_you_mean

T = TypeVar("T")

JOURNEY = Words("旅程", "journey")
SEGMENT = Words("分群", "segment")
COUPON = Words("折價券", "coupon")
MEMBER = Words("會員", "member")


class NoSuch(UsageError):
    """Nothing of this kind has this name; the cure names what is near, or the few there are."""

    def __init__(self, kind: Words, name: str, known: Iterable[str], language: Language, where: str = "") -> None:
        said = Words(f"沒有叫「{name}」的{kind.zh}。", f"No {kind.en} is called “{name}”.")
        super().__init__(said.said(language), did_you_mean(name, known).said(language), where)


def find(kind: Words, name: str, known: Mapping[str, T], language: Language, where: str = "") -> T:
    """What is called `name`. Raises NoSuch."""
    if name not in known:
        raise NoSuch(kind, name, known, language, where)
    return known[name]
