"""A share of another worker's large pass, as a flow of its own: called by that pass, never on a schedule."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from tasks import sharing
from tasks.ground import ground


@flow(name="share", flow_run_name="{journey}: a share", persist_result=False)
def share(journey: str, run: int, now: datetime) -> State[Any]:
    """人數很多時，其他工作者一起走同一個旅程：這裡走還沒有人走的部分。

    `run`: the number of the pass's row in `runs`. `now`: that pass's business instant (aware).
    """
    return sharing.help_out(ground(now), journey, run)
