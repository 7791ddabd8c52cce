"""Rates and intervals of the measures as cells of a page; it reckons nothing."""

from __future__ import annotations

from journey_engine.measures.proportions import Interval
from journey_engine.measures.rates import Rate
from journey_engine.reporting.contents import Spread


def share(rate: Rate | None) -> Spread | None:
    """The rate with its interval; None of nobody."""
    return None if rate is None or rate.share is None else spread(rate.share, rate.interval)


def spread(value: float | None, interval: Interval | None) -> Spread | None:
    """An estimate with its interval; None where one of them is not known."""
    return None if value is None or interval is None else Spread(value, *interval)
