"""The ten segments as one would work them out in pandas, DuckDB and Polars from exported files; it asks no database.

`shop(folder, at)` returns the member numbers of each segment, ascending. Windows are those of `segments.RULES`; in a
rank, who has the same value as the last in the share is in it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from pathlib import Path
from typing import Any

Shop = Callable[[Path, datetime], dict[str, list[int]]]
# What is counted of each member: the event, and the days back (None: ever).
COUNTED = {
    "ever": ("purchase", None), "p90": ("purchase", 90), "p60": ("purchase", 60), "p30": ("purchase", 30),
    "c30": ("click", 30), "c14": ("click", 14), "o14": ("open", 14), "f14": ("follow", 14),
}  # fmt: skip
STORE = "s7"
RANKED = {"last": 0.4, "p90": 0.4, "spent": 0.1}  # the shares asked for, of those who bought
_ZONE = timedelta(hours=8)  # of Taipei: whose day it was


def with_duckdb(folder: Path, at: datetime) -> dict[str, list[int]]:
    """One aggregation of all events by member, then the conditions."""
    import duckdb

    told = (f"count(*) filter ({_duck(name, days, at)}) as {short}" for short, (name, days) in COUNTED.items())
    ninety = _duck("purchase", 90, at)
    features = f"""
        select member_id, {", ".join(told)}, sum(value) filter ({ninety}) as spent,
               count(*) filter ({ninety} and store = '{STORE}') as here,
               date_diff('day', date '1970-01-01',
                         cast(max(happened) filter ({ninety}) + interval 8 hour as date)) as last
        from '{folder}/events.parquet' where happened <= '{at:%Y-%m-%d %H:%M:%S}' group by member_id"""
    counts = ", ".join(f"coalesce({name}, 0) as {name}" for name in (*COUNTED, "here"))
    members = f"select member_id, tier, coffee, spent, last, {counts} from '{folder}/members.parquet'"
    with duckdb.connect() as connection:
        connection.execute(f"create table featured as {features}")
        connection.execute(f"create view told as {members} left join featured using (member_id)")

        def asked(query: str) -> Any:
            (values,) = connection.execute(query).fetchnumpy().values()
            return values

        bought = {name: asked(f"select {name} from featured where p90 > 0 order by 1 desc") for name in RANKED}
        rules = _rules({name: _cut(bought[name], share) for name, share in RANKED.items()})
        who = "select member_id from told where {} order by 1"
        return {name: asked(who.format(rule)).tolist() for name, rule in rules.items()}


def with_polars(folder: Path, at: datetime) -> dict[str, list[int]]:
    """The same, lazily, over the same files."""
    import polars as pl

    def kind(name: str, days: int | None) -> Any:
        event = pl.col("name") == name
        return event if days is None else event & (pl.col("happened") > _plain(at) - timedelta(days=days))

    ninety = kind("purchase", 90)
    day = (pl.col("happened").filter(ninety).max() + _ZONE).dt.date().cast(pl.Int32)
    events = pl.scan_parquet(folder / "events.parquet").filter(pl.col("happened") <= _plain(at))
    featured = events.group_by("member_id").agg(
        *(kind(name, days).sum().alias(short) for short, (name, days) in COUNTED.items()),
        pl.col("value").filter(ninety).sum().alias("spent"),
        (ninety & (pl.col("store") == STORE)).sum().alias("here"),
        day.alias("last"),
    )
    members = pl.scan_parquet(folder / "members.parquet").join(featured, on="member_id", how="left")
    told = members.with_columns(pl.col(*COUNTED, "here").fill_null(0)).collect()
    bought = told.filter(pl.col("p90") > 0)
    rules = _rules({name: _cut(bought[name].sort(descending=True), share) for name, share in RANKED.items()})
    told = told.sort("member_id")
    return {name: told.filter(pl.sql_expr(rule))["member_id"].to_list() for name, rule in rules.items()}


def with_pandas(folder: Path, at: datetime) -> dict[str, list[int]]:
    """The same as one would first write it: a mask and a `groupby` for each figure."""
    import pandas as pd

    events = pd.read_parquet(folder / "events.parquet", read_dictionary=["name", "store"])
    events = events[events["happened"] <= _plain(at)]
    of_kind = {name: events[events["name"] == name] for name in ("purchase", "click", "open", "follow")}

    def since(name: str, days: int | None) -> Any:
        rows = of_kind[name]
        return rows if days is None else rows[rows["happened"] > _plain(at) - timedelta(days=days)]

    told = pd.read_parquet(folder / "members.parquet").set_index("member_id")
    for short, (name, days) in COUNTED.items():
        told[short] = since(name, days).groupby("member_id").size()
    ninety = since("purchase", 90)
    bought = ninety.groupby("member_id")
    told["spent"] = bought["value"].sum()
    told["here"] = ninety[ninety["store"] == STORE].groupby("member_id").size()
    told["last"] = (bought["happened"].max() + _ZONE).dt.floor("D").astype("datetime64[s]").astype("int64") // 86400
    told[[*COUNTED, "here"]] = told[[*COUNTED, "here"]].fillna(0)
    bought = told[told["p90"] > 0]
    falling = {name: bought[name].sort_values(ascending=False).to_numpy() for name in RANKED}
    rules = _rules({name: _cut(falling[name], share) for name, share in RANKED.items()})
    told = told.sort_index()
    return {name: told.query(rule.replace(" = ", " == ")).index.tolist() for name, rule in rules.items()}


SHOPS: dict[str, Shop] = {"pandas": with_pandas, "DuckDB": with_duckdb, "Polars": with_polars}


def _rules(cut: dict[str, int]) -> dict[str, str]:
    return {
        "loyal": f"last >= {cut['last']} and p90 >= {cut['p90']}",
        "lapsed": "p90 > 0 and p30 = 0",
        "big_spenders": "spent >= 3000",
        "frequent": "p30 >= 3",
        "curious": "c30 >= 5 and p30 = 0",
        "of_one_store": "here >= 2",
        "readers": "o14 >= 3 and c14 = 0",
        "best_tenth": f"p90 > 0 and spent >= {cut['spent']}",
        "newcomers": "f14 > 0 and ever = 0",
        "golden_coffee": "coffee and tier = 'gold' and p60 > 0",
    }


def _cut(falling: Any, share: float) -> int:
    """The value of the last one in the share."""
    return int(falling[ceil(round(share * len(falling), 6)) - 1])


def _duck(name: str, days: int | None, at: datetime) -> str:
    within = (
        "" if days is None else f" and happened > timestamp '{_plain(at) - timedelta(days=days):%Y-%m-%d %H:%M:%S}'"
    )
    return f"name = '{name}'{within}"


def _plain(at: datetime) -> datetime:
    return at.replace(tzinfo=None)  # the files tell UTC without saying so
