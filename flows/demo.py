"""The demo's fourteen nights in one process: the same flows, on the simulated clock; `journeys demo` starts it."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta

from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows.nightly import nightly
from flows.send import send
from flows.tick import tick
from journey_engine.demo.progress import Progress
from journey_engine.demo.script import Scene, scenes
from tasks.playing import Stage


def play(scene: Scene, stage: Stage) -> None:
    """One scene: the clock, what friends did until then, and the flows that production runs at such a time."""
    if scene.kind == "eve":
        stage.open(scene.at)
    if scene.kind == "look":
        tick(scene.at, then_send=False, return_state=True)
        send(scene.at, return_state=True)
    else:
        nightly(scene.at, return_state=True)


def main() -> None:
    """Play what is not done yet, and print a block a night."""
    stage = Stage()
    progress = Progress.of(stage.settings)
    since: datetime | None = progress.until
    acts: Counter[str] = Counter()
    began = time.monotonic()
    everything = list(scenes())
    for scene in everything:
        if progress.has(scene):
            continue
        acts += Counter(stage.advance(scene))
        play(scene, stage)
        block = None
        if scene.kind == "eve" or scene.is_last_of_night:
            block = stage.told(scene, since or scene.at - timedelta(days=1), acts, time.monotonic() - began)
            since, acts, began = scene.at, Counter(), time.monotonic()
        progress.done(scene, block, finished=scene == everything[-1])


if __name__ == "__main__":
    # Each flow run joins its heartbeat's thread for a second; scheduled runs keep it, for zombies.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}):
        main()
