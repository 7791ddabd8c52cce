"""The triggers of all who are due, found at once and in the order of the chunks; it judges and makes none.

Events lie in the order in which they arrived: chunks that looked for their own read a page for nearly each of them.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Column, Executable, MetaData, Select, Table, insert, select, union_all

from journey_engine.compiler.frontier import due, of_span, of_trigger
from journey_engine.compiler.plot import Plot
from journey_engine.compiler.triggers import arrived_triggers

# Temporary, for what members did is in it: it goes with the session, however that ends. `place` is a number in `due`.
gathered = Table(
    "gathered", MetaData(), Column("place", BigInteger, nullable=False), *of_trigger(), prefixes=["TEMPORARY"]
)
_FOUND = gathered.c.keys()[1:]


def gather(plot: Plot) -> Executable:
    """Into `gathered`: what arrived for anybody in `due`."""
    arrived = union_all(*arrived_triggers(plot)).subquery("arrived")
    rows = select(due.c.number, *(arrived.c[name] for name in _FOUND)).join(due, due.c.member_id == arrived.c.member_id)
    return insert(gathered).from_select(["place", *_FOUND], rows.order_by(due.c.number))


def of_chunk() -> Select[Any]:
    """Those of the chunk's members, as `arrived_triggers` gives them."""
    return select(*(gathered.c[name] for name in _FOUND)).where(of_span(gathered.c.place))
