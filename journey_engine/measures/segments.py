"""How large segments are and were, and how far two of them are the same members; it tells nobody by name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, and_, func, select

from journey_engine.language.persona import PREFIX
from journey_engine.store.tables.operation import refresh_history, refreshes
from journey_engine.store.tables.people import alive, members, segment_members


@dataclass(frozen=True, slots=True)
class Size:
    """What one refresh counted: the members in the segment afterwards, and who came and left with it."""

    at: datetime
    size: int
    joined: int
    left: int


@dataclass(frozen=True, slots=True)
class Present:
    """A segment as it is: how many are in it, and as of when (None: it was never worked out)."""

    segment: str
    size: int
    as_of: datetime | None


@dataclass(frozen=True, slots=True)
class Overlap:
    """Two segments as they are now: how many are in each, and in both."""

    first: int
    second: int
    both: int

    @property
    def of_first(self) -> float | None:
        """The share of the first that is in the second, too; None of nobody."""
        return self.both / self.first if self.first else None

    @property
    def of_second(self) -> float | None:
        """The share of the second that is in the first, too."""
        return self.both / self.second if self.second else None

    @property
    def jaccard(self) -> float | None:
        """Those in both among those in either."""
        either = self.first + self.second - self.both
        return self.both / either if either else None


def present(connection: Connection, segments: Iterable[str]) -> list[Present]:
    """How large each of these segments is, in that order; `persona:NAME` is a persona."""
    names = list(segments)
    stay = segment_members.c
    here = and_(stay.left_at.is_(None), members.c.id == stay.member_id, alive(members))
    counted = select(stay.segment, func.count()).where(here, stay.segment.in_(names)).group_by(stay.segment)
    sizes = {segment: int(size) for segment, size in connection.execute(counted)}
    r = refreshes.c
    asked = select(r.scope, r.name, r.refreshed_to).where(r.scope.in_(["segment", "persona"]))
    reached = {(row.scope, row.name): row.refreshed_to for row in connection.execute(asked)}
    return [Present(name, sizes.get(name, 0), reached.get(_refreshed_as(name))) for name in names]


def _refreshed_as(name: str) -> tuple[str, str]:
    is_persona = name.startswith(PREFIX)
    return ("persona", name.removeprefix(PREFIX)) if is_persona else ("segment", name)


def sizes(connection: Connection, segment: str, since: datetime | None = None) -> list[Size]:
    """What the refreshes of a segment, or of `persona:NAME`, counted, oldest first; those after `since`."""
    h, (scope, name) = refresh_history.c, _refreshed_as(segment)
    asked = select(h.as_of, h.counts).where(h.scope == scope, h.name == name)
    if since is not None:
        asked = asked.where(h.as_of > since)
    rows = connection.execute(asked.order_by(h.as_of))
    return [Size(at, counts["size"], counts["joined"], counts["left"]) for at, counts in rows]


def overlap(connection: Connection, first: str, second: str) -> Overlap:
    """How far two segments are the same members, as of their last refreshes."""
    stay = segment_members.c
    here = and_(stay.left_at.is_(None), members.c.id == stay.member_id, alive(members))
    own = (
        select(
            func.bool_or(stay.segment == first).label("in_first"),
            func.bool_or(stay.segment == second).label("in_second"),
        )
        .where(here, stay.segment.in_([first, second]))
        .group_by(stay.member_id)
        .subquery("own")
    )
    counts = [func.count().filter(part) for part in (own.c.in_first, own.c.in_second, own.c.in_first & own.c.in_second)]
    return Overlap(*(int(each) for each in connection.execute(select(*counts)).one()))
