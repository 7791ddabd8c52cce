"""Instants, months and money as heads and names of a report write them; pure."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from journey_engine.language.words import Words


def local(instant: datetime, zone: str) -> str:
    """`2017-11-14 02:00` in the zone."""
    return f"{instant.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}"


def month(first: date) -> str:
    """`2017-11`."""
    return f"{first:%Y-%m}"


def priced(zh: str, en: str, currency: str) -> Words:
    """A head of money with its currency, as far as the policy names one."""
    return Words(f"{zh}（{currency}）", f"{en} ({currency})") if currency else Words(zh, en)


def amount(value: float | Decimal, currency: str) -> str:
    """`1,234.50 TWD` in a sentence."""
    return f"{value:,.2f} {currency}".rstrip()
