"""Which of the zones that members carry are zones at all: those that Postgres and Python both know; it changes none."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy import Connection, Select, func, select, text

from journey_engine.store import prepared
from journey_engine.store.tables.people import members

_KNOWN: dict[str, frozenset[str]] = {}  # by server


@dataclass(frozen=True, slots=True)
class Carried:
    """The zones some members carry: those that are known, and the others with how many members carry each."""

    known: list[str]
    unknown: dict[str, int]


def zones_of(connection: Connection, ids: Select[tuple[int]] | None = None) -> Carried:
    """The zones of the members with these ids (of all members). Who carries an unknown one lives by the policy's.

    The same ids have to be the same object each time.
    """
    written = {zone: number for zone, number in prepared.run(connection, _carried(ids), {})}  # noqa: C416
    if not written:
        return Carried([], {})
    known = known_zones(connection)
    unknown = {zone: number for zone, number in written.items() if zone not in known}
    return Carried([zone for zone in written if zone in known], unknown)


@lru_cache(maxsize=8)
def _carried(ids: Select[tuple[int]] | None) -> Select[Any]:
    carried = select(members.c.zone, func.count()).where(members.c.zone.is_not(None)).group_by(members.c.zone)
    if ids is not None:
        carried = carried.where(members.c.id.in_(ids))
    return carried.order_by(members.c.zone)


def known_zones(connection: Connection) -> frozenset[str]:
    """The zones that Postgres and Python both know. Asked once a process and server: both read a folder of files."""
    url = connection.engine.url
    server = f"{url.host}:{url.port}"
    if server not in _KNOWN:
        names = connection.execute(text("select name from pg_timezone_names")).scalars()
        _KNOWN[server] = frozenset(names) & available_timezones()
    return _KNOWN[server]
