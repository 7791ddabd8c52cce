"""One who takes from a bucket as the work of a process of its own."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import text

from journey_engine.line.tokens import reserve
from journey_engine.store import database


def taking(database_url: str, told: Path) -> None:
    """Takes 40 chunks of 5 and tells of each when it may go, in seconds by the database's clock."""
    engine = database.engine_on(database_url)
    goes_at: list[float] = []
    for _ in range(40):
        with engine.begin() as connection:
            wait = reserve(connection, "sandbox", "multicast", 5)
            now = connection.execute(text("select extract(epoch from clock_timestamp())")).scalar_one()
            goes_at.append(float(now) + wait)
    told.write_text("\n".join(map(str, goes_at)))
