"""What Prefect's page says of each journey as applied, and of the plan that made it so; it deploys nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from journey_engine import planning
from journey_engine.language.journey import Journey, Status
from journey_engine.language.words import Words
from tasks import artifacts
from tasks.ground import Ground

_STATUS: dict[Status, Words] = {
    "draft": Words("草稿：沒有人會進入", "draft: nobody enters"),
    "live": Words("進行中", "live"),
    "paused": Words("暫停中：不進入也不前進", "paused: nobody enters, nobody goes on"),
    "retired": Words("已退役：裡面的人走完為止", "retired: those inside go on to the end"),
}


@dataclass(frozen=True, slots=True)
class Described:
    """One journey's deployment: its name, and what stands beside it."""

    name: str
    description: str
    tags: tuple[str, ...]
    version: str


def described(on: Ground) -> list[Described]:
    """All journeys as applied, with their versions."""
    with on.engine.begin() as conn:
        versions = planning.live_versions(conn, "journey")
    return [_described(journey, versions[name]) for name, journey in on.project.journeys.items()]


def _described(journey: Journey, version: int) -> Described:
    title = f"{journey.title}（{journey.owner}）" if journey.owner else journey.title
    status = _STATUS[journey.status]
    stage = [journey.stage] if journey.stage else []
    tags = ("journey", f"journey:{journey.journey}", journey.status, *stage)
    return Described(journey.journey, f"{title}\n\n{status.zh} {status.en} · v{version}", tags, f"v{version}")


def show_plan(on: Ground) -> str:
    """The artifact `plan`: what was applied last, by whom and when; returns a line on it."""
    with on.engine.begin() as conn:
        done = planning.history(conn)
    if not done:
        return "Nothing was applied yet."
    last = done[0]
    head = f"{last.number} · {last.now:%Y-%m-%d %H:%M} UTC · {last.by}"
    artifacts.page("plan", _page(head, last.words), "上次套用的計畫 The plan applied last")
    return f"Plan: application {last.number} by {last.by}."


def _page(head: str, words: Iterable[str]) -> str:
    # A fence that no line of a plan can close.
    return "\n".join((f"### {head}", "", "````text", *words, "````"))
