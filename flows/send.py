"""The sender as a flow: what is due goes out until nothing is; when, and in which order, not whether."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed

from journey_engine.planning import NothingApplied
from tasks import holding, sending
from tasks.ground import ground
from tasks.naming import run_name


@flow(name="send", flow_run_name=run_name("send"), persist_result=False)
def send(now: datetime | None = None) -> State[Any]:
    """把到期的訊息送出，直到沒有為止。`now`: the business instant (aware); empty: what the business clock shows."""
    try:
        on = ground(now)
    except NothingApplied as nothing:
        return Completed(name="Nothing applied", message=str(nothing))
    before = holding.held_numbers(on)
    sent = sending.send(on)
    return holding.ended(on, [sent.state.message or ""], before, failed=[sent.state])
