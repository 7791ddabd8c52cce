"""One night: import and gate each feed, refresh segments and stages, move, send, report; the order only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.send import send
from flows.tick import tick
from tasks import artifacts, holding, importing, refreshing, retaining, sending, stocking
from tasks.ground import ground
from tasks.naming import run_name
from tasks.nesting import inside


@flow(name="nightly", flow_run_name=run_name("night", "%Y-%m-%d"), persist_result=False)
def nightly(now: datetime | None = None, day: date | None = None) -> State[Any]:
    """每晚一次：匯入、檢查、分群、移動、送出、摘要。

    `now`: the business instant (aware); empty: what the business clock shows. `day`: the local day whose data is
    imported; empty: as each feed finds it.
    """
    on = ground(now)
    before = holding.held_numbers(on)
    imported = [importing.import_feed(on, feed, day) for feed in on.project.feeds]
    filled = [stocking.fill_coupons(on).state] if on.project.coupons else []
    segments = refreshing.refresh_segments(on, [done.state for done in imported])
    stages = refreshing.refresh_stages(on, [segments.state])
    personas = [refreshing.refresh_personas(on, [stages.state]).state] if on.project.personas else []
    # Each takes its own instant when none is given: other ticks go on while the night imports.
    moved = inside(tick, now=now, then_send=False)
    sent = inside(send, now=now)
    sending.reconcile(on)
    retaining.sweep(on)
    warned = artifacts.warnings(on, artifacts.night_summary(on))
    artifacts.experiments(on)
    states = [*(done.state for done in imported), *filled, segments.state, stages.state, *personas, moved, sent]
    return holding.ended(on, [*(state.message or "" for state in states), *warned], before, failed=states)
