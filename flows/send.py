"""What goes out, as a flow: calls, then messages, until none is due; when, and in which order, not whether."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from journey_engine.planning import NothingApplied
from tasks import calling, holding, sending
from tasks.ground import ground
from tasks.naming import run_name


@flow(name="send", flow_run_name=run_name("send"), persist_result=False)
def send(now: datetime | None = None) -> State[Any]:
    """先呼叫外部系統，再把到期的訊息送出，直到沒有為止。

    `now`: the business instant (aware); empty: what the business clock shows.
    """
    try:
        on = ground(now)
    except NothingApplied as nothing:
        return Completed(name="Nothing applied", message=str(nothing))
    before = holding.held_numbers(on)
    made = [calling.call(on).state] if on.project.policy.endpoints else []
    judged = [sending.judge_waves(on).state] if on.project.policy.gate.intents else []
    states = [*made, *judged, sending.send(on).state]
    return holding.ended(on, [state.message or "" for state in states], before, failed=states)
