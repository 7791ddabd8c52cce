"""Reports as Prefect shows them: a task run each, the same figures as an artifact, and a link that opens the page."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from prefect.client.schemas.filters import ArtifactFilter
from sqlalchemy import Engine

from flows.report import report
from flows.tick import tick
from journey_engine.reporting import writing
from tests.flows.conftest import Server
from tests.flows.test_tick import runs_of
from tests.flows.world import NOON, follow, go_live

pytestmark = pytest.mark.slow


def artifact(server: Server, key: str) -> str:
    wanted = ArtifactFilter.model_validate({"key": {"any_": [key]}})
    (found,) = server.client.read_artifacts(artifact_filter=wanted)
    return str(found.data)


def test_each_journey_gets_a_page_that_prefects_own_server_shows(server: Server, app: Engine, checkout: Path) -> None:
    with app.begin() as conn:
        go_live(conn, checkout)
        follow(conn, 4)
    tick(NOON, then_send=False, return_state=True)
    state = report(now=NOON + timedelta(hours=1), return_state=True)

    assert state.is_completed()
    assert {name.split(" (")[0] for name in runs_of(server, state.state_details.flow_run_id)} >= {"report welcome"}
    told = artifact(server, "journey-welcome-report")
    assert "[打開整頁，含圖表](/reports/journey-welcome.html)" in told
    assert "4 人次進入" in told
    shown = httpx.get(f"{server.url}/reports/journey-welcome.html", trust_env=False)
    assert shown.text == (writing.folder(server.settings) / "journey-welcome.html").read_text(encoding="utf-8")
    assert "<title>新好友歡迎旅程（welcome）</title>" in shown.text


def test_a_quarter_has_its_review(server: Server, app: Engine, checkout: Path) -> None:
    with app.begin() as conn:
        go_live(conn, checkout)
        follow(conn, 4)
    state = report("quarter", "2026Q4", now=NOON + timedelta(hours=1), return_state=True)

    assert state.is_completed()
    assert "# 會員經營回顧 2026Q4" in artifact(server, "quarter-2026q4-report")


def test_a_report_that_cannot_be_made_fails_its_run_by_name(server: Server, app: Engine, checkout: Path) -> None:
    with app.begin() as conn:
        go_live(conn, checkout)
    state = report("quarter", "2030Q1", now=NOON, return_state=True)

    assert state.is_failed()
    assert "2030Q1 has not begun." in (state.message or "")
