"""A piece of work of milliseconds as a task run that is told of once, when it is over; it decides nothing of the work.

Prefect's engine tells its server of every task run three times (pending, running, ended), and what the server
does about it costs many times the step itself. Told here is the last of the three alone, with the times of both ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import uuid4

from prefect.client.schemas.objects import State, StateDetails, TaskRun, TaskRunResult
from prefect.context import FlowRunContext
from prefect.states import Completed, Failed
from prefect.utilities.engine import emit_task_run_state_change_event

from tasks.discreet import discreetly
from tasks.pieces import Done, Told, piece

T = TypeVar("T")


def noted(label: str, work: Callable[[], T], told: Callable[[T], Told], after: Iterable[State[Any]] = ()) -> Done[T]:
    """As `pieces.piece` does it, without retries and with no running state to look at; outside a flow it is one."""
    context = FlowRunContext.get()
    if context is None or context.flow_run is None:
        return piece(label, work, told, after)
    began = datetime.now(UTC)
    result: T | None = None
    name = label
    try:
        result = discreetly(work)
    except Exception as error:  # noqa: BLE001 (it is the state's; the caller raises it, or goes on)
        state: State[Any] = Failed(message=f"{type(error).__name__}: {error}", data=error)
    else:
        said = told(result)
        name = f"{label} ({said.count})" if said.count else label
        state = Completed(name=said.name, message=said.message or said.count)
    _tell(name, label, context.flow_run.id, began, state, after)
    return Done(result, state)


def _tell(name: str, key: str, flow_run: Any, began: Any, state: State[Any], after: Iterable[State[Any]]) -> None:
    """Not documented as an API, though the server makes a task run of any of its events; a test guards it."""
    before = [parent.state_details.task_run_id for parent in after]
    ended: Any = state.timestamp
    run = TaskRun(
        name=name,
        flow_run_id=flow_run,
        task_key=key,
        dynamic_key=uuid4().hex,
        task_inputs={"wait_for": [TaskRunResult(id=parent) for parent in before if parent is not None]},
        run_count=1,
        expected_start_time=began,
        start_time=began,
        end_time=ended,
        total_run_time=ended - began,
    )
    state.state_details = StateDetails(task_run_id=run.id, flow_run_id=flow_run)
    emit_task_run_state_change_event(run, None, state)
