"""Reports from a real database: files beside each other, real figures in them, nothing of a time that has not come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from journey_engine import cli, clock
from journey_engine.language.project import Project
from journey_engine.reporting.contents import Table, tables
from journey_engine.reporting.writing import Report, quarter_report
from tests.flows.world import FILES, NOON, follow, go_live, write_files
from tests.measures.test_following import campaign
from tests.real_years import Year

__all__ = ["campaign"]
pytestmark = pytest.mark.usefixtures("undrawn")


def table(report: Report, name: str) -> Table:
    (found,) = [each for each in tables(report.page) if each.name == name]
    return found


@pytest.mark.slow
def test_a_year_in_store_time_has_155_848_baskets(grocer: Year, tmp_path: Path) -> None:
    report = quarter_report(grocer.engine, grocer.project, "2017", grocer.now, "zh-TW", tmp_path)

    assert "購買 155,848 次" in report.file.read_text(encoding="utf-8")
    assert sum(row[1] for row in table(report, "months").rows) == 155_848
    assert report.name == "quarter-2017"


def test_campaign_18_went_to_1_133_households_of_which_214_redeemed(
    database: Engine, campaign: Project, tmp_path: Path
) -> None:
    now = datetime(2018, 1, 1, 12, tzinfo=UTC)
    report = quarter_report(database, campaign, "2017Q4", now, "en", tmp_path, response_days=56)

    (row,) = table(report, "responses").rows
    assert row[1] == 1_133
    assert f"{row[4].value:.1%}" == "18.9%"
    assert '<td class="number">18.9%<small>16.7 to 21.3</small></td>' in report.file.read_text(encoding="utf-8")
    assert report.file.name == "quarter-2017q4.en.html"


@pytest.fixture
def brand(database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """`journeys …` for a small brand with five friends, an hour after they came."""
    write_files(tmp_path, FILES)
    with database.begin() as conn:
        clock.set_to(conn, NOON + timedelta(hours=1))
        go_live(conn, tmp_path)
        follow(conn, 5)
    monkeypatch.setenv("DATABASE_URL", database.url.set(drivername="postgresql").render_as_string(hide_password=False))
    return lambda *words: cli.run(["--project", str(tmp_path), *words])


def test_the_command_writes_a_page_and_names_every_file(
    brand: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert brand("report", "--quarter", "2026Q4") == 0
    files = [Path(line) for line in capsys.readouterr().out.splitlines()]

    assert files[0] == tmp_path / ".journeys" / "reports" / "quarter-2026q4.html"
    assert "2026Q4 到目前有 5 位會員、5 位好友；5 次加入好友，0 次封鎖。" in files[0].read_text(encoding="utf-8")
    assert {file.suffix for file in files[1:]} == {".csv"}
    assert [file for file in files if not file.exists()] == []


def test_both_languages_stand_beside_each_other(brand: Callable[..., int], tmp_path: Path) -> None:
    for more in ((), ("--language", "en")):
        assert brand("report", "welcome", "--out", str(tmp_path / "out"), *more) == 0

    assert sorted(file.name for file in (tmp_path / "out").glob("*.html")) == [
        "journey-welcome.en.html", "journey-welcome.html",
    ]  # fmt: skip


def test_a_report_changes_nothing(brand: Callable[..., int], database: Engine) -> None:
    with database.begin() as conn:
        name = conn.execute(text("select current_database()")).scalar_one()
        conn.execute(text(f"alter database {name} set default_transaction_read_only = on"))

    assert brand("report", "welcome") == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("report", "welcom"), "There is no journey “welcom” to report on. Did you mean “welcome”?"),
        (("report", "--quarter", "2030Q1"), "2030Q1 has not begun."),
        (("report", "--quarter", "Q5"), "“Q5” is no span of time."),
        (("report", "welcome", "--quarter", "2026Q3"), "--quarter goes with the review of a quarter."),
        (("report", "--within", "0"), "--within asks for days."),
    ],
)
def test_what_cannot_be_reported_is_told(
    brand: Callable[..., int], capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    assert brand(*words) == 2
    assert said in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_told(
    brand: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").write_text("")
    assert brand("report", "welcome", "--out", str(tmp_path / "file")) == 1
    assert "The report cannot be written: File exists." in capsys.readouterr().err
