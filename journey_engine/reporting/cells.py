"""One value as people read it: thousands, per cent, points, money, intervals; pure."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from journey_engine.language.words import Language, Words
from journey_engine.reporting.contents import Cell, Kind, Spread

UNKNOWN = "–"


def said(cell: Cell, kind: Kind, language: Language) -> str:
    """The cell as text; a dash where it is not known."""
    match cell:
        case None:
            return UNKNOWN
        case Words():
            return cell.said(language)
        case str():
            return cell
        case Spread():
            return f"{number(cell.value, kind, language)} ({interval(cell, kind, language)})"
        case datetime():
            return f"{cell:%Y-%m-%d %H:%M}"
        case date():
            return f"{cell:%Y-%m-%d}"
        case _:
            return number(cell, kind, language)


def interval(cell: Spread, kind: Kind, language: Language) -> str:
    """Both ends of an estimate's interval, without its unit."""
    return f"{_plain(cell.low, kind)}{Words(' 到 ', ' to ').said(language)}{_plain(cell.high, kind)}"


def number(value: int | float | Decimal, kind: Kind, language: Language) -> str:
    """A number as its kind is written."""
    match kind:
        case "share":
            return f"{value:.1%}"
        case "growth":
            return f"{value:+.1%}"
        case "points":
            return f"{100 * value:+.1f} {Words('個百分點', 'points').said(language)}"
        case "text" | "count" | "money" | "number" | "change" | "p":
            return _plain(value, kind)
    assert_never(kind)


def _plain(value: int | float | Decimal, kind: Kind) -> str:
    """The number without its unit."""
    match kind:
        case "share":
            return f"{100 * value:.1f}"
        case "points" | "growth":
            return f"{100 * value:+.1f}"
        case "money":
            return f"{value:,.2f}"
        case "number":
            return f"{value:,.1f}"
        case "change":
            return f"{value:+,.0f}" if value else "0"
        case "p":
            return "< 0.001" if value < 0.001 else f"{value:.3f}"
        case "text" | "count":
            return f"{value:,}" if isinstance(value, int) else f"{value:,.0f}"
    assert_never(kind)
