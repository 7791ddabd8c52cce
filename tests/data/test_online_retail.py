"""A gift shop's two real files, which overlap by 22,523 lines; a line twice in one file is two lines."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

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
    folder = shared / "data/online_retail"
    shop.feed = FEED
    for name in ("online_retail.parquet", "online_retail_II_year_2009_2010.parquet"):
        (shop.folder / "data" / name).symlink_to(folder / name)
    now, newest = datetime(2011, 12, 10, 6, tzinfo=UTC), date(2011, 12, 9)
    assert figures(shop.load("online_retail.parquet", now=now, day=newest)) == (541_909, 541_909, 0, 0)
    again = shop.load("online_retail_II_year_2009_2010.parquet", now=now, day=date(2010, 12, 9))
    assert figures(again) == (525_461, 502_938, 22_523, 0)
    assert shop.one("select count(*) from events") == 541_909 + 502_938


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
