"""Lengths of time as marketers write them ("1 day", "24 hours"); never looks at a clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from journey_engine.language.words import Miswritten, Words

Unit = Literal["minute", "hour", "day", "week", "month"]

_EXACT: dict[str, timedelta] = {"minute": timedelta(minutes=1), "hour": timedelta(hours=1)}
_TEXT = re.compile(r"([0-9]{1,5})\s+(minute|hour|day|week|month)s?")


@dataclass(frozen=True, slots=True)
class Duration:
    """`amount` of `unit`. Minutes and hours are exact; days, weeks and months are calendar lengths: same wall time."""

    amount: int
    unit: Unit

    @property
    def is_exact(self) -> bool:
        """True for minutes and hours: elapsed time, the same across a change of summer time."""
        return self.unit in _EXACT

    @property
    def exact(self) -> timedelta:
        """The elapsed time of an exact length. Raises KeyError for calendar lengths."""
        return _EXACT[self.unit] * self.amount

    @property
    def longest(self) -> timedelta:
        """An upper bound in elapsed time, for limits and searches (a month counts 31 days, a day 25 hours at most)."""
        days = {"day": 1, "week": 7, "month": 31}
        return self.exact if self.is_exact else timedelta(days=days[self.unit] * self.amount, hours=1)

    @property
    def days(self) -> int:
        """Whole calendar days of a day or week length; a month has none (it is added as a month)."""
        return self.amount * {"day": 1, "week": 7}[self.unit]

    def __str__(self) -> str:
        return f"{self.amount} {self.unit}{'' if self.amount == 1 else 's'}"

    @classmethod
    def read(cls, text: str) -> Duration:
        """The duration written as `text`; raises Miswritten when it is none, or when its amount is zero."""
        match = _TEXT.fullmatch(text.strip())
        if match is None or int(match[1]) == 0:
            raise Miswritten(
                Words(f"「{text}」不是時間長度。", f"“{text}” is not a length of time."),
                Words(
                    "請寫大於 0 的整數和單位，例如 30 minutes、24 hours、1 day、2 weeks、3 months。",
                    "Write a whole number above 0 and a unit: 30 minutes, 24 hours, 1 day, 2 weeks, 3 months.",
                ),
            )
        unit: Unit = match[2]  # type: ignore[assignment]
        return cls(int(match[1]), unit)
