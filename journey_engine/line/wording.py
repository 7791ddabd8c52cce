"""Values as a member reads them: dates, times, numbers and amounts in the brand's language; it knows no message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import assert_never
from zoneinfo import ZoneInfo

from journey_engine.language.placeholders import Form
from journey_engine.language.schema import ValueType
from journey_engine.language.words import Language

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_SIGNS = {"TWD": "NT$", "USD": "US$", "JPY": "¥", "HKD": "HK$", "EUR": "€", "GBP": "£", "THB": "฿", "KRW": "₩"}
_LONGEST = 20  # digits before the point: an exponent could ask for a gigabyte of zeros
_WHOLE = frozenset({"TWD", "JPY", "KRW"})  # currencies without cents in shops


def plain(value: object) -> str:
    """A value out of JSON as text; empty for what is none that can be read aloud (a list, yes and no, no number)."""
    match value:
        case str():
            return value.strip()
        case bool():
            return ""
        case int():
            return str(value)
        case float() | Decimal():
            number = Decimal(repr(value)) if isinstance(value, float) else value
            if not number.is_finite():
                return ""
            return f"{number:.0f}" if number == number.to_integral_value() else f"{number:f}"
        case date():
            return value.isoformat()
        case _:
            return ""


@dataclass(frozen=True, slots=True)
class Manner:
    """How values are said: the brand's language, the zone its times are told in, and its currency."""

    language: Language = "zh-TW"
    zone: str = "UTC"
    currency: str = "TWD"

    def said(self, text: str, kind: ValueType | None, form: Form | None) -> str | None:
        """`text` in its form; None if it is no value of its kind."""
        if form is None:
            return text if _is_of(kind, text) else None
        match form:
            case "number" | "money":
                number = _number(text)
                return None if number is None else self._amount(number) if form == "money" else _grouped(number)
            case "date" | "day" | "time":
                return self._moment(text, form)
            case _:
                assert_never(form)

    def _amount(self, number: Decimal) -> str:
        places = Decimal(1) if self.currency in _WHOLE else Decimal("0.01")
        rounded = number.quantize(places, ROUND_HALF_UP)
        sign = "-" if rounded < 0 else ""
        return f"{sign}{_SIGNS.get(self.currency, self.currency + ' ')}{abs(rounded):,f}"

    def _moment(self, text: str, form: Form) -> str | None:
        try:
            moment = datetime.fromisoformat(text)
            moment = moment.astimezone(ZoneInfo(self.zone)) if moment.tzinfo is not None else moment
        except (ValueError, OverflowError):
            return None
        if form == "time":
            return None if len(text) <= len("2026-12-31") else f"{moment:%H:%M}"
        if self.language == "en":
            day = f"{moment.day} {_MONTHS[moment.month - 1]}"
            return day if form == "day" else f"{day} {moment.year}"
        day = f"{moment.month}月{moment.day}日"
        return day if form == "day" else f"{moment.year}年{day}"


def _grouped(number: Decimal) -> str:
    return f"{number.normalize():,f}"


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() and abs(number.adjusted()) < _LONGEST else None


def _is_of(kind: ValueType | None, text: str) -> bool:
    match kind:
        case None | "text":
            return True
        case "number" | "money":
            return _number(text) is not None
        case "date" | "time":
            try:
                datetime.fromisoformat(text)
            except ValueError:
                return False
            return True
        case "list":
            return False
        case _:
            assert_never(kind)
