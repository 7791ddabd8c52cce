"""`python -m benchmarks.gate`: a file of members with twelve rules each through staging and gate, beside its raw COPY.

Each run is a process of its own, so that its peak memory is the gate's, Great Expectations included. The rows against
each rule follow from their numbers: every bad row must be in quarantine with all its reasons, no more and no fewer.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import floors, report
from benchmarks.measuring import Cost, Meter, expect, median_of
from benchmarks.population import Ground
from journey_engine.data import batches, staging
from journey_engine.gate import judging, suites
from journey_engine.language.feed import Feed
from journey_engine.language.merging import Merging
from journey_engine.reading import sources
from journey_engine.reading.finding import needed_columns
from journey_engine.settings import load
from journey_engine.store import database, embedded

NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)
HEADER = "customer,name,tier,points,line,email,phone,birthday,promotion,city\n"
_TABLE = "create table floor.people (customer text, name text, tier text, points text, line text, email text, \
phone text, birthday text, promotion text, city text)"
FEED: dict[str, Any] = {
    "feed": "people",
    "from": {"file": "people.csv"},
    "suite": "people",
    "member": {"by": "customer_number", "from": "customer", "create": "yes"},
    "members": {"attributes": {"name": "name", "tier": "tier", "points": "points", "birthday": "birthday"}},
}
# Reason, type and kwargs, and every how manieth row breaks it (None: no row does).
RULES: tuple[tuple[str, str, dict[str, Any], int | None], ...] = (
    ("no number", "expect_column_values_to_not_be_null", {"column": "customer"}, None),
    ("number twice", "expect_column_values_to_be_unique", {"column": "customer"}, 1000),
    ("number's form", "expect_column_values_to_match_regex", {"column": "customer", "regex": "^c[0-9]+$"}, None),
    ("LINE id's form", "expect_column_values_to_match_regex", {"column": "line", "regex": "^U[0-9a-f]{32}$"}, 101),
    ("LINE id twice", "expect_column_values_to_be_unique", {"column": "line"}, None),
    ("e-mail's form", "expect_column_values_to_match_regex", {"column": "email", "regex": "^[^@ ]+@[^@ ]+[.].+$"}, 103),
    ("phone's form", "expect_column_values_to_match_regex", {"column": "phone", "regex": "^09[0-9]{8}$"}, 107),
    ("tier", "expect_column_values_to_be_in_set", {"column": "tier", "value_set": ["gold", "blue", "none"]}, 109),
    ("points", "expect_column_values_to_match_regex", {"column": "points", "regex": "^[0-9]+$"}, 113),
    ("born ahead", "expect_column_values_to_not_lie_ahead", {"column": "birthday"}, 127),
    ("allowed?", "expect_column_values_to_be_in_set", {"column": "promotion", "value_set": ["yes", "no"]}, 131),
    ("no city", "expect_column_values_to_not_be_null", {"column": "city"}, 137),
)


@dataclass(frozen=True, slots=True)
class Passed:
    """One run: seconds, and the child's greatest resident size in MB (before, and at all)."""

    process: float
    backends: float
    wall: float
    before: float
    peak: float
    quarantined: int


