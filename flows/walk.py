"""One journey's pass as a flow of its own: a part of every tick, and what a marketer runs by hand, or dry."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from pydantic import BaseModel, Field

from tasks import walking
from tasks.ground import ground


class Options(BaseModel):
    """怎麼跑這一次。"""

    dry_run: bool = Field(default=False, title="試跑 Dry run", description="只看會移動幾人，什麼都不寫入")


@flow(name="journey", flow_run_name="{journey}", persist_result=False)
def walk(journey: str, now: datetime | None = None, options: Options = Options()) -> State[Any]:  # noqa: B008
    """一個旅程往前走一次：離開、進入、逐步前進。

    `now`: the business instant (aware); empty: what the business clock shows.
    """
    return walking.walk(ground(now), journey, dry=options.dry_run)
