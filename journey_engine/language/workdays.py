"""Which days are worked: Monday to Friday without a country's holidays, closed and open by name; looks at no clock."""

from __future__ import annotations

from datetime import date, timedelta
from functools import lru_cache
from types import MappingProxyType

# Lunar holidays are only computed, so a calendar has to end somewhere. These years hold every arrival that old data or
# a backtest can bring, and every wait that begins in this working life. They do not move with today: what a step
# decided would change with the day on which it is asked. Outside of them only weekends are closed.
FIRST, LAST = date(2000, 1, 1), date(2060, 12, 31)
_DAY = timedelta(days=1)
_SATURDAY = 5


class UnknownCountry(ValueError):
    """A country whose holidays are not known; `code` as written."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@lru_cache(maxsize=16)
def holidays_of(country: str) -> tuple[frozenset[date], frozenset[date]]:
    """(public holidays, weekend days worked instead) of an ISO 3166 country. Raises UnknownCountry."""
    import holidays

    try:
        known = holidays.country_holidays(country, years=range(FIRST.year, LAST.year + 1))
    except NotImplementedError:
        raise UnknownCountry(country) from None
    return frozenset(known), frozenset(known.weekend_workdays)


@lru_cache(maxsize=16)
def moved_days(country: str | None, closed: frozenset[date], opened: frozenset[date]) -> MappingProxyType[date, date]:
    """Days whose next working day (the day itself, if it is one) is not what weekends alone would make it.

    `opened` beats `closed`, and both beat the country's. Raises UnknownCountry.
    """
    off, instead = holidays_of(country) if country else (frozenset[date](), frozenset[date]())
    found: dict[date, date] = {}
    day, working = LAST, None
    while day >= FIRST:
        works = day in opened or (
            day not in closed and (day in instead or (day.weekday() < _SATURDAY and day not in off))
        )
        working = day if works else working
        plain = day if day.weekday() < _SATURDAY else day + _DAY * (7 - day.weekday())
        if working is not None and working != plain:
            found[day] = working
        day -= _DAY
    return MappingProxyType(found)
