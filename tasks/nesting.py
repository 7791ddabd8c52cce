"""A run of a flow begun by another one's run, or by nobody, told of in few requests; how it runs stays Prefect's.

Prefect's engine asks first whether such a run is there already, which flow it is of, and what became of the run it has
just made; it makes the run without its name and its state, and tells of these one by one. For each change of state its
server does what costs many times the request.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from prefect import Flow
from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.objects import FlowRun, State
from prefect.flow_engine import FlowRunEngine

from tasks.beginning import begin

if TYPE_CHECKING:
    _Engine = FlowRunEngine[Any, Any]
else:
    _Engine = FlowRunEngine


class _Knowing(SyncPrefectClient):
    """The same client, which need not ask for the run it has made a moment ago."""

    def __init__(self, client: SyncPrefectClient, made: FlowRun) -> None:
        vars(self).update(vars(client))
        self._made: FlowRun | None = made

    def read_flow_run(self, flow_run_id: UUID) -> FlowRun:
        """As the server told it when it was made; asked again, as it stands there."""
        made, self._made = self._made, None
        return made if made is not None and made.id == flow_run_id else super().read_flow_run(flow_run_id)


class _Begun(_Engine):
    """Begins a run with its name and as running; the rest is the engine's own."""

    def create_flow_run(self, client: SyncPrefectClient) -> FlowRun:
        """As `begin` makes it."""
        made = begin(client, self.flow, self.parameters or {})
        self._flow_run_name_set = True
        self._client = _Knowing(client, made)
        return made

    def begin_run(self) -> State[Any]:
        """It runs already."""
        return self.state


def inside(flow: Flow[..., State[Any]], **parameters: Any) -> State[Any]:
    """The state in which a run of `flow` with all its `parameters` ends, inside the run that calls; it never raises.

    Where no run calls, it is one by itself.
    """
    engine = _Begun(flow=flow, parameters=parameters)
    with engine.start():
        while engine.is_running():
            with engine.run_context():
                engine.call_flow_fn()
    return engine.state
