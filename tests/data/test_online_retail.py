"""A gift shop's two real files, which overlap by 22,523 lines; a line twice in one file is two lines.

`make long` reads them whole, `make test` the weeks around what both have: 1 to 9 December 2010.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from tests.conftest import LONG

FEED = {
    "feed": "orders",
    "from": {"file": "data/*.parquet"},
    "format": {
        "columns": {
            "invoice": ["InvoiceNo", "Invoice"], "sku": ["StockCode"], "title": ["Description"],
            "quantity": ["Quantity"], "at": ["InvoiceDate"],
            "price": ["UnitPrice", "Price"], "customer": ["CustomerID", "Customer ID"],
            "country": ["Country"],
        }
    },
    "arrives": "daily",
    "covers": {"to": "end of day", "zone": "Europe/London"},
    "suite": "orders",
    # Everybody's lines, also those of the quarter without a customer number: each country is taken for one customer.
    "member": {"by": "country", "from": "country", "create": "yes"},
    "brings": [
        {"event": "line", "at": {"from": "at", "zone": "Europe/London"}, "value": "price",
         "properties": {"sku": "sku", "quantity": "quantity"}}
    ],
}  # fmt: skip


@pytest.mark.slow
def test_twins_are_kept_and_the_overlapping_file_adds_exactly_the_lines_that_are_new(shop, shared, figures):
    newer, older = "online_retail.parquet", "online_retail_II_year_2009_2010.parquet"
    shop.feed = FEED
    for name in (newer, older):
        given(shared / "data/online_retail" / name, shop.folder / "data" / name)
    now, newest = datetime(2011, 12, 10, 6, tzinfo=UTC), date(2011, 12, 9)
    new, old, both = (541_909, 525_461, 22_523) if LONG else (32_451, 34_109, 22_523)
    assert figures(shop.load(newer, now=now, day=newest)) == (new, new, 0, 0)
    assert figures(shop.load(older, now=now, day=date(2010, 12, 9))) == (old, old - both, both, 0)
    assert shop.one("select count(*) from events") == new + old - both


def given(whole: Path, file: Path) -> None:
    """The file itself, or its lines of the weeks from 26 November to 15 December 2010."""
    if LONG:
        file.symlink_to(whole)
        return
    import pandas as pd

    lines = pd.read_parquet(whole)
    lines[lines["InvoiceDate"].between("2010-11-26", "2010-12-16", inclusive="left")].to_parquet(file, index=False)


def test_the_customers_of_one_day_match_the_file_and_ids_lose_their_point_nought(shop, shared, figures):
    import pandas as pd

    lines = pd.read_parquet(shared / "data/online_retail/online_retail.parquet")
    lines = lines[lines["InvoiceDate"].dt.date == date(2011, 12, 5)]
    lines.to_parquet(shop.folder / "data" / "day.parquet", index=False)
    shop.feed = FEED | {"member": {"by": "customer_number", "from": "customer", "create": "yes"}}
    known = lines[lines["CustomerID"].notna()]
    report = shop.load("day.parquet", now=datetime(2011, 12, 6, 6, tzinfo=UTC))
    assert figures(report) == (len(lines), len(known), 0, len(lines) - len(known))
    assert report.reasons == {"customer is missing": len(lines) - len(known)}
    values = {row[0] for row in shop.rows("select value from identities")}
    assert values == {str(int(number)) for number in known["CustomerID"].unique()}
    sold = shop.one("select sum(value) from events")
    assert float(sold) == pytest.approx(known["UnitPrice"].sum())
