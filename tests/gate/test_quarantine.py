"""Quarantined rows: listed, exported, mended, tried again, dropped; the totals of a batch stay true throughout."""

from __future__ import annotations

import csv
import io
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from journey_engine.data.relanding import Relanded, retry
from journey_engine.gate import correcting, quarantined
from journey_engine.gate.correcting import NoQuarantineNumbers
from journey_engine.gate.quarantined import Which
from tests.orders_shop import HEADER, NOW, Shop, expectation

LATER = NOW + timedelta(hours=3)
NO_ZERO = expectation("amount is 0", "expect_column_values_to_not_match_regex", column="amount", regex="^0$")
STORES = expectation("no such store", "expect_column_values_to_be_in_set", column="store", value_set=["信義店", "x"])


@pytest.fixture
def bad(shop: Shop) -> Shop:
    """Five rows landed of which three are set aside: one of them for two reasons."""
    shop.expects(NO_ZERO, STORES)
    rows = ["1,A,2026-03-10 10:00,5,x", "2,B,2026-03-10 10:00,0,x", "3,C,2026-03-10 10:00,0,y"]
    rows += ["4,D,2026-03-10 10:00,7,信義", "0005,E,2026-03-10 10:00,8,x"]
    shop.file("a.csv", HEADER + "\n".join(rows) + "\n")
    shop.load("a.csv")
    return shop


EVERY = Which()


def opened(shop: Shop, which: Which = EVERY) -> list[quarantined.Row]:
    with shop.engine.connect() as connection:
        return quarantined.rows(connection, which)


def exported(shop: Shop) -> bytes:
    with shop.engine.connect() as connection:
        return correcting.written(quarantined.rows(connection, EVERY), quarantined.columns(connection, EVERY))


def again(shop: Shop, which: Which = EVERY, corrected: Any = None, now: datetime = LATER) -> list[Relanded]:
    return retry(shop.engine, shop.project, shop.settings, which, "林經理", "asked the shop", now, corrected)


def books(shop: Shop) -> list[tuple[int, int, int, int]]:
    found = shop.rows("select read, landed, already, quarantined from batches where status = 'landed' order by id")
    assert all(read == landed + already + bad for read, landed, already, bad in found)
    return found


def test_rows_are_listed_by_batch_and_reason_and_a_row_with_two_reasons_stands_under_both(bad: Shop) -> None:
    with bad.engine.connect() as connection:
        heaps = quarantined.heaps(connection, Which())
        of_store = quarantined.heaps(connection, Which(reason="no such store"))
    assert [(heap.feed, heap.source, heap.reason, heap.rows) for heap in heaps] == [
        ("orders", "a.csv", "amount is 0", 2),
        ("orders", "a.csv", "no such store", 2),
    ]
    assert [(heap.reason, heap.rows) for heap in of_store] == [("no such store", 2)]
    assert [row.row for row in opened(bad, Which(reason="amount is 0"))] == [2, 3]


def test_the_export_opens_in_excel_and_names_every_reason(bad: Shop) -> None:
    content = exported(bad)
    assert content.startswith(b"\xef\xbb\xbf_quarantine,_batch,_row,_reasons,order_id,customer,at,amount,store\r\n")
    lines = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(line["_row"], line["_reasons"], line["order_id"], line["store"]) for line in lines] == [
        ("2", "amount is 0", "2", "x"),
        ("3", "amount is 0; no such store", "3", "y"),
        ("4", "no such store", "4", "信義"),
    ]


@pytest.mark.parametrize("saved", ["utf-8-sig ,", "cp950 ;", "utf-16 \t"])
def test_mended_rows_land_and_half_mended_ones_stay_with_what_is_still_wrong(
    bad: Shop, tmp_path: Path, saved: str
) -> None:
    encoding, delimiter = saved.split(" ")
    file = tmp_path / "rows.csv"
    lines = list(csv.reader(io.StringIO(exported(bad).decode("utf-8-sig"))))
    mended = {"3": {7: "9"}, "4": {8: "信義店"}}
    page = io.StringIO()
    for line in lines:
        cells = [mended.get(line[2], {}).get(place, cell) for place, cell in enumerate(line)]
        csv.writer(page, delimiter=delimiter).writerow(cells)
    file.write_bytes(page.getvalue().encode(encoding))
    corrected = correcting.read(file).rows
    (done,) = again(bad, Which(numbers=list(corrected)), corrected)
    assert (done.tried, done.landed, done.already, done.still_bad) == (3, 1, 0, 2)
    assert done.reasons == {"amount is 0": 1, "no such store": 1}
    assert books(bad) == [(5, 3, 0, 2)]
    assert bad.rows("select value, properties ->> 'store' from events where properties ->> 'order_id' = '4'") == [
        (7, "信義店")
    ]
    assert bad.rows("select row_number, status, settled_by, settle_reason, settled_at from quarantine order by 1") == [
        (2, "open", None, None, None),
        (3, "open", None, None, None),
        (4, "landed", "林經理", "asked the shop", LATER),
    ]
    assert bad.one("select content ->> 'amount' from quarantine where row_number = 3") == "9"
    assert bad.one("select reasons from quarantine where row_number = 3") == ["no such store"]
    # The same file once more: what has landed is no longer open, the rest is as bad as it was.
    (once_more,) = again(bad, Which(numbers=list(corrected)), corrected)
    assert (once_more.tried, once_more.landed, once_more.still_bad) == (2, 0, 2)
    assert bad.one("select count(*) from events") == 3
    assert bad.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []


