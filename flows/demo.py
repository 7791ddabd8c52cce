"""The demo's fourteen nights in one process: the same flows, on the simulated clock; `journeys demo` starts it."""

from __future__ import annotations

import os
import sys

from prefect.context import SyncClientContext, refresh_global_settings_context
from prefect.settings import PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings

from flows.nightly import nightly
from flows.send import send
from flows.tick import tick
from journey_engine.demo.script import Scene
from tasks.nesting import inside
from tasks.playing import Stage, made_ready


def play(scene: Scene, stage: Stage) -> None:
    """One scene: the flows that production runs at such a time."""
    if scene.kind == "eve":
        stage.open(scene.at)
    if scene.kind == "look":
        inside(tick, now=scene.at, then_send=False, journeys=None)
        inside(send, now=scene.at)
    else:
        inside(nightly, now=scene.at, day=None)


def main() -> None:
    """Play what is not done yet, with the clock and the friends brought up to each scene; print a block a night.
    Standard input says where Prefect's server is once that is up; until then friends and gate are made ready."""
    people = made_ready()
    url = sys.stdin.readline().strip()
    if not url:
        sys.exit("The services did not start.")
    os.environ["PREFECT_API_URL"] = f"{url}/api"
    refresh_global_settings_context()
    # Each flow run joins its heartbeat's thread for a second; scheduled runs keep it, for zombies. One client serves.
    with temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}), SyncClientContext.get_or_create():
        stage = Stage(people)
        for scene in stage.left():
            stage.advance(scene)
            play(scene, stage)
            stage.done(scene)


if __name__ == "__main__":
    main()
