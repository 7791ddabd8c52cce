"""The whole way of a scheduled run on a real server: deployed, scheduled by itself, run by the worker, with counts."""

from __future__ import annotations

import gc
import io
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import timedelta
from typing import Any

import pytest
from prefect.client.schemas.filters import ArtifactFilter, FlowRunFilter
from prefect.states import Crashed
from sqlalchemy import Engine, text

from flows import deploy
from flows.tick import tick
from journey_engine import clock
from journey_engine.running import stack
from tests.flows.conftest import Server
from tests.flows.world import follow, go_live

pytestmark = pytest.mark.slow


def eventually(what: Callable[[], Any], seconds: float) -> Any:
    """What `what` finds, asked again until it finds something."""
    end = time.monotonic() + seconds
    while not (found := what()):
        assert time.monotonic() < end, "nothing came of it in time"
        time.sleep(0.3)
    return found


def test_a_scheduled_tick_is_run_by_the_worker_and_its_task_runs_carry_counts(server: Server, app: Engine) -> None:
    client = server.client
    with app.begin() as conn:
        now = clock.now(conn)
        go_live(conn, server.settings.project, now)
        follow(conn, 4, now)
    said: list[str] = []
    stack.deploy(server.settings, said.append)
    assert said[0] == "Scheduled flows: deployed."
    deployed = {found.name: found for found in client.read_deployments()}
    assert {"nightly", "tick", "send", "release", "welcome"} <= set(deployed)
    assert deployed["welcome"].schedules == []
    assert deployed["welcome"].version == "v1"
    assert {"journey", "journey:welcome", "live"} <= set(deployed["welcome"].tags)
    assert "進行中 live · v1" in deployed["welcome"].description
    assert "Plan: application 1 by a test." in said
    assert "+  journey welcome" in plan_shown(client)
    assert deployed["welcome"].parameter_openapi_schema["properties"]["journey"]["readOnly"] is True
    assert [each.schedule.cron for each in deployed["nightly"].schedules] == ["15 3 * * *"]
    soon(server)
    try:
        stack.start_worker(server.settings, said.append)
        run = eventually(lambda: finished(client), 75)
    finally:
        stack.process(server.settings, stack.WORKER).stop()
    assert run.auto_scheduled
    with app.begin() as conn:
        assert conn.execute(text("select count(*) from enrolments")).scalar_one() == 4
    assert eventually(lambda: [task for task in client.read_task_runs() if task.name == "say_hello (4)"], 10)
    waiting = FlowRunFilter.model_validate({"state": {"type": {"any_": ["SCHEDULED"]}}})
    names = {found.deployment_id for found in client.read_flow_runs(flow_run_filter=waiting)}
    assert {deployed["nightly"].id, deployed["tick"].id} <= names
    deployed_again_without_the_journey(server, app)


def plan_shown(client: Any) -> str:
    """The plan that Prefect's page shows."""
    wanted = ArtifactFilter.model_validate({"key": {"any_": ["plan"]}})
    return str(client.read_artifacts(artifact_filter=wanted)[0].data)


def deployed_again_without_the_journey(server: Server, app: Engine) -> None:
    """In this process, which has imported Prefect already; a process that only deploys hears no warnings."""
    with app.begin() as conn:
        conn.execute(text("update definitions set replaced_at = now() where kind = 'journey'"))
    with redirect_stdout(io.StringIO()) as told, warnings.catch_warnings(action="ignore"):
        deploy.main()
        gc.collect()  # the client that showed the plan: Prefect leaves it open
    said = told.getvalue().splitlines()
    assert said[0] == "Scheduled flows: unchanged."
    assert "Journeys: 0 to run by hand, 1 removed whose file is gone." in said
    assert "welcome" not in {found.name for found in server.client.read_deployments()}
    automations = {found.name: found for found in server.client.read_automations()}
    assert sorted(automations) == ["journeys: held", "journeys: zombies"]
    what_zombies_do_to_a_run_that_has_ended(server, automations["journeys: zombies"].actions[0])


def what_zombies_do_to_a_run_that_has_ended(server: Server, action: Any) -> None:
    """The automation may miss a run's end (Prefect holds such events back); it must not make a crash of it."""
    run = finished(server.client)
    answer = server.client.set_flow_run_state(run.id, Crashed(message=action.message), force=action.force)
    assert answer.status.value == "ABORT"
    assert server.client.read_flow_run(run.id).state.name == run.state.name


def soon(server: Server) -> None:
    """The product's own tick on a schedule of seconds, one at a time: the test does not sit through a minute.

    What else falls due meanwhile stays scheduled: each run is a process that first imports all there is.
    """
    stored: Any = tick.from_source(source=str(server.settings.project), entrypoint="flows/tick.py:tick")
    made = stored.to_deployment(name="soon", interval=timedelta(seconds=10), concurrency_limit=1)
    made.work_pool_name = stack.POOL
    made.work_queue_name = "soon"
    others = server.client.read_work_queue_by_name("default", work_pool_name=stack.POOL)
    server.client.update_work_queue(others.id, is_paused=True)
    made.apply()


def finished(client: Any) -> Any:
    wanted = FlowRunFilter.model_validate(
        {"name": {"like_": "tick "}, "state": {"type": {"any_": ["COMPLETED", "FAILED", "CRASHED"]}}}
    )
    runs = client.read_flow_runs(flow_run_filter=wanted)
    own = [run for run in runs if run.auto_scheduled]
    assert all(run.state.name == "Completed" for run in own), [run.state.message for run in own]
    return own[0] if own else None
