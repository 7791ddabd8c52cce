"""One pass over the ninety days of everybody's history, beside one scan of the events; it plays no day by itself."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import floors, population
from benchmarks.measuring import Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import FOLLOWED, Ground, populate
from benchmarks.world import DAYS
from journey_engine.language.project import Project
from journey_engine.moving.passing import run_pass

_JOURNEY: dict[str, Any] = {
    "journey": "bench",
    "title": "bench",
    "status": "live",
    "enter": {"on": "purchase", "again": "never"},
    "steps": {
        "rest": {"wait": "3 days"},
        "clicked": {
            "branch": [
                {"if": "click since entry", "do": {"thank": {"send": "thanks"}}},
                {"otherwise": True, "do": {"remind": {"send": "nudge"}}},
            ]
        },
        "bought": {"wait": {"first_of": [{"until": "purchase"}]}, "at_most": "14 days"},
    },
}
_SINCE = "update journey_clocks set live_since = :since, last_now = :since, seen = 0, snapshot = null"
_SCAN = ("select count(*), sum(value) from events where name = 'purchase'",)
# Who entered by the first purchase, was written to three days later and was done when she bought or 14 days later.
_EXPECTED = """
with entered as (
    select member_id, min(at) as at from events where name = 'purchase' and at > :since and at <= :now group by 1
), written as (
    select member_id, at, at + interval '3 days' as sent from entered where at + interval '3 days' <= :now
)
select (select count(*) from entered), (select count(*) from written),
       (select count(*) filter (where exists (
                   select from events e where e.member_id = w.member_id and e.name = 'click' and e.at > w.at
                   and e.at <= w.sent)) from written w),
       (select count(*) filter (where w.sent + interval '14 days' <= :now or exists (
                   select from events e where e.member_id = w.member_id and e.name = 'purchase' and e.at > w.sent
                   and e.at <= least(:now, w.sent + interval '14 days'))) from written w)
"""


@cache
def project() -> Project:
    """The project of all benchmarks with another journey in the place of its own."""
    return Project.model_validate({**population.written(), "journeys": {"bench": _JOURNEY}})


def passing(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """A journey whose cursor stands ninety days back: enter, wait, branch, send, wait for a purchase or 14 days."""
    found = Comparison("one pass over 90 days", "one scan of the events", _SCAN, 20, 8, members)
    since = FOLLOWED - timedelta(days=DAYS)
    with ground.lent() as engine:
        for _ in range(repetitions):
            populate(engine, members, spread=True)
            with engine.begin() as connection:
                connection.execute(text(_SINCE), {"since": since})
            cost, done = meter.of(lambda: run_pass(engine, project(), "bench", FOLLOWED))
            told = (done.entered, done.intents, done.steps["thank"].total(), done.finished)
            expect("entered, written to, of these thanked, done", told, _expected(engine, since))
            found.add(cost, meter.of(lambda: floors.run(engine, _SCAN))[0])
    return [found]


def _expected(engine: Engine, since: Any) -> tuple[int, ...]:
    with engine.connect() as connection:
        connection.execute(text("set jit = off"))
        return tuple(connection.execute(text(_EXPECTED), {"since": since, "now": FOLLOWED}).one())
