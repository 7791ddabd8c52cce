"""Tells Prefect of everything there is to run, as a process of its own: `python -m flows.deploy`; it runs nothing."""

from __future__ import annotations

from pathlib import Path

from flows.walk import walk
from journey_engine.planning import NothingApplied
from tasks import automations, deploying
from tasks.credentials import LineCredentials
from tasks.describing import described, show_plan
from tasks.ground import ground

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    """Pool, scheduled flows, a deployment per journey, block and automations; saying what changed, safe to repeat."""
    deploying.ensure_pool()
    with deploying.scheduled(ROOT) as changed:
        print("Scheduled flows: deployed." if changed else "Scheduled flows: unchanged.")
        try:
            on = ground()
            journeys = described(on)
            print(show_plan(on))
        except NothingApplied:
            journeys = []
        removed = deploying.deploy_journeys(walk, "flows/walk.py:walk", ROOT, journeys)
        gone = f", {removed} removed whose file is gone." if removed else "."
        print(f"Journeys: {len(journeys)} to run by hand{gone}")
        LineCredentials.register_type_and_schema()
        for line in automations.register():
            print(line)


if __name__ == "__main__":
    main()
