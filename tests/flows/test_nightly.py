"""A night as Prefect shows it: imports, gate pages, a held batch that is announced and released, and the summary."""

from __future__ import annotations

import json
import time
from datetime import date, timedelta
from typing import Any

import pytest
from prefect.client.schemas.filters import ArtifactFilter
from sqlalchemy import Engine, text

from flows.nightly import nightly
from flows.release import Release, release
from tests.flows.conftest import Server
from tests.flows.test_tick import runs_of
from tests.flows.world import EVE, follow, go_live, write_files

pytestmark = pytest.mark.slow

NIGHT = EVE + timedelta(hours=16)  # 03:00 in Taipei
DAY = date(2026, 11, 20)

FEED = """
feed: orders
from: {file: data/orders.csv}
arrives: daily
covers: {to: end of day, zone: Asia/Taipei}
suite: orders
member: {by: customer_number, from: customer, create: yes}
brings:
  - event: purchase
    at: {from: at, zone: Asia/Taipei}
    key: order_id
    value: amount
"""
SUITE = {
    "name": "orders",
    "expectations": [
        {
            "type": "expect_column_values_to_not_be_null",
            "kwargs": {"column": "customer"},
            "severity": "warning",
            "meta": {"rule": "customer is missing"},
        },
        {
            "type": "expect_table_row_count_to_be_between",
            "kwargs": {"min_value": 2},
            "severity": "critical",
            "meta": {"rule": "至少兩筆"},
        },
    ],
    "meta": {"title": "訂單"},
}
HEAD = "order_id,customer,at,amount\n"
GOOD = HEAD + "1,anna,2026-11-20 10:00,300\n2,ben,2026-11-20 11:00,500\n3,,2026-11-20 12:00,1\n"
SHORT = HEAD + "9,anna,2026-11-20 20:00,10\n"


@pytest.fixture
def orders(server: Server) -> Any:
    """The feed beside the journeys, for one test: `write(content)` puts the day's file in its place."""
    folder = server.settings.project
    write_files(folder, {"journeys/feeds/orders.yaml": FEED, "expectations/orders.json": json.dumps(SUITE)})
    file = folder / "data" / "orders.csv"
    file.parent.mkdir(exist_ok=True)
    yield lambda content: file.write_text(content, encoding="utf-8")
    (folder / "journeys/feeds/orders.yaml").unlink()
    file.unlink(missing_ok=True)


def artifact(server: Server, key: str) -> str:
    found = server.client.read_artifacts(artifact_filter=ArtifactFilter.model_validate({"key": {"any_": [key]}}))
    return max(found, key=lambda each: each.created).data


def test_a_night_imports_moves_and_tells_in_figures(server: Server, app: Engine, orders: Any) -> None:
    orders(GOOD)
    with app.begin() as conn:
        go_live(conn, server.settings.project)
        follow(conn, 2)
    state = nightly(NIGHT, DAY, return_state=True)
    assert state.name == "Completed", state.message
    run = state.state_details.flow_run_id
    assert server.client.read_flow_run(run).name == "night 2026-11-21 (sandbox)"
    assert {"import orders (2 of 3)", "segments (nobody)", "stages (4)"} <= set(runs_of(server, run))
    assert "| orders | landed | 3 | 2 | 0 | 1 |" in artifact(server, "gate-orders")
    assert "](/reports/gate-orders.html)" in artifact(server, "gate-orders")
    page = (server.settings.state / "reports" / "gate-orders.html").read_text(encoding="utf-8")
    assert "customer is missing" in page
    assert "anna" not in page, "whoever sees Prefect sees this page, and knows no member by it"
    summary = artifact(server, "night")
    assert "| orders | landed | 3 | 2 | 0 | 1 |" in summary
    assert "| orders | customer is missing | 1 |" in summary
    assert "| welcome | 2 | 2 |" in summary
    kept = [summary, artifact(server, "gate-orders"), server.client.read_flow_run(run).model_dump_json()]
    assert not [text for text in kept if "anna" in text or "ben" in text], (
        "a member's data stands in what Prefect keeps"
    )


def test_a_bad_batch_is_held_announced_and_let_go_by_a_person(server: Server, app: Engine, orders: Any) -> None:
    orders(SHORT)
    with app.begin() as conn:
        go_live(conn, server.settings.project)
    state = nightly(NIGHT, DAY, return_state=True)
    assert state.is_completed()
    assert state.name == "Held"
    assert "feed orders is held (number 1): 至少兩筆" in (state.message or "")
    assert "import orders (held)" in runs_of(server, state.state_details.flow_run_id)
    assert announced(server) == "feed orders"
    with app.begin() as conn:
        assert conn.execute(text("select count(*) from events where source = 'orders'")).scalar_one() == 0
    gone = release(Release(hold=1, who="小陳", why="週日休息，只有一筆"), NIGHT, return_state=True)
    assert gone.name == "Released", gone.message
    with app.begin() as conn:
        assert conn.execute(text("select count(*) from events where source = 'orders'")).scalar_one() == 1
        assert conn.execute(text("select released_by from holds")).scalar_one() == "小陳"


def announced(server: Server) -> str:
    """The resource's name in the event that the automation waits for."""
    import httpx

    asked = {"filter": {"event": {"name": ["journeys.held"]}}}
    for _ in range(100):
        answer = httpx.post(f"{server.url}/api/events/filter", json=asked, trust_env=False).json()
        if answer["events"]:
            return answer["events"][0]["resource"]["prefect.resource.name"]
        time.sleep(0.1)
    raise AssertionError("the event did not come")
