"""A tick as Prefect shows it: a subflow per journey, a task run per step with its count, arrows, map, and bad ends."""

from __future__ import annotations

import time
from typing import Any

import pytest
from prefect.client.schemas.filters import FlowRunFilter
from sqlalchemy import Engine, text

from flows.tick import tick
from flows.walk import Options, walk
from tests.flows.conftest import Server
from tests.flows.world import NOON, follow, go_live

pytestmark = pytest.mark.slow


def runs_of(server: Server, parent: Any) -> dict[str, Any]:
    """The task runs of a flow run by name, once all of them have arrived at the server.

    It writes them down in batches, once a second (prefect.toml): when nothing new came for longer, all have ended.
    """
    wanted = FlowRunFilter.model_validate({"id": {"any_": [parent]}})
    runs: list[Any] = []
    before: list[Any] | None = None
    for _ in range(20):
        runs = server.client.read_task_runs(flow_run_filter=wanted)
        states = sorted((str(run.id), run.state_name) for run in runs)
        if states == before and all(run.state and run.state.is_final() for run in runs):
            break
        before = states
        time.sleep(2.5)
    return {run.name: run for run in runs}


def subflows(server: Server, parent: Any) -> dict[str, Any]:
    found = server.client.read_flow_runs(
        flow_run_filter=FlowRunFilter.model_validate({"parent_flow_run_id": {"any_": [parent]}})
    )
    return {run.name: run for run in found}


def test_each_step_is_a_task_run_with_its_count_and_the_map_shows_it(server: Server, app: Engine) -> None:
    with app.begin() as conn:
        go_live(conn, server.settings.project)
        follow(conn, 3)
    state = tick(NOON, then_send=False, journeys=["welcome"], return_state=True)
    assert state.name == "Completed"
    tick_run = state.state_details.flow_run_id
    assert server.client.read_flow_run(tick_run).name == "tick 2026-11-20 12:00 (sandbox)"
    journeys = subflows(server, tick_run)
    assert list(journeys) == ["welcome"]
    assert {"journey", "journey:welcome"} <= set(journeys["welcome"].tags)
    steps = runs_of(server, journeys["welcome"].id)
    assert {"enter (3)", "say_hello (3)", "interested (3 wait)", "nudge (nobody)", "thank (nobody)"} <= set(steps)
    arrow = steps["interested (3 wait)"].task_inputs["wait_for"]
    assert [run.id for run in arrow] == [steps["say_hello (3)"].id]
    shown = server.client.read_artifacts(artifact_filter=_map_of(journeys["welcome"].id))[0].data
    assert '["<b>say_hello</b><br/>send hello<br/>3"]' in shown
    assert "等候 3" in shown
    with app.begin() as conn:
        assert conn.execute(text("select count(*) from intents")).scalar_one() == 3
    idle = tick(NOON, return_state=True)
    assert idle.name == "Completed"
    assert subflows(server, idle.state_details.flow_run_id) == {}
    mistaken = tick(NOON, journeys=["wellcome"], return_state=True)
    assert mistaken.is_failed()
    assert "No journey is called wellcome" in (mistaken.message or "")


def test_a_dry_run_shows_its_counts_and_changes_nothing(server: Server, app: Engine) -> None:
    with app.begin() as conn:
        go_live(conn, server.settings.project)
        follow(conn, 2)
    state = walk("welcome", NOON, Options(dry_run=True), return_state=True)
    assert state.name == "Dry run"
    assert "say_hello (2)" in runs_of(server, state.state_details.flow_run_id)
    with app.begin() as conn:
        for table in ("enrolments", "intents", "waiting", "runs", "moves"):
            assert conn.execute(text(f"select count(*) from {table}")).scalar_one() == 0, table


def test_a_chunk_that_fails_is_rolled_back_and_says_so(server: Server, app: Engine) -> None:
    with app.begin() as conn:
        go_live(conn, server.settings.project)
        follow(conn, 2)
        conn.execute(text(f"alter database \"{app.url.database}\" set lock_timeout = '200ms'"))
    with app.begin() as blocker:
        blocker.execute(text("lock table intents in access exclusive mode"))
        state = walk("welcome", NOON, return_state=True)
    assert state.is_failed()
    assert state.name == "Rolled back"
    assert "The chunk that failed changed nothing." in (state.message or "")
    with app.begin() as conn:
        assert conn.execute(text("select count(*) from enrolments")).scalar_one() == 0
    again = walk("welcome", NOON, return_state=True)
    assert again.is_completed()


def test_before_anything_is_applied_a_tick_is_no_failure(server: Server, app: Engine) -> None:
    state = tick(return_state=True)
    assert state.is_completed()
    assert state.name == "Nothing applied"


def _map_of(run: object) -> Any:
    """The artifact of this run alone: other tests of the session leave maps of journeys of that name."""
    from prefect.client.schemas.filters import ArtifactFilter

    return ArtifactFilter.model_validate({"key": {"any_": ["welcome-map"]}, "flow_run_id": {"any_": [str(run)]}})
