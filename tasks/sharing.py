"""Large passes shared among the workers of the pool: as many are called as serve it beside this one; none is awaited.

Whoever is called walks what nobody else does by then; who cannot be called costs only time, and is told in the log.
"""

from __future__ import annotations

from typing import Any

from httpx import HTTPError
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.exceptions import PrefectException
from prefect.logging import get_run_logger
from prefect.states import Completed

from journey_engine.moving.passing import help_pass
from journey_engine.moving.sharing import Sharing
from tasks.ground import Ground
from tasks.pieces import people

_DEPLOYMENT = "share/share"


def shared(on: Ground) -> Sharing:
    """How a pass at this run's instant is shared."""

    def call(journey: str, run: int) -> None:
        try:
            called = call_others({"journey": journey, "run": run, "now": on.now.isoformat()})
        except (HTTPError, OSError, PrefectException) as error:  # the pass needs nobody
            get_run_logger().warning("No other worker could be called: %s", type(error).__name__)
        else:
            get_run_logger().info("%s is shared with %d other workers.", journey, called)

    return Sharing(call)


def call_others(parameters: dict[str, Any]) -> int:
    """Start a run on each other worker that serves the pool; how many there are."""
    from tasks.deploying import POOL  # with all that deploys: a tick seldom needs it

    with get_client(sync_client=True) as client:
        workers = client.read_workers_for_work_pool(POOL)
        others = sum(worker.status.value == "ONLINE" for worker in workers) - 1
        if others > 0:
            deployment = client.read_deployment_by_name(_DEPLOYMENT)
            for _ in range(others):
                client.create_flow_run_from_deployment(deployment.id, parameters=parameters)
    return max(0, others)


def help_out(on: Ground, journey: str, run: int) -> State[Any]:
    """Walk what is open of another worker's pass."""
    if journey not in on.project.journeys:
        return Completed(name="Gone", message=f"{journey} was taken away meanwhile.")
    report = help_pass(on.engine, on.project, journey, on.now, run)
    return Completed(message=f"{people(report.entered + report.waiting)} of {report.members:,} walked here")
