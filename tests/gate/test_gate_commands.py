"""`journeys gate` and `journeys quarantine` as a person calls them, on a shop with a fortnight of files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine

from journey_engine import clock, planning
from journey_engine.commands.gate import gate
from journey_engine.commands.quarantine import quarantine
from journey_engine.errors import UsageError
from journey_engine.gate.mistakes import NeverJudged
from journey_engine.settings import Settings
from tests.orders_shop import HEADER, Shop, expectation

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)
ENOUGH = expectation(
    "列數不得比平常少四成以上", "expect_table_row_count_to_be_between", "critical",
    min_value={"$PARAMETER": "usual_rows * 0.6"},
)  # fmt: skip
NO_ZERO = expectation("金額為 0", "expect_column_values_to_not_match_regex", column="amount", regex="^0$")


def nights(shop: Shop) -> None:
    """Ten nights, the last of them held."""
    shop.expects(ENOUGH, NO_ZERO)
    for day in range(1, 11):
        count = 4 if day == 10 else 20
        rows = (f"{day}-{n},A,2026-03-{day:02} 10:00,{0 if n <= day % 3 else 5},x\n" for n in range(count))
        shop.file(f"{day:02}.csv", HEADER + "".join(rows))
        shop.load(f"{day:02}.csv", now=datetime(2026, 3, day, 18, tzinfo=UTC), day=date(2026, 3, day))
    with shop.engine.begin() as connection:
        clock.set_to(connection, NOW)


@pytest.fixture(scope="module")
def told_only(make_database: Callable[[], Engine], tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """The shop after ten nights, for what only reads; these nights are imported once."""
    shop = Shop(make_database(), tmp_path_factory.mktemp("shop"))
    nights(shop)
    return shop


@pytest.fixture
def asked_by(monkeypatch: pytest.MonkeyPatch) -> Callable[[Shop], Settings]:
    """The settings of a shop whose project is live."""

    def settings(shop: Shop) -> Settings:
        monkeypatch.setattr(planning, "live_project", lambda connection: shop.project)
        return replace(shop.settings, database_url=shop.engine.url.render_as_string(hide_password=False))

    return settings


@pytest.fixture
def settings(told_only: Shop, asked_by: Callable[[Shop], Settings]) -> Settings:
    return asked_by(told_only)


def test_the_page_has_every_rule_and_its_history_and_asks_nobody_anything(settings, tmp_path, capsys):
    assert gate("orders", html=True, out=tmp_path, settings=settings) == 3
    page = (tmp_path / "gate-orders.html").read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == str(tmp_path / "gate-orders.html")
    assert 'lang="zh-Hant-TW"' in page
    assert "攔下的原因：列數不得比平常少四成以上 (4)" in page
    assert page.count("<rect ") == 3 * 10  # rows, and the two rules that were ever broken
    assert page.count("<title>2026-03-09: 5.00%</title>") == 1
    assert "journeys quarantine export rows.csv --feed orders" in page
    assert not re.search(r"""(src|href|url)\s*[=(]\s*["']?(https?:)?//""", page)
    assert "default-src &#x27;none&#x27;" in page


def test_a_feed_a_batch_and_all_of_them_are_told_in_words(settings, capsys):
    assert gate(settings=settings) == 3
    assert capsys.readouterr().out.strip() == (
        "feed orders: held, 4 read, 2 quarantined, 3 rules, failed: 列數不得比平常少四成以上; 金額為 0"
    )
    assert gate("3", settings=settings) == 3
    told = capsys.readouterr().out
    assert "| 金額為 0 | 警告（隔離該列） | 未通過 | 20 列裡 1 列 | 1 | 5.0% |" in told
    with pytest.raises(NeverJudged, match="Did you mean orders"):
        gate("order", settings=settings)


def test_rows_are_exported_mended_and_landed_by_command(shop, asked_by, tmp_path, capsys):
    nights(shop)
    settings = asked_by(shop)
    assert quarantine(batch=3, rows=True, settings=settings) == 1
    listed = capsys.readouterr().out
    assert "        1  orders  batch 3  03.csv: 金額為 0" in listed
    assert "row 1: " in listed
    file = tmp_path / "rows.csv"
    assert quarantine("export", file, batch=3, settings=settings) == 0
    file.write_text(file.read_text(encoding="utf-8-sig").replace(",0,x", ",30,x"), encoding="utf-8-sig")
    assert quarantine("fix", file, by="林經理", settings=settings) == 0
    assert "orders, batch 3: 1 tried, 1 landed, 0 already there, 0 still bad" in capsys.readouterr().out
    assert quarantine("fix", file, by="林經理", settings=settings) == 0
    assert "1 rows of the file are no longer in quarantine" in capsys.readouterr().out
    assert quarantine("drop", batch=4, by="林經理", reason="tests of the till", settings=settings) == 0
    assert quarantine("retry", batch=5, settings=settings) == 1
    assert "still bad (金額為 0 3)" in capsys.readouterr().out
    assert shop.rows("select read, landed, quarantined from batches where id in (3, 4, 5) order by id") == [
        (20, 20, 0),
        (20, 18, 2),
        (20, 17, 3),
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((("export",), {}), "needs a file"),
        ((("drop",), {"by": "林經理"}), "needs a name and a reason"),
    ],
)
def test_what_is_lacking_is_told(settings, given, words):
    with pytest.raises(UsageError, match=words):
        quarantine(*given[0], **given[1], settings=settings)
