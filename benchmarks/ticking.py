"""Ticks beside the plain inserts of the rows they write, and beside a tick when nobody else waits; it builds no SQL."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import Engine

from benchmarks import floors
from benchmarks.measuring import Cost, Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import FOLLOWED, REST, Ground, analyze, populate, project
from journey_engine.language.project import Project
from journey_engine.moving.passing import run_pass

_TICKS = 5  # of a repetition of the quiet tick: one is shorter than what /proc can tell apart


def moving(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """The first tick of all members and the one three days later, each followed by its floor."""
    inserts = "plain inserts of the rows it wrote"
    first = Comparison("first tick, everyone enters", inserts, floors.FIRST_TICK, 1.8, 1.4, members)
    later = Comparison("later tick, branch and send", inserts, floors.LATER_TICK, 1.8, 1.4, members)
    with ground.lent() as engine:
        journeys = project()
        with ground.lent() as other:  # people of its own: the others' stand
            _warm_up(other, journeys)
        for _ in range(repetitions):
            populate(engine, members)
            floors.like(engine, *floors.WRITTEN)
            cost, done = meter.of(lambda: run_pass(engine, journeys, "bench", FOLLOWED))
            expect("entered, intents, waiting", (done.entered, done.intents, done.waiting), (members,) * 3)
            floor, _ = meter.of(lambda: floors.run(engine, floors.FIRST_TICK))
            floors.same_counts(engine, *floors.WRITTEN)
            first.add(cost, floor)
            later.add(*_later(meter, engine, journeys, members))
    return [first, later]


def _later(meter: Meter, engine: Engine, journeys: Project, members: int) -> tuple[Cost, Cost]:
    last = floors.last_numbers(engine, "moves", "intents")
    cost, done = meter.of(lambda: run_pass(engine, journeys, "bench", FOLLOWED + timedelta(days=REST)))
    expect("entered, intents, waiting", (done.entered, done.intents, done.waiting), (0, members, members))
    floors.run(engine, ["truncate floor.waiting"])
    floor, _ = meter.of(lambda: floors.run(engine, floors.LATER_TICK, dict(last)))
    floors.same_counts(engine, "waiting", "moves", "intents")
    return cost, floor


def resting(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """Ticks in which one member in a thousand is due, beside the same ticks in a database where only those wait."""
    each, groups = max(1, members // 1000), repetitions * _TICKS
    told = f"{_TICKS} ticks, 0.1 % due among all who wait"
    found = Comparison(told, "the same ticks, nobody else waits", ["(the same pass)"], 1.3, 1.05, each * _TICKS)
    with ground.lent() as crowded, ground.lent() as alone:
        journeys = project()
        for engine, count in ((crowded, members), (alone, each * groups)):
            populate(engine, count, groups, each)
            waiting = run_pass(engine, journeys, "bench", FOLLOWED + timedelta(hours=25)).waiting
            expect("waiting", waiting, count)
            analyze(engine)
        for repetition in range(repetitions):
            costs = [Cost(0, 0, 0), Cost(0, 0, 0)]
            for tick in range(_TICKS):
                minute = 1 + repetition * _TICKS + tick
                for place, engine in enumerate((crowded, alone)):
                    cost = _quiet_tick(meter, engine, journeys, minute, each)
                    costs[place] += cost
            found.add(*costs)
    return [found]


def _quiet_tick(meter: Meter, engine: Engine, journeys: Project, minute: int, due: int) -> Cost:
    now = FOLLOWED + timedelta(days=REST, minutes=minute)
    cost, done = meter.of(lambda: run_pass(engine, journeys, "bench", now))
    expect("members due, intents", (done.members, done.intents), (due, due))
    return cost


def _warm_up(engine: Engine, journeys: Project) -> None:
    """Compile the journey: a worker does so once, not once a tick."""
    populate(engine, 10)
    for days in (0, REST):
        run_pass(engine, journeys, "bench", FOLLOWED + timedelta(days=days))
