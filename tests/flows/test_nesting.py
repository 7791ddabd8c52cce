"""A run inside another's: under it in the graph, with its name, and its failure is its own."""

from __future__ import annotations

from typing import Any

from prefect import flow
from prefect.client.schemas.filters import FlowRunFilter
from prefect.client.schemas.objects import State
from prefect.states import Completed

from tasks.nesting import inside
from tests.flows.conftest import Server


@flow(name="inner", flow_run_name="inner {number}", persist_result=False)
def inner(number: int) -> State[Any]:
    if number == 2:
        raise ValueError("two is too many")
    return Completed(name="Odd", message=f"{number} is fine")


@flow(name="outer", persist_result=False)
def outer() -> State[Any]:
    ended = [inside(inner, number=number) for number in (1, 2, 3)]
    return Completed(message="; ".join(f"{state.name}: {state.message}" for state in ended))


def test_inner_runs_stand_under_the_outer_one_and_what_one_raises_is_its_own(server: Server) -> None:
    state: Any = outer(return_state=True)
    assert state.is_completed()
    assert "Odd: 1 is fine; Failed:" in state.message
    assert "two is too many; Odd: 3 is fine" in state.message
    run = {"id": {"any_": [state.state_details.flow_run_id]}}
    within = {"parent_flow_run_id": {"any_": [state.state_details.flow_run_id]}}
    shown = server.client.read_task_runs(flow_run_filter=FlowRunFilter.model_validate(run))
    ended = server.client.read_flow_runs(flow_run_filter=FlowRunFilter.model_validate(within))
    expected = [("inner 1", "Odd"), ("inner 2", "Failed"), ("inner 3", "Odd")]
    assert sorted((one.name, one.state_name) for one in ended) == expected
    assert sorted((one.name, one.state_name) for one in shown) == expected
    assert {one.state.state_details.child_flow_run_id for one in shown} == {one.id for one in ended}
    assert all(one.start_time and one.end_time and one.parameters for one in ended)
