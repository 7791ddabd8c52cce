"""A page told three ways: whole HTML that runs and fetches nothing, markdown with the same figures, CSV for Excel."""

from __future__ import annotations

import csv
import re
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

from journey_engine.language.words import Words
from journey_engine.reporting.contents import (
    Cell,
    Column,
    Figure,
    Page,
    Section,
    Sentence,
    Spread,
    Table,
    Tile,
    Tiles,
    tables,
)
from journey_engine.reporting.markdown import markdown
from journey_engine.reporting.page import html
from journey_engine.reporting.sheets import sheet, write_sheets

EVIL = '</td></style><script>alert(1)</script><img src="https://evil.example/x">'
PICTURE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><style>.a{fill:red}</style><rect class="a"/></svg>'


def a_table(*rows: tuple[Cell, ...]) -> Table:
    columns = (
        Column(Words("活動", "campaign")),
        Column(Words("人數", "members"), "count"),
        Column(Words("兌換率", "redeemed"), "share"),
        Column(Words("提升", "lift"), "points"),
        Column(Words("花費（USD）", "spent (USD)"), "money"),
    )
    return Table("campaigns", Words("活動", "Campaigns"), columns, rows)


FULL = a_table(
    ("18", 1133, 0.18887908208296558, Spread(0.021, -0.004, 0.046), Decimal("1234.5")),
    (EVIL, 0, None, None, None),
)


def a_page(*blocks: Sentence | Table | Tiles | Figure) -> Page:
    return Page(
        Words("季報", "Quarter"), Words("2017 第四季", "2017 Q4"), (Section("all", Words("全", "All"), blocks),)
    )


def addresses(page: str) -> list[str]:
    """Whatever a browser could fetch: attributes that load, imports and url() of sheets; not names of namespaces."""
    found: list[str] = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            loading = {"src", "href", "xlink:href", "srcset", "data", "action", "poster", "background", "style"}
            found.extend(value or "" for name, value in attrs if name in loading)

    Reader().feed(page)
    found += re.findall(r"url\(([^)]*)\)", page) + re.findall(r"@import\s+(\S+)", page)
    return [address for address in found if not address.startswith(("#", "data:,"))]


def test_a_page_fetches_nothing_and_runs_nothing() -> None:
    page = html(a_page(FULL, Figure(PICTURE), Sentence(Words(EVIL, EVIL))), "zh-TW")

    assert addresses(page) == []
    assert "<script" not in page
    assert "<img" not in page
    assert "default-src &#x27;none&#x27;" in page
    assert "unsafe" not in page


def test_the_sheets_of_drawings_are_allowed_by_their_hash() -> None:
    policy = re.search(r'content="(default-src[^"]*)"', html(a_page(Figure(PICTURE)), "en"))

    assert policy is not None
    assert policy[1].count("sha256-") == 2


def test_figures_are_written_as_people_read_them() -> None:
    page = html(a_page(FULL), "zh-TW")

    assert '<td class="number">1,133</td><td class="number">18.9%</td>' in page
    assert '<td class="number">+2.1 個百分點<small>-0.4 到 +4.6</small></td><td class="number">1,234.50</td>' in page
    assert '<td class="number">0</td><td class="number">–</td>' in page


def test_the_language_is_named_for_screen_readers_and_fonts() -> None:
    assert '<html lang="zh-Hant-TW">' in html(a_page(), "zh-TW")
    assert '<html lang="en">' in html(a_page(), "en")


def test_markdown_has_the_same_figures() -> None:
    tiles = Tiles((Tile(Words("會員", "members"), 2469, note=Words("全部", "all of them")),))
    told = markdown(a_page(tiles, a_table(("a|b", 1133, 0.5, None, 2)), Figure(PICTURE)), "en", "Look: x")

    assert told.split("\n\n") == [
        "# Quarter",
        "2017 Q4",
        "Look: x",
        "## All",
        "- members: **2,469** (all of them)",
        "### Campaigns",
        "| campaign | members | redeemed | lift | spent (USD) |\n|---|---:|---:|---:|---:|\n"
        "| a\\|b | 1,133 | 50.0% | – | 2.00 |",
    ]


def test_csv_has_values_and_no_looks() -> None:
    assert sheet(FULL, "en").splitlines() == [
        "\ufeffcampaign,members,redeemed,lift,lift (low),lift (high),spent (USD)",
        "18,1133,0.18887908208296558,0.021,-0.004,0.046,1234.5",
        f'"{EVIL.replace(chr(34), chr(34) * 2)}",0,,,,,',
    ]


def test_no_cell_of_a_csv_is_a_formula() -> None:
    assert sheet(a_table(("=HYPERLINK(1)", 1, 0.5, -0.1, -2)), "en").splitlines()[1] == "'=HYPERLINK(1),1,0.5,-0.1,-2"


def test_excel_is_told_that_a_csv_is_unicode(tmp_path: Path) -> None:
    files = write_sheets(a_page(FULL, a_table()), tmp_path, "quarter", "zh-TW")

    assert [file.name for file in files] == ["quarter-campaigns.csv"]
    assert files[0].read_bytes().startswith(b"\xef\xbb\xbf\xe6\xb4\xbb\xe5\x8b\x95,")
    with files[0].open(encoding="utf-8-sig", newline="") as read:
        assert len(list(csv.reader(read))) == 3


def test_an_empty_table_says_so_and_dates_are_plain() -> None:
    assert "（無）" in html(a_page(a_table()), "zh-TW")
    days = Table("days", Words("", ""), (Column(Words("日", "day")),), ((date(2017, 11, 1),),))
    assert "2017-11-01</td>" in html(a_page(days), "en")
    assert [table.name for table in tables(a_page(days, a_table()))] == ["days", "campaigns"]
