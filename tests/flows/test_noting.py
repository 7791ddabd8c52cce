"""A step is told of once, when it is over: with its count and its arrows, or with what went wrong."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest
from prefect.context import FlowRunContext

from tasks import noting
from tasks.noting import noted
from tasks.pieces import Done, Told


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What the server would be told: the task run and its state, of a flow that runs."""
    events: list[Any] = []
    within = SimpleNamespace(flow_run=SimpleNamespace(id=uuid4()), flow=SimpleNamespace(isasync=False))
    monkeypatch.setattr(FlowRunContext, "get", classmethod(lambda _: within))
    monkeypatch.setattr(noting, "emit_task_run_state_change_event", lambda run, _, state: events.append((run, state)))
    return events


def counted(count: int) -> Told:
    return Told(f"{count:,}", "all of them")


def test_what_went_well_is_named_with_its_count_and_points_to_what_came_before(heard: list[Any]) -> None:
    first = noted("enter", lambda: 1204, counted)
    second: Done[int] = noted("say_hello", lambda: 0, lambda _: Told("nobody"), [first.state])

    assert (first.or_raise(), second.or_raise()) == (1204, 0)
    (enter, entered), (hello, greeted) = heard
    assert [enter.name, hello.name] == ["enter (1,204)", "say_hello (nobody)"]
    assert [entered.message, greeted.message] == ["all of them", "nobody"]
    assert [each.id for each in hello.task_inputs["wait_for"]] == [enter.id]
    assert isinstance(entered.state_details.task_run_id, UUID)
    assert enter.start_time <= enter.end_time == entered.timestamp
    assert enter.flow_run_id == hello.flow_run_id == entered.state_details.flow_run_id
    assert enter.dynamic_key != hello.dynamic_key


def test_what_went_wrong_is_failed_and_is_raised_by_whoever_asks_for_its_result(heard: list[Any]) -> None:
    done: Done[int] = noted("settle", lambda: 1 // 0, counted)

    ((run, state),) = heard
    assert (run.name, state.is_failed(), state.message) == (
        "settle",
        True,
        "ZeroDivisionError: integer division or modulo by zero",
    )
    with pytest.raises(ZeroDivisionError):
        done.or_raise()
