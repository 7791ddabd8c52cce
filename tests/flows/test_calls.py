"""Calls and experiments as Prefect shows them: a task run with its count, a page of each night."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from prefect import flow
from prefect.client.schemas.filters import ArtifactFilter
from sqlalchemy import Engine, text

from flows.send import send
from flows.tick import tick
from tasks import artifacts
from tasks.ground import ground
from tests.calling.desk import Desk
from tests.flows.conftest import Server
from tests.flows.test_tick import runs_of
from tests.flows.world import FILES, NOON, follow, go_live, write_files

pytestmark = pytest.mark.slow

JOURNEY = """
journey: scoring
title: 評分
status: live
enter: {on: follow, again: never}
steps:
  ask: {call: crm, failed: {do: {over: {stop: 沒有回應}}}}
  offer:
    split: {plain: {share: 50%}, bold: {share: 50%}}
    experiment: {measure: click, within: 2 days, sample: 200}
"""


@pytest.fixture
def desk():
    made = Desk()
    yield made
    made.close()


def test_a_tick_makes_the_calls_it_asked_for_and_the_next_hears_the_answers(
    server: Server, app: Engine, tmp_path: Path, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = f"endpoints: {{crm: {{url: '{desk.url}', secret: env:CRM_SECRET}}}}\n"
    policy = FILES["journeys/policy.yaml"] + endpoint
    files = {name: content for name, content in FILES.items() if name != "journeys/welcome.yaml"}
    write_files(tmp_path, {**files, "journeys/policy.yaml": policy, "journeys/scoring.yaml": JOURNEY})
    with app.begin() as conn:
        go_live(conn, tmp_path)
        follow(conn, 3)

    closed = tick(NOON, return_state=True)
    assert "endpoint crm: set the environment variable CRM_SECRET" in (closed.message or "")
    assert desk.asked == []
    monkeypatch.setenv("CRM_SECRET", "s3cret")
    made = send(NOON + timedelta(minutes=1), return_state=True)
    assert "3 answered, 0 failed, 0 to be tried again" in (made.message or "")
    assert {"call (3)", "send (nobody)"} <= set(runs_of(server, made.state_details.flow_run_id))
    tick(NOON + timedelta(minutes=2), return_state=True)

    with app.begin() as conn:
        assert conn.execute(text("select count(*) from enrolments where end_reason = 'finished'")).scalar_one() == 3
        assert conn.execute(text("select count(*) from exposures")).scalar_one() == 3
    flow(lambda: artifacts.experiments(ground(NOON + timedelta(minutes=3))), name="report")()
    key = ArtifactFilter.model_validate({"key": {"any_": ["scoring-experiments"]}})
    [page] = server.client.read_artifacts(artifact_filter=key)
    assert "樣本 3 / 200 人，還不能看結果" in page.data
