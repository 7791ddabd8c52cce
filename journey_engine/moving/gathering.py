"""What arrived for those who are due, gathered once for a pass of many chunks; it decides nothing."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Executable, text
from sqlalchemy.schema import CreateTable, DropTable

from journey_engine.compiler import gathering
from journey_engine.compiler.gathering import gathered
from journey_engine.compiler.plot import MOST_KEPT, Plot
from journey_engine.store import prepared

# A chunk's rows lie on pages side by side.
_INDEX = text("create index on gathered using brin (place) with (pages_per_range = 32)")
_MADE = "gathered"  # under which a connection remembers that it has the table


def gather(connection: Connection, plot: Plot, bound: Mapping[str, Any]) -> int:
    """How many triggers there are; they stay in a table of this session's own until `forget`."""
    # Asked for though nobody remembers it: what was forgotten in a transaction that failed is there again.
    connection.execute(DropTable(gathered, if_exists=True))
    connection.execute(CreateTable(gathered))
    found = prepared.run(connection, _gather(plot), bound).rowcount
    if found:
        connection.execute(_INDEX)
        connection.execute(text("analyze gathered (place, member_id)"))
    connection.info[_MADE] = True
    return found


def forget(connection: Connection) -> None:
    """Away with the table, if there is one."""
    if connection.info.pop(_MADE, False):
        connection.execute(DropTable(gathered, if_exists=True))


@lru_cache(maxsize=MOST_KEPT)
def _gather(plot: Plot) -> Executable:
    return gathering.gather(plot)