def broken(count: int) -> dict[str, int]:
    """How many rows break each rule; of the repeated numbers both rows do."""
    each = {reason: count // every for reason, _, _, every in RULES if every}
    return {**each, "number twice": 2 * each["number twice"]}


def write_file(path: Path, count: int) -> Path:
    """The file of `count` members; every row follows from its number."""
    every = {reason: each for reason, _, _, each in RULES if each}

    def bad(n: int, reason: str) -> bool:
        return n % every[reason] == 0

    with path.open("w", encoding="utf-8") as written:
        written.write(HEADER)
        for n in range(1, count + 1):
            tier = "goldd" if bad(n, "tier") else ("gold", "blue", "none")[n % 3]
            points = "many" if bad(n, "points") else str(n % 500)
            line = f"L{n:032x}" if bad(n, "LINE id's form") else f"U{n:032x}"
            email = f"n{n}.example" if bad(n, "e-mail's form") else f"n{n}@shop.example"
            phone = f"9{n:08}" if bad(n, "phone's form") else f"09{n:08}"
            born = f"2027-01-{1 + n % 28:02}" if bad(n, "born ahead") else f"19{50 + n % 50}-01-{1 + n % 28:02}"
            said = "perhaps" if bad(n, "allowed?") else ("yes", "no")[n % 2]
            number = n - 1 if bad(n, "number twice") else n
            cells = (f"c{number}", f"n{n}", tier, points, line, email, phone, born, said)
            written.write(",".join(cells) + ("," if bad(n, "no city") else f",city {n % 40}") + "\n")
    return path


def write_suite(folder: Path) -> None:
    """The twelve rules as a suite."""
    written = [
        {"type": kind, "kwargs": kwargs, "severity": "warning", "meta": {"rule": reason}}
        for reason, kind, kwargs, _ in RULES
    ]
    folder.mkdir(exist_ok=True)
    (folder / "people.json").write_text(json.dumps({"name": "people", "expectations": written}), encoding="utf-8")


def pass_the_gate(engine: Engine, folder: Path, count: int) -> Passed:
    """Stage, judge and quarantine the file; raises ResultsDiffer if any reason's count is not as it was written."""
    feed, suite = Feed.model_validate(FEED), suites.read(folder / "expectations", "people")
    reading = sources.of_file(feed.format, feed.from_.sheet, folder / "people.csv")
    columns = staging.column_names(feed.format, reading, {**needed_columns(feed), **suite.columns})
    before = _resident()

    def work() -> int:
        with engine.begin() as connection:
            batch = batches.begin(connection, "people", reading.source, reading.checksum, None, NOW)
            staging.stage(connection, batch, reading, columns)
        asked = judging.Batch(batch, feed, Merging(), staging.table_of(batch, columns), suite, NOW, NOW, 1)
        with engine.connect() as connection:
            judged = judging.ask(engine.url, connection, asked)
        with engine.begin() as connection:
            judging.settle(connection, asked, judged)
        return batch

    with Meter().watching() as meter:
        cost, batch = meter.of(work)
    with engine.connect() as connection:
        said = "select reason, count(*) from quarantine, unnest(reasons) reason where batch_id = :batch group by 1"
        found = {str(reason): int(number) for reason, number in connection.execute(text(said), {"batch": batch})}
        rows = connection.execute(text("select count(*) from quarantine")).scalar_one()
    expect("rows for each reason", found, broken(count))
    return Passed(cost.process, cost.backends, cost.wall, before, _resident(), rows)


def _resident() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _in_a_child(engine: Engine, folder: Path, count: int) -> Passed:
    url = engine.url.render_as_string(hide_password=False)
    command = [sys.executable, "-m", "benchmarks.gate", "--child", url, str(folder), "--members", str(count)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return Passed(**json.loads(done.stdout.splitlines()[-1]))


def compare(ground: Ground, meter: Meter, count: int, repetitions: int) -> tuple[list[Passed], Cost]:
    """The gate's runs, and what a raw COPY of the same file costs."""
    with ground.lent() as engine, TemporaryDirectory() as place:
        folder = Path(place)
        write_suite(folder / "expectations")
        file = write_file(folder / "people.csv", count)
        runs, raw = list[Passed](), list[Cost]()
        for _ in range(repetitions):
            with engine.begin() as connection:
                connection.execute(text("truncate quarantine, batches"))
                connection.execute(text("drop schema if exists staging, floor cascade"))
                connection.execute(text("create schema floor"))
            runs.append(_in_a_child(engine, folder, count))
            floors.run(engine, [_TABLE])
            raw.append(meter.of(lambda: floors.copy(engine, "floor.people", file))[0])
        return runs, median_of(raw)


def page(runs: list[Passed], raw: Cost, count: int, where: str) -> str:
    """The figures as markdown."""
    cost = median_of([Cost(run.process, run.backends, run.wall) for run in runs])
    peak = max(run.peak for run in runs)
    lines = [
        f"# {count:,} members, {len(RULES)} rules each, through the gate",
        f"{where} Medians of {len(runs)}; CPU of the client (with the import of Great Expectations) and of its Postgres"
        " backends. `benchmarks/gate.py` says what is done.",
        "| | client CPU s | Postgres CPU s | wall s |\n|---|---:|---:|---:|",
        f"| staging and gate | {cost.process:.1f} | {cost.backends:.1f} | {cost.wall:.1f} |\n"
        f"| raw COPY of the file | {raw.process:.1f} | {raw.backends:.1f} | {raw.wall:.1f} |",
        f"Ratio of CPU to the raw COPY: {cost.cpu / raw.cpu:.1f}. Quarantined: {runs[0].quarantined:,} rows, each with"
        f" all its reasons. The client's peak memory: {peak:.0f} MB, of which {runs[0].before:.0f} MB before it began.",
    ]
    lines[2:4] = ["\n".join(lines[2:4])]
    return "\n\n".join(lines) + "\n"


def main() -> None:
    """The command line; a server that did not run before does not run afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.gate", description=__doc__)
    parser.add_argument("--members", type=int, default=1_000_000, help="how many rows (default 1,000,000)")
    parser.add_argument("--repetitions", type=int, default=1)
    parser.add_argument("--child", nargs=2, metavar=("URL", "FOLDER"), help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        engine = database.engine_on(asked.child[0])
        print(json.dumps(asdict(pass_the_gate(engine, Path(asked.child[1]), asked.members))))
        return
    settings = load()
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        with Meter().watching() as meter, Ground(settings) as ground:
            runs, raw = compare(ground, meter, asked.members, asked.repetitions)
            with ground.lent() as engine:
                written = page(runs, raw, asked.members, report.machine(engine))
    finally:
        if ours:
            embedded.stop(embedded.of(settings))
    print(written)
    print(report.write(Path(__file__).parent / "results", "gate", written))


if __name__ == "__main__":
    main()
