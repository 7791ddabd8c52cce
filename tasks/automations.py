"""What Prefect does by itself when something is held or a run died silently; made once, brought up to date after."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from prefect.automations import Automation
from prefect.blocks.notifications import CustomWebhookNotificationBlock, SlackWebhook
from prefect.client.schemas.objects import StateType
from prefect.events.actions import ChangeFlowRunState, DoNothing, SendNotification
from prefect.events.schemas.automations import EventTrigger, Posture
from pydantic import SecretStr

from tasks.holding import EVENT

# A webhook or Slack address; without one the automation stands in Prefect's page and tells nobody.
NOTIFY = "JOURNEYS_NOTIFY_URL"
_ENDS = ("Completed", "Failed", "Cancelled", "Crashed", "Paused", "Suspended")


def register() -> list[str]:
    """Make or update both automations; returns a line on each."""
    held = EventTrigger(expect={EVENT}, match={"prefect.resource.id": "journeys.hold.*"}, posture=Posture.Reactive,
                        threshold=1, within=timedelta(0))  # fmt: skip
    url = os.environ.get(NOTIFY, "")
    _put("held", "攔下待放行：通知 Held work: tell someone", held, [_notification(url) if url else DoNothing()])
    # Prefect's own recipe: three heartbeats (flows.heartbeat_frequency in prefect.toml) missed, and no end heard of.
    silent = EventTrigger(
        after={"prefect.flow-run.heartbeat"},
        expect={"prefect.flow-run.heartbeat", *(f"prefect.flow-run.{end}" for end in _ENDS)},
        match={"prefect.resource.id": "prefect.flow-run.*"},
        for_each={"prefect.resource.id"},
        posture=Posture.Proactive,
        threshold=1,
        within=timedelta(seconds=90),
    )
    # Not forced: of a run that was scheduled less than five minutes ahead Prefect hears the heartbeat, yet holds its
    # end back for a predecessor that never comes. Unforced, a run that has ended stays as it ended.
    gone = "No heartbeat for 90 seconds: its process is gone."
    crashed = ChangeFlowRunState(name="Crashed", state=StateType.CRASHED, message=gone, force=False)
    _put("zombies", "無心跳的執行標為當機 Runs without a heartbeat are crashed", silent, [crashed])
    return [f"Held work {'is told to ' + NOTIFY if url else f'tells nobody: {NOTIFY} is not set'}."]


def _put(name: str, description: str, trigger: EventTrigger, actions: list[Any]) -> None:
    full = f"journeys: {name}"
    wanted = Automation(name=full, description=description, trigger=trigger, actions=actions)
    try:
        known: Any = Automation.read(name=full)
    except ValueError:  # Prefect's answer where there is none of that name
        wanted.create()
        return
    wanted.id = known.id
    wanted.update()


def _notification(url: str) -> SendNotification:
    webhook: Any = CustomWebhookNotificationBlock
    said = {"subject": "{{subject}}", "body": "{{body}}"}
    slack = "hooks.slack.com" in url
    block: Any = SlackWebhook(url=SecretStr(url)) if slack else webhook(name="journeys", url=url, json_data=said)
    saved: Any = block.save("journeys-held", overwrite=True)
    body = "{{ event.resource.name }} 被攔下：{{ event.payload.reason }} {{ event.payload.cure }}"
    return SendNotification(block_document_id=saved, subject="LINE Journeys：攔下待放行", body=body)
