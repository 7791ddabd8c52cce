"""A message about to reach many, as Prefect shows it: the send is Held, and the artifact says why."""

from __future__ import annotations

import json

import pytest
from prefect.client.schemas.filters import ArtifactFilter
from sqlalchemy import Engine, text

from flows.send import send
from flows.tick import tick
from tests.flows.conftest import Server
from tests.flows.world import FILES, NOON, follow, go_live, write_files

pytestmark = pytest.mark.slow
POLICY = "journeys/policy.yaml"
FEW = {
    "type": "expect_table_row_count_to_be_between",
    "kwargs": {"max_value": 4},
    "severity": "critical",
    "meta": {"rule": "四人以內"},
}


def test_a_send_to_too_many_is_held_with_a_page_that_says_why(server: Server, app: Engine) -> None:
    folder = server.settings.project
    suite = json.dumps({"name": "audience", "expectations": [FEW]})
    gated = {POLICY: FILES[POLICY] + "gate: {intents: audience, above: 3}\n", "expectations/audience.json": suite}
    write_files(folder, gated)
    try:
        with app.begin() as conn:
            go_live(conn, folder)
            follow(conn, 5)
        tick(NOON, then_send=False, return_state=True)
        state = send(NOON, return_state=True)
    finally:
        write_files(folder, {POLICY: FILES[POLICY]})
    assert state.name == "Held"
    assert "message hello is held" in (state.message or "")
    with app.begin() as conn:
        assert conn.execute(text("select status, count(*) from intents group by 1")).tuples().all() == [("pending", 5)]
        assert conn.execute(text("select scope, name from holds")).tuples().all() == [("message", "hello")]
    wanted = ArtifactFilter.model_validate({"key": {"any_": ["gate-hello"]}})
    page = str(server.client.read_artifacts(artifact_filter=wanted)[0].data)
    assert "5 人即將收到。" in page
    assert "| 四人以內 | critical | 未通過 | 0 | 5 |" in page
