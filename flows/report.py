"""Reports, each Monday and each quarter: pages of journeys or the business review; when, not what they say."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed, Failed

from tasks import reporting
from tasks.ground import ground
from tasks.naming import run_name


@flow(name="report", flow_run_name=run_name("report", "%Y-%m-%d"), persist_result=False)
def report(
    of: Literal["journeys", "quarter"] = "journeys", quarter: str | None = None, now: datetime | None = None
) -> State[Any]:
    """產生報表：每個旅程一頁，或一季的會員經營回顧。

    `of`: `journeys` or `quarter`. `quarter`: such as 2017Q4, a month or a year; empty: the last quarter that is over.
    `now`: the business instant (aware); empty: what the business clock shows.
    """
    on = ground(now)
    if of == "quarter":
        done = [reporting.quarter(on, quarter or None)]
    else:
        done = [reporting.journey(on, name) for name in on.project.journeys]
    states = [each.state for each in done]
    said = "\n".join(state.message or state.name or "" for state in states) or "No journey is live."
    return Completed(message=said) if all(state.is_completed() for state in states) else Failed(message=said)
