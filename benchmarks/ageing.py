"""`python -m benchmarks.ageing`: what grows when a journey is ticked for weeks, also beside a reader that never ends.

At each tick a few members are due among all who wait. A third of the ticks share one session, then each has its own, as
a flow run has. What grows by
nature (moves, intents, runs, events) is told apart: the working set are the tables that say who is where now, and the
catalog is Postgres's own.
"""

from __future__ import annotations

import argparse
from collections.abc import Generator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text

from benchmarks import report
from benchmarks.measuring import Cost, Meter, expect
from benchmarks.population import FOLLOWED, REST, Ground, analyze, populate, project
from benchmarks.weighing import Server
from journey_engine.moving.passing import run_pass
from journey_engine.settings import Settings, load
from journey_engine.store import database, embedded

RESULTS = Path(__file__).parent / "results"
_APART = timedelta(seconds=5)  # of the business clock, between ticks: all are of one day
_WORKING = ("waiting", "inside", "journey_clocks")
_SIZES = """
select (select sum(pg_total_relation_size(name::regclass)) from unnest(cast(:working as text[])) name)::bigint
       + (select coalesce(sum(pg_total_relation_size(oid)), 0) from pg_class
          where relnamespace::regnamespace::text like 'frontier%' and relkind = 'r')::bigint,
       (select sum(pg_total_relation_size(oid)) from pg_class
        where relnamespace = 'pg_catalog'::regnamespace and relkind = 'r' and not relisshared)::bigint
"""
_READING = """\
{members:,} members wait; {due} of them are due at each tick. The first third of the ticks share a session, later
each has its own, as a flow run has. The reader is a transaction (repeatable read) that stays open during the last
third. Sizes in MB with indexes; moves, intents, runs and events grow by nature and are left out. The working set is who
is inside, who waits, and the tables that passes work in. The target is at most 1.2 times the size at the start, to end
at 1.0.
"""


@dataclass(frozen=True, slots=True)
class Age:
    """Bytes after so many ticks, and what those since the line before cost, on average."""

    ticks: int
    how: str
    working: int
    catalog: int
    cost: Cost


def age(meter: Meter, ground: Ground, members: int, ticks: int) -> list[Age]:
    """Sizes at the start and after each third of the ticks."""
    due, third = due_of(members), ticks // 3
    if 3 * third * _APART > timedelta(days=1):
        raise ValueError(f"{ticks} ticks are more than a day holds at {_APART.seconds} seconds from one to the next.")
    with ground.lent() as engine:
        populate(engine, members, 3 * third, due, apart=_APART)
        waiting = run_pass(engine, project(), "bench", FOLLOWED + timedelta(hours=25)).waiting
        expect("waiting", waiting, members)
        analyze(engine)
        _tick(engine, 0, 0)
        told = [_age(engine, 0, "", Cost(0, 0, 0))]
        told.append(_age(engine, third, "in one session", _ticks(meter, engine, 1, third, due)))
        apart = _ticks(meter, engine, third + 1, 2 * third, due, apart=True)
        told.append(_age(engine, third, "each in its own", apart))
        with _reader(engine):
            beside = _ticks(meter, engine, 2 * third + 1, 3 * third, due, apart=True)
            told.append(_age(engine, third, "each in its own, beside a reader", beside))
    return told


def due_of(members: int) -> int:
    """How many are due at each tick."""
    return max(1, members // 10_000)


def _ticks(meter: Meter, engine: Engine, first: int, last: int, due: int, apart: bool = False) -> Cost:
    def work() -> None:
        for number in range(first, last + 1):
            if apart:
                engine.dispose()
            _tick(engine, number, due)

    return meter.of(work)[0] / (last + 1 - first)


def _tick(engine: Engine, number: int, due: int) -> None:
    done = run_pass(engine, project(), "bench", FOLLOWED + timedelta(days=REST) + number * _APART)
    expect("members due, intents", (done.members, done.intents), (due, due))


def _age(engine: Engine, ticks: int, how: str, cost: Cost) -> Age:
    with engine.connect() as connection:
        working, catalog = connection.execute(text(_SIZES), {"working": list(_WORKING)}).one()
    return Age(ticks, how, working, catalog, cost)


@contextmanager
def _reader(engine: Engine) -> Generator[None]:
    aside = database.engine_on(engine.url)
    try:
        with aside.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
            connection.execute(text("select count(*) from waiting"))
            yield
    finally:
        aside.dispose()


def page(told: Sequence[Age], members: int, due: int, where: str) -> str:
    """The whole file."""
    start = told[0]
    lines = [
        "# The working set and the catalog after many ticks\n",
        f"{where}.\n",
        _READING.format(members=members, due=due),
        "| | working set | of the start | catalog | of the start | CPU ms a tick | of it Postgres | minutes |",
        "|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    done = 0
    for each in told:
        done += each.ticks
        name = f"after {done:,} ticks" if done else "at the start"
        name += f", {each.ticks:,} of them {each.how}" if each.how else ""
        cost = each.cost
        lines.append(
            f"| {name} | {each.working / 2**20:.1f} | {each.working / start.working:.2f} | {each.catalog / 2**20:.1f} |"
            f" {each.catalog / start.catalog:.2f} | {cost.cpu * 1000:.0f} | {cost.backends * 1000:.0f} |"
            f" {cost.wall * each.ticks / 60:.1f} |"
        )
    return "\n".join(lines) + "\n"


def run(settings: Settings, members: int, ticks: int) -> str:
    """The page of a run."""
    address = database.app_url(settings).set(drivername="postgresql").render_as_string(hide_password=False)
    engine = database.engine_on(database.app_url(settings))
    where = report.machine(engine)
    engine.dispose()
    with closing(Server(address)) as server, Meter(server).watching() as meter, Ground(settings) as ground:
        told = age(meter, ground, members, ticks)
    return page(told, members, due_of(members), where)


def main() -> None:
    """The command line; a server that did not run before does not run afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.ageing", description=__doc__)
    parser.add_argument("--members", type=int, default=20_000, help="how many wait (default 20,000)")
    parser.add_argument("--ticks", type=int, default=300, help="a third of them beside a reader (default 300)")
    parser.add_argument("--write", action="store_true", help="write benchmarks/results/ageing.md, too")
    asked = parser.parse_args()
    settings = load()
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        told = run(settings, asked.members, asked.ticks)
        print(told)
        if asked.write:
            report.write(RESULTS, "ageing", told)
    finally:
        if ours:
            embedded.stop(embedded.of(settings))


if __name__ == "__main__":
    main()
