"""Makes the run of a flow at Prefect's server, named, running and in its place, in few requests; it runs nothing."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from prefect import Flow, Task
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import FlowRunCreate
from prefect.client.schemas.objects import FlowRun, FlowRunPolicy
from prefect.context import FlowRunContext, TagsContext
from prefect.results import ResultStore
from prefect.states import Running, to_state_create

_KEPT = 64
_FLOWS: dict[tuple[UUID, str], UUID] = {}  # the server's ids of flows, by the run in which they run and their name


def begin(client: SyncPrefectClient, flow: Flow[..., Any], parameters: dict[str, Any]) -> FlowRun:
    """The run; and under the one that runs now the task run that stands for it in the graph."""
    around = FlowRunContext.get()
    outer = around.flow_run if around is not None else None
    name = _name(flow, parameters, around or _nobody(client, flow))
    began, tags = Running(), TagsContext.get().current_tags
    stands_for: UUID | None = None
    if outer is not None:
        task: Any = Task(fn=flow.fn, name=flow.name)
        stands_for = client.create_task_run(task, outer.id, uuid4().hex, name=name, extra_tags=tags, state=began).id
    made = FlowRunCreate(
        flow_id=_flow_id(client, flow, outer),
        flow_version=flow.version,
        name=name,
        parameters=flow.serialize_parameters(parameters),
        tags=list(tags),
        parent_task_run_id=stands_for,
        state=to_state_create(began),
        empirical_policy=FlowRunPolicy(retries=flow.retries, retry_delay=int(flow.retry_delay_seconds or 0)),
    )
    answer = client.request("POST", "/flow_runs/", json=made.model_dump(mode="json", exclude_unset=True))
    return FlowRun.model_validate(answer.json())


def _flow_id(client: SyncPrefectClient, flow: Flow[..., Any], outer: FlowRun | None) -> UUID:
    """Asked for once in a run: a tick is many runs of one flow."""
    if outer is None:
        return client.create_flow(flow)
    key = outer.id, flow.name
    if key not in _FLOWS:
        if len(_FLOWS) >= _KEPT:
            _FLOWS.clear()
        _FLOWS[key] = client.create_flow(flow)
    return _FLOWS[key]


def _name(flow: Flow[..., Any], parameters: dict[str, Any], around: FlowRunContext) -> str:
    said = flow.flow_run_name
    if callable(said):
        with around.model_copy(update={"parameters": parameters}):
            return said()
    return (said or flow.name).format(**parameters)


def _nobody(client: SyncPrefectClient, flow: Flow[..., Any]) -> FlowRunContext:
    """What a name is made from where no run is around."""
    return FlowRunContext(
        flow=flow,
        flow_run=FlowRun(flow_id=uuid4()),
        client=client,
        task_runner=flow.task_runner,
        parameters={},
        result_store=ResultStore(),
    )
