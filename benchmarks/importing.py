"""Import of members through the gate and ingest of events, each beside raw COPY of the same file; it checks no rule."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import floors
from benchmarks.measuring import Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import Ground, empty, populate, project
from journey_engine.data import batches, staging
from journey_engine.data.accept import accept
from journey_engine.data.feeds import import_feed
from journey_engine.language.project import Project
from journey_engine.reading import sources
from journey_engine.reading.finding import needed_columns
from journey_engine.settings import Settings

_NOW = datetime(2026, 3, 10, 18, 0, tzinfo=UTC)  # 02:00 on 11 March in Taipei
_EVENTS_EACH = 2
_COPIES = 10  # of the file, told as one: a single COPY takes a few of the 10 ms that /proc counts in
_PEOPLE = "create table floor.people (customer text, name text, tier text, points text, line text, promotion text)"
_ORDERS = "create table floor.orders (order_id text, customer text, at timestamp, amount numeric, store text)"


def importing(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """A file of new members through staging, gate and accept."""
    statements = [_PEOPLE, floors.copy_statement("floor.people")]
    found = Comparison("import of members through the gate", "raw COPY of the file", statements, 8, 4, members)
    journeys = project()
    with ground.lent() as engine, TemporaryDirectory() as place:
        folder = Path(place)
        _write_suite(folder, "people", _people_rules())
        here = Settings(project=folder)
        _people(folder, 10)
        empty(engine)
        import_feed(engine, journeys, here, "people", _NOW)  # Great Expectations takes seconds to be loaded, once
        file = _people(folder, members)
        for _ in range(repetitions):
            empty(engine)
            cost, report = meter.of(lambda: import_feed(engine, journeys, here, "people", _NOW))
            expect("import", (report.status, report.read, report.landed), ("landed", members, members))
            floors.run(engine, [_PEOPLE])
            floor, _ = meter.of(lambda: _copy_often(engine, "floor.people", file))
            with engine.connect() as connection:
                for table, copies in (("floor.people", _COPIES), ("members", 1), ("consents", 1)):
                    expect(f"rows of {table}", floors.count(connection, table), members * copies)
            found.add(cost, floor / _COPIES)
    return [found]


def ingesting(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """Events of known members: staged and accepted, without the gate's judgement."""
    rows = members * _EVENTS_EACH
    statements = [_ORDERS, floors.copy_statement("floor.orders")]
    found = Comparison("event ingest: stage and accept", "COPY without index", statements, 4, 2.5, rows)
    journeys = project()
    with ground.lent() as engine, TemporaryDirectory() as place:
        file = _orders(Path(place), members)
        for _ in range(repetitions):
            populate(engine, members)
            with engine.connect() as connection:
                before = floors.count(connection, "events")
            cost, counts = meter.of(lambda: _ingest(engine, journeys, file))
            expect("events that were new", counts["purchase"], rows)
            floors.run(engine, [_ORDERS])
            floor, _ = meter.of(lambda: _copy_often(engine, "floor.orders", file))
            with engine.connect() as connection:
                expect("rows of floor.orders", floors.count(connection, "floor.orders"), rows * _COPIES)
                expect("events", floors.count(connection, "events") - before, rows)
            found.add(cost, floor / _COPIES)
    return [found]


def _ingest(engine: Engine, journeys: Project, file: Path) -> dict[str, int]:
    feed = journeys.feeds["orders"]
    reading = sources.of_file(feed.format, feed.from_.sheet, file)
    columns = staging.column_names(feed.format, reading, needed_columns(feed))
    with engine.begin() as connection:
        batch = batches.begin(connection, feed.feed, reading.source, reading.checksum, None, _NOW)
        read = staging.stage(connection, batch, reading, columns)
    with engine.begin() as connection:
        connection.execute(text("set local jit = off"))
        return accept(
            connection,
            feed,
            journeys.schema_,
            journeys.policy.merge,
            batch,
            staging.table_of(batch, columns),
            read,
            _NOW,
        )


def _copy_often(engine: Engine, table: str, file: Path) -> None:
    for _ in range(_COPIES):
        floors.copy(engine, table, file)


def _people(folder: Path, count: int) -> Path:
    tiers = ("gold", "blue", "none")
    lines = (f"c{n},n{n},{tiers[n % 3]},{n % 500},U{n:032x},{'yes' if n % 5 else 'no'}\n" for n in range(1, count + 1))
    return _file(folder / "people.csv", "customer,name,tier,points,line,promotion\n", lines)


def _orders(folder: Path, members: int) -> Path:
    lines = (
        f"o{n}-{turn},m{n},2026-03-10 {n % 20:02}:{turn:02},{10 + n % 90},s{n % 40}\n"
        for turn in range(_EVENTS_EACH)
        for n in range(1, members + 1)
    )
    return _file(folder / "orders.csv", "order_id,customer,at,amount,store\n", lines)


def _file(path: Path, header: str, lines: Any) -> Path:
    with path.open("w", encoding="utf-8") as written:
        written.write(header)
        written.writelines(lines)
    return path


def _write_suite(folder: Path, name: str, rules: Sequence[dict[str, Any]]) -> None:
    (folder / "expectations").mkdir()
    suite = {"name": name, "expectations": list(rules), "meta": {}}
    (folder / "expectations" / f"{name}.json").write_text(json.dumps(suite), encoding="utf-8")


def _people_rules() -> list[dict[str, Any]]:
    """The four kinds of rules that the demo's list of friends has."""
    told = (
        ("critical", "expect_column_values_to_not_be_null", {"column": "customer"}),
        ("warning", "expect_column_values_to_be_unique", {"column": "line"}),
        ("warning", "expect_column_values_to_match_regex", {"column": "line", "regex": "^U[0-9a-f]{32}$"}),
        ("warning", "expect_column_values_to_be_in_set", {"column": "promotion", "value_set": ["yes", "no"]}),
    )
    return [
        {"type": kind, "kwargs": kwargs, "severity": severity, "meta": {"rule": f"rule {number}"}}
        for number, (severity, kind, kwargs) in enumerate(told)
    ]
