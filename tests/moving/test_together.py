"""Passes of different journeys over the same members, at once: each comes to what it comes to alone."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from journey_engine.errors import UsageError
from journey_engine.moving import dues
from journey_engine.moving.tick import by_themselves, tick
from tests.compiler.rows import at, world
from tests.moving.stage import Stage
from tests.moving.test_passing import JOURNEY, many

CARE = {
    "journey": "care",
    "enter": {"on": "follow", "again": "never"},
    "steps": {"mark": {"tag": "vip"}, "ask": {"send": "nudge"}, "rest": {"wait": "2 days"}, "end": {"stop": "done"}},
}
NIGHTS = ("2026-03-02 10:01", "2026-03-03 10:01", "2026-03-04 10:01")
PATHS = text("select journey, path, count(distinct member_id) from moves group by 1, 2")
WISHES = text("select journey, message, count(*), count(distinct member_id) from intents group by 1, 2 order by 1, 2")
ENDS = text("select journey, end_reason, count(*) from enrolments group by 1, 2 order by 1, 2")


@pytest.fixture
def stage(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(dues, "CHUNK", 5)
    return many(database, 60, JOURNEY, CARE)


def test_two_workers_walk_different_journeys_of_the_same_members(stage: Stage) -> None:
    with ThreadPoolExecutor(2) as workers:
        for now in NIGHTS:
            ticks = [
                workers.submit(tick, stage.engine, stage.project, at(now), among=[name])
                for name in stage.project.journeys
            ]
            for each in ticks:
                each.result()

    assert stage.rows(WISHES) == [("care", "nudge", 60, 60), ("welcome", "hello", 60, 60)]
    assert stage.rows(ENDS) == [("care", "stop: done", 60), ("welcome", "finished", 60)]
    # All went the same way: of each journey there are as many paths as there were passes that moved them.
    assert [(journey, number) for journey, _, number in stage.rows(PATHS)].count(("care", 60)) == 2
    assert [(journey, number) for journey, _, number in stage.rows(PATHS)].count(("welcome", 60)) == 2


def test_journeys_that_hand_members_on_are_moved_by_one_worker() -> None:
    first = {**JOURNEY, "steps": {"over": {"go_to": "care"}}}
    project = world(first, CARE, {**CARE, "journey": "rest"})

    assert by_themselves(project, ["welcome", "care"]) == {"welcome", "care"}
    assert by_themselves(project, ["rest"]) == {"rest"}
    assert by_themselves(project, None) is None
    with pytest.raises(UsageError, match="welcome hands members on to care"):
        by_themselves(project, ["care"])
    with pytest.raises(UsageError, match="No journey is called wellcome"):
        by_themselves(project, ["wellcome"])
