"""`journeys plan`, `apply`, `rollback`, `history` and `deploy` as a person calls them."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from journey_engine import clock
from journey_engine.commands.apply import apply
from journey_engine.commands.deploy import deploy
from journey_engine.commands.history import history
from journey_engine.commands.plan import plan
from journey_engine.commands.rollback import rollback
from journey_engine.errors import UsageError
from journey_engine.planning import PlanIsStale, WouldStrand
from journey_engine.running import stack
from journey_engine.settings import Settings
from tests.flows.world import EVE, FILES, write_files
from tests.planning.inside import DAY, put, stands

WELCOME = "journeys/welcome.yaml"


@pytest.fixture
def settings(database: Engine, tmp_path: Path) -> Settings:
    """A project of one journey, with a clock that stands on the eve."""
    write_files(tmp_path, FILES)
    with database.begin() as conn:
        clock.set_to(conn, EVE)
    return Settings(tmp_path, database_url=database.url.render_as_string(hide_password=False))


def edit(settings: Settings, old: str, new: str) -> None:
    file = settings.project / WELCOME
    file.write_text(file.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")


def test_a_plan_is_made_kept_shown_and_applied_as_it_is(
    settings: Settings, database: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "plan.json"
    assert plan(out=kept, settings=settings) == 0
    shown = capsys.readouterr().out
    assert "+  journey welcome              新增 v1      live" in shown
    edit(settings, "新好友歡迎旅程", "後來改的")  # after the plan was made
    apply(kept, by="小陳", settings=settings)
    assert capsys.readouterr().out == shown
    with database.begin() as conn:
        title = text("select body ->> 'title' from definitions where name = 'welcome'")
        assert conn.execute(title).scalar_one() == "新好友歡迎旅程"
    with pytest.raises(PlanIsStale):
        apply(kept, settings=settings)


def test_an_open_question_ends_plan_with_one_and_is_answered_in_the_file(
    settings: Settings, database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    apply(by="小陳", settings=settings)
    with database.begin() as conn:
        put(conn, "interested", EVE, EVE + 3 * DAY)
    edit(settings, "  interested:", "  curious:")
    assert plan(settings=settings) == 1
    assert "有 1 個問題待回答" in capsys.readouterr().out
    with pytest.raises(WouldStrand):
        apply(settings=settings)
    edit(settings, "steps:\n", "moved: {interested: curious}\nsteps:\n")
    assert plan(settings=settings) == 0
    apply(by="小林", settings=settings)
    assert "1 人依原定時間改往 curious" in capsys.readouterr().out
    with database.begin() as conn:
        assert stands(conn) == ("curious", EVE, EVE + 3 * DAY)


def test_history_lists_applications_and_rollback_is_another_one(
    settings: Settings, database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    history(settings=settings)
    assert capsys.readouterr().out == "Nothing was ever applied here.\n"
    apply(by="小陳", settings=settings)
    edit(settings, "新好友歡迎旅程", "改壞了")
    apply(by="小林", settings=settings)
    rollback(by="主管", settings=settings)
    assert "還原到第 1 次套用" in capsys.readouterr().out
    history(settings=settings)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines if line.strip()[0].isdigit()] == ["3", "2", "1"]
    assert "主管, back to 1" in lines[0]
    assert lines[1].strip() == "~  journey welcome              v2 → v3      live"
    history(2, settings=settings)
    assert "~ title: 新好友歡迎旅程 → 改壞了" in capsys.readouterr().out
    with pytest.raises(UsageError, match="There is no application 9"):
        history(9, settings=settings)
    with database.begin() as conn:
        title = text("select body ->> 'title' from definitions where name = 'welcome' and replaced_at is null")
        assert conn.execute(title).scalar_one() == "新好友歡迎旅程"


def test_deployments_whose_file_is_gone_are_removed_after_asking(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[Settings] = []
    monkeypatch.setattr(stack, "deploy", lambda settings, _say: told.append(settings))
    assert deploy(settings=settings) == 0
    (settings.project / WELCOME).unlink()
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert deploy(settings=settings) == 1
    assert "gone: welcome" in capsys.readouterr().out
    assert deploy(yes=True, settings=replace(settings)) == 0
    assert len(told) == 2


def test_a_rollback_says_in_the_brands_language_that_the_files_did_not_move(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    apply(by="小陳", settings=settings)
    edit(settings, "新好友歡迎旅程", "後來改的")
    apply(by="小陳", settings=settings)
    rollback(by="小林", settings=settings)
    last = capsys.readouterr().out.splitlines()[-1]
    assert last == "檔案沒有動：請一併改回，不然下一次 apply 又會把這些改動上線。"
    assert "後來改的" in (settings.project / WELCOME).read_text(encoding="utf-8")
