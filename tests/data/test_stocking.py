"""Coupon pools are filled from files, each row judged, and with codes made at random; and nothing comes twice."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.data.pools import Standing, said, standings, warnings
from journey_engine.data.stocking import fill, invented
from journey_engine.language.project import Project
from tests.compiler.rows import at, world

NOW = at("2026-03-02 10:00")


def project(**coupons: dict[str, Any]) -> Project:
    pools = {name: {"coupon": name, "title": name, **body} for name, body in coupons.items()}
    return Project.model_validate({**world().model_dump(by_alias=True, exclude_unset=True), "coupons": pools})


GIFT = {"codes": {"file": "codes/gift*.csv", "column": "序號"}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "codes").mkdir()
    return tmp_path


def write(folder: Path, name: str, *codes: str, encoding: str = "utf-8") -> None:
    rows = "".join(f"{number},{code}\n" for number, code in enumerate(codes))
    (folder / "codes" / name).write_text(f"no,序號\n{rows}", encoding=encoding)


def codes(engine: Engine) -> list[tuple[str, str]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text("select pool, code from coupon_codes order by id"))]


def test_codes_come_out_of_files_once(database, folder):
    write(folder, "gift1.csv", "A1", "A2")
    write(folder, "gift2.csv", " A3 ", "a1", encoding="cp950")
    told = fill(database, project(gift=GIFT), folder, NOW)
    assert [(each.source, each.read, each.added, each.already, each.refused) for each in told] == [
        ("gift1.csv", 2, 2, 0, ()),
        ("gift2.csv", 2, 1, 1, ()),
    ]
    assert codes(database) == [("gift", "A1"), ("gift", "A2"), ("gift", "A3")]
    assert fill(database, project(gift=GIFT), folder, NOW) == []


def test_rows_that_are_no_codes_are_refused_with_their_row(database, folder):
    write(folder, "other1.csv", "B1")
    other = {"codes": {"file": "codes/other*.csv", "column": "序號"}}
    fill(database, project(other=other), folder, NOW)
    good = [f"A{number}" for number in range(60)]
    write(folder, "gift1.csv", *good[:2], "a1", "", "b1", "has blank", "X" * 101, *good[2:])
    [told] = fill(database, project(gift=GIFT), folder, NOW)
    assert (told.read, told.added, told.already) == (65, 60, 0)
    assert told.refused == (
        (3, "the same code as in row 2"),
        (4, "there is no code"),
        (5, "a code of other"),
        (6, "a code has no blanks in it"),
        (7, "longer than 100 characters"),
    )
    with database.connect() as connection:
        kept = connection.execute(text("select row_number, reasons from quarantine order by row_number")).all()
        book = connection.execute(text("select read, landed, already, quarantined from batches order by id")).all()
    assert [tuple(row) for row in kept] == [(row, [reason]) for row, reason in told.refused]
    assert [tuple(row) for row in book] == [(1, 1, 0, 0), (65, 60, 0, 5)]


def test_a_file_that_is_another_pools_is_refused_whole(database, folder):
    write(folder, "other1.csv", "B1", "B2", "B3")
    other = {"codes": {"file": "codes/other*.csv", "column": "序號"}}
    fill(database, project(other=other), folder, NOW)
    write(folder, "gift1.csv", "B1", "B2", "A3")
    [told] = fill(database, project(gift=GIFT, other=other), folder, NOW)
    assert "2 of 3 rows cannot be codes of this pool (row 1: a code of other); none of them was taken." in told.error
    assert codes(database) == [("other", "B1"), ("other", "B2"), ("other", "B3")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "The file is empty: not even a header."),
        ("no,code\n1,A1\n", "Missing column 序號, which the coupon gift names; the header has no, code."),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_stops_no_other(database, folder, content, told):
    (folder / "codes" / "gift1.csv").write_text(content, encoding="utf-8")
    write(folder, "gift2.csv", "A1")
    broken, sound = fill(database, project(gift=GIFT), folder, NOW)
    assert told in broken.error
    assert sound.added == 1


def test_a_pool_without_its_file_says_so(database, folder):
    [told] = fill(database, project(gift=GIFT), folder, NOW)
    assert "finds no file" in told.error


def test_made_codes_are_made_up_to_the_count_and_no_further(database, folder):
    made = {"make": {"count": 50, "pattern": "W-????-##"}}
    assert [each.added for each in fill(database, project(gift=made), folder, NOW)] == [50]
    assert fill(database, project(gift=made), folder, NOW) == []
    more = {"make": {"count": 60, "pattern": "W-????-##"}}
    assert [each.added for each in fill(database, project(gift=more), folder, NOW)] == [10]
    found = [code for _, code in codes(database)]
    assert len(set(found)) == 60
    assert all(len(code) == 9 and code.startswith("W-") and code[-2:].isdecimal() for code in found)


def test_made_codes_have_no_letters_that_are_misread():
    signs = {sign for code in invented("????????", 2_000) for sign in code}
    assert signs == set("23456789ABCDEFGHJKLMNPQRSTUVWXYZ")


def test_pools_are_counted_with_their_pace_and_their_warnings(database, folder):
    pools = {
        "gift": {"make": {"count": 10, "pattern": "G-????????"}, "low": 8},
        "none": {"codes": {"file": "codes/none.csv", "column": "序號"}},
        "past": {"make": {"count": 3, "pattern": "P-????????"}, "expires": "2026-03-01"},
    }
    brand = project(**pools)
    fill(database, brand, folder, NOW)
    with database.begin() as connection:
        connection.execute(
            text(
                "update coupon_codes set enrolment_id = id, member_id = 1, drawn_at = :at, expires_at = :until,"
                " redeemed_at = case when id = 1 then :at end where id in (1, 2, 3, 4)"
            ),
            {"at": at("2026-02-28 10:00"), "until": at("2026-03-02 00:00")},
        )
        stand = standings(connection, brand, NOW)
    assert stand == (
        Standing("gift", "gift", 8, free=6, given=4, redeemed=1, expired=3, days_left=3),
        Standing("none", "none", 0),
        Standing("past", "past", 0, free=3, is_over=True),
    )
    assert [words.en for words in warnings(stand)] == [
        "Coupon gift has 6 codes left, 3 days at the pace of late. Add codes.",
        "Coupon none has no code left: messages that need one, and give no default, are not sent. Add codes.",
        "Coupon past is past its last day: no code is given.",
    ]
    assert said(stand[0]).en == "gift: 6 free, 4 given, 1 redeemed, 3 expired; 3 days left at the pace of late"
