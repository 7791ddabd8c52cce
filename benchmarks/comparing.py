"""The ten segments by us and by pandas, DuckDB and Polars on the same data, which have to agree; it judges no speed."""

from __future__ import annotations

from datetime import datetime, timedelta
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import Engine, text

from benchmarks import segments, world
from benchmarks.measuring import Meter, expect
from benchmarks.others import SHOPS
from benchmarks.outcome import Comparison
from benchmarks.population import FOLLOWED, Ground, populate
from journey_engine.lifecycle.segments import refresh

_AT = FOLLOWED + timedelta(days=1)
_EXPORTS = {
    "events": "select member_id, name, at at time zone 'UTC' as happened, value::int as value,"
    " properties ->> 'store' as store from events",
    "members": "select id as member_id, attributes ->> 'tier' as tier, exists (select from tags where member_id ="
    f" members.id and tag = 'coffee' and granted_at <= '{_AT:%Y-%m-%d %H:%M:%SZ}' and (expires_at is null or"
    f" expires_at > '{_AT:%Y-%m-%d %H:%M:%SZ}')) as coffee from members",
}
_COPY = "copy ({query}) to stdout (format csv, header)"
_READ = {
    "events": "{'member_id': 'BIGINT', 'name': 'VARCHAR', 'happened': 'TIMESTAMP', 'value': 'INTEGER',"
    " 'store': 'VARCHAR'}",
    "members": "{'member_id': 'BIGINT', 'tier': 'VARCHAR', 'coffee': 'BOOLEAN'}",
}


def comparing(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """A first refresh, one after another day, and the three tools on the data of that day, exported and as files."""
    statements = [_COPY.format(query=query) for query in _EXPORTS.values()]
    lines = {
        (what, tool, exported): Comparison(
            what, f"{tool}, export {'included' if exported else 'excluded'}", statements, None, None, members
        )
        for what, exported in (("10 segments from nothing", False), ("10 segments, a night later", True))
        for tool in SHOPS
    }
    for tool in ("pandas", "pyarrow.parquet", "duckdb", "polars"):
        import_module(tool)  # who works with them has loaded them
    with ground.lent() as engine, TemporaryDirectory() as place:
        folder = Path(place)
        for _ in range(repetitions):
            populate(engine, members, spread=True)
            costs = {"10 segments from nothing": meter.of(lambda: _refresh(engine, FOLLOWED))[0]}
            world.another_day(engine, 1)
            costs["10 segments, a night later"] = meter.of(lambda: _refresh(engine, _AT))[0]
            ours = _present(engine)
            export = meter.of(lambda: _export(engine, folder))[0]
            for tool, shop in SHOPS.items():
                cost, theirs = meter.of(lambda shop=shop: shop(folder, _AT))
                for name in segments.RULES:
                    expect(f"members of {name} by {tool}", theirs[name], ours.get(name, []))
                for (what, whose, exported), line in lines.items():
                    if whose == tool:
                        line.add(costs[what], cost + export if exported else cost)
    return list(lines.values())


def _refresh(engine: Engine, at: datetime) -> None:
    with engine.begin() as connection:
        connection.execute(text("set local jit = off"))
        changed = refresh(connection, segments.project(), at)
    expect("segments", sorted(changed), sorted(segments.RULES))


def _present(engine: Engine) -> dict[str, list[int]]:
    asked = (
        "select segment, array_agg(member_id order by member_id) from segment_members where left_at is null group by 1"
    )
    with engine.connect() as connection:
        return {name: list(who) for name, who in connection.execute(text(asked)).all()}


def _export(engine: Engine, folder: Path) -> None:
    """What a client can take from Postgres with COPY, and as Parquet, which all three read best."""
    import duckdb

    for name, query in _EXPORTS.items():
        with engine.connect() as connection, (folder / f"{name}.csv").open("wb") as file:
            driver: Any = connection.connection.driver_connection
            with driver.cursor() as cursor, cursor.copy(_COPY.format(query=query)) as stream:
                for block in stream:
                    file.write(block)
        with duckdb.connect() as connection:
            read = f"read_csv('{folder}/{name}.csv', header = true, columns = {_READ[name]})"
            connection.execute(f"copy (select * from {read}) to '{folder}/{name}.parquet' (format parquet)")
