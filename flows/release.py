"""Lets held work go, in a person's name and for a reason, from a form; what becomes of it is the engine's."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State
from prefect.states import Completed
from pydantic import BaseModel, Field

from journey_engine.data.release import release as let_go
from tasks.ground import ground


class Release(BaseModel):
    """放行一件被攔下的工作。"""

    hold: int = Field(title="編號 Number", description="攔下項目的編號，寫在「夜間摘要」與該次執行的訊息裡", ge=1)
    who: str = Field(title="放行人 Who", description="您的姓名", min_length=1)
    why: str = Field(title="原因 Why", description="為什麼可以放行", min_length=1)


@flow(name="release", flow_run_name="release {form.hold}", persist_result=False)
def release(form: Release, now: datetime | None = None) -> State[Any]:
    """放行攔下的資料或頻道：說明是誰、為什麼。"""
    on = ground(now)
    with on.engine.begin() as conn:
        released = let_go(conn, form.hold, form.who, form.why, on.now)
    landed = "; ".join(str(report) for _, report in released if report)
    return Completed(name="Released", message=f"{form.who} released hold {form.hold}: {form.why}. {landed}".rstrip())
