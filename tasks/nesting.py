"""A flow inside another one's run, told of in five requests instead of nine; how the inner flow runs stays Prefect's.

Prefect's engine asks first whether such a run is there already, creates the inner run without its name and its state,
and tells of these one by one; its server does for each change of state what costs many times the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import uuid4

from prefect import Flow, Task
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.context import FlowRunContext, TagsContext
from prefect.flow_engine import FlowRunEngine
from prefect.states import Running

if TYPE_CHECKING:
    _Engine = FlowRunEngine[Any, Any]
else:
    _Engine = FlowRunEngine


class _Inner(_Engine):
    """Begins a run under the one that runs now with its name and as running; the rest is the engine's own."""

    def create_flow_run(self, client: SyncPrefectClient) -> FlowRun:
        """The run, and the task run that stands for it in the graph of the outer one."""
        outer = FlowRunContext.get()
        assert outer is not None
        assert outer.flow_run is not None
        name = _name(self.flow, self.parameters or {}, outer)
        self._flow_run_name_set = True
        stands_for: Any = Task(fn=self.flow.fn, name=self.flow.name)
        began, tags = Running(), TagsContext.get().current_tags
        task_run = client.create_task_run(
            stands_for, outer.flow_run.id, uuid4().hex, name=name, extra_tags=tags, state=began
        )
        given = self.flow.serialize_parameters(self.parameters or {})
        return client.create_flow_run(self.flow, name, given, tags=tags, parent_task_run_id=task_run.id, state=began)

    def begin_run(self) -> State[Any]:
        """It runs already."""
        return self.state


def _name(flow: Flow[..., Any], parameters: dict[str, Any], outer: FlowRunContext) -> str:
    said = flow.flow_run_name
    if callable(said):
        with outer.model_copy(update={"parameters": parameters}):
            return said()
    return (said or flow.name).format(**parameters)


def inside(flow: Flow[..., State[Any]], **parameters: Any) -> State[Any]:
    """The state in which a run of `flow` with all its `parameters` ends, inside the run that calls; it never raises."""
    engine = _Inner(flow=flow, parameters=parameters)
    with engine.start():
        while engine.is_running():
            with engine.run_context():
                engine.call_flow_fn()
    return engine.state