def test_after_a_rule_is_taken_back_a_retry_lands_what_it_had_set_aside(bad: Shop) -> None:
    bad.expects(STORES)
    (done,) = again(bad)
    assert (done.tried, done.landed, done.still_bad, done.reasons) == (3, 1, 2, {"no such store": 2})
    bad.expects()
    assert [(each.tried, each.landed) for each in again(bad)] == [(2, 2)]
    assert books(bad) == [(5, 5, 0, 0)]
    assert again(bad) == []


def test_a_row_that_meanwhile_came_by_another_file_is_already_there(bad: Shop) -> None:
    bad.file("b.csv", HEADER + "2,B,2026-03-10 10:00,6,x\n")
    bad.load("b.csv")
    bad.expects()
    (done,) = again(bad)
    assert (done.tried, done.landed, done.already) == (3, 2, 1)
    assert books(bad) == [(5, 4, 1, 0), (1, 1, 0, 0)]
    assert bad.one("select count(*) from events") == 5


def test_dropped_rows_stay_in_the_totals_and_are_never_tried_again(bad: Shop) -> None:
    with bad.engine.begin() as connection:
        assert quarantined.drop(connection, Which(reason="amount is 0"), "林經理", "test orders", LATER) == 2
    bad.expects()
    (done,) = again(bad)
    assert (done.tried, done.landed) == (1, 1)
    assert books(bad) == [(5, 3, 0, 2)]
    assert (
        bad.rows("select settled_by, settle_reason from quarantine where status = 'dropped'")
        == [("林經理", "test orders")] * 2
    )


def test_rows_of_a_held_batch_wait_for_its_release(shop: Shop) -> None:
    shop.expects(NO_ZERO, expectation("many", "expect_table_row_count_to_be_between", "critical", min_value=9))
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,0,x\n")
    assert shop.load("a.csv").status == "held"
    (done,) = again(shop)
    assert (done.held, done.tried) == (True, 0)
    assert "its rows wait for its release" in str(done)


def test_a_correction_of_an_old_list_does_not_overwrite_what_a_later_list_said(shop: Shop) -> None:
    shop.feed |= {"brings": [], "covers": None, "members": {"attributes": {"name": "store", "points": "amount"}}}
    shop.expects(NO_ZERO)
    shop.file("a.csv", HEADER + "1,A,x,0,old\n2,B,x,0,old\n")
    shop.load("a.csv")
    shop.file("b.csv", HEADER + "1,A,x,5,new\n")
    shop.load("b.csv", now=NOW + timedelta(hours=1))
    shop.expects()
    (done,) = again(shop)
    assert (done.tried, done.landed, done.already) == (2, 1, 1)
    assert shop.rows("select attributes ->> 'name', attributes ->> 'points' from members order by id") == [
        ("new", "5"),
        ("old", "0"),
    ]


def test_rows_of_several_batches_move_each_in_its_own_books(shop: Shop) -> None:
    shop.expects(NO_ZERO)
    for day in (8, 9):
        shop.file(f"{day}.csv", HEADER + f"{day},A,2026-03-0{day} 10:00,0,x\n{day}1,A,2026-03-0{day} 10:00,1,x\n")
        shop.load(f"{day}.csv", now=datetime(2026, 3, day, 18, tzinfo=UTC), day=date(2026, 3, day))
    corrected = {row.number: {"amount": "4"} for row in opened(shop)}
    assert [(each.tried, each.landed) for each in again(shop, EVERY, corrected)] == [(1, 1), (1, 1)]
    assert books(shop) == [(2, 2, 0, 0)] * 2
    assert shop.one("select sum(value) from events") == 10


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("order_id,store\n1,x\n", "there is no column _quarantine"),
        ("_quarantine,store\n1,x\n1,y\n", "two rows have the number 1"),
        ("_quarantine,store\n=A1,x\n", "a row has the number =A1"),
    ],
)
def test_a_file_that_does_not_say_which_rows_it_mends_is_refused(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(content)
    with pytest.raises(NoQuarantineNumbers, match=words):
        correcting.read(file)


def test_an_empty_cell_is_a_missing_value_and_columns_of_a_persons_own_are_passed_over(
    bad: Shop, tmp_path: Path
) -> None:
    (row,) = opened(bad, Which(reason="no such store"))[1:]
    file = tmp_path / "rows.csv"
    file.write_text(f"_quarantine,store,note\n{row.number},,asked by phone\n")
    corrected = correcting.read(file).rows
    assert corrected == {row.number: {"store": None, "note": "asked by phone"}}
    (done,) = again(bad, Which(numbers=[row.number]), corrected)
    assert (done.landed, done.still_bad) == (1, 0)
    assert bad.one("select properties from events where properties ->> 'order_id' = '4'") == {"order_id": "4"}
