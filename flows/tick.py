"""One tick: each live journey with anyone due or changed moves on, then what is due goes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow, tags
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.send import send
from flows.walk import Options, walk
from journey_engine import clock
from journey_engine.moving.superseding import Superseded
from journey_engine.moving.tick import MOST_HOPS, by_themselves, journeys_with_work
from journey_engine.planning import NothingApplied
from tasks import feeding, holding, sending
from tasks.ground import ground
from tasks.naming import run_name
from tasks.nesting import inside


@flow(name="tick", flow_run_name=run_name("tick"), persist_result=False)
def tick(now: datetime | None = None, then_send: bool = True, journeys: list[str] | None = None) -> State[Any]:
    """每分鐘一次：有人到期或有變化的旅程往前走，接著送出到期的訊息。 `journeys`: these alone; empty: all.
    `now`: the business instant (aware); empty: what the business clock shows. `then_send`: only if anyone moved.
    """
    try:
        on = ground(now)
    except NothingApplied as nothing:
        return Completed(name="Nothing applied", message=str(nothing))
    before = holding.held_numbers(on)
    states: dict[str, State[Any]] = {"(inbox)": feeding.take_inbox(on).state}
    for _ in range(MOST_HOPS):
        try:
            with on.engine.begin() as conn:
                due = journeys_with_work(conn, on.project, now or clock.now(conn), by_themselves(on.project, journeys))
        except Superseded:
            on = ground(now)
            continue
        names = [name for name in due if name not in states or states[name].is_completed()]  # rolled back: next tick
        for name in names:
            with tags("journey", f"journey:{name}"):
                states[name] = inside(walk, journey=name, now=now, options=Options())
        if not names:
            break
    if then_send and (len(states) > 1 or sending.waves_wait(on)):
        states["(send)"] = inside(send, now=now)
    return holding.ended(on, [state.message or "" for state in list(states.values())[1:]], before, states.values())
