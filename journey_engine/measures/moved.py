"""How those a journey let in have moved along the stages since, beside those it held out by lot; it moves nobody.

Each member counts once, by her first visit, in the group the lot put her in, whatever became of the visit. Where she
came in is her stage of that instant, which the night before had worked out; where she is now says the last refresh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection, and_, func, literal, or_, select

from journey_engine.measures import proportions
from journey_engine.measures.lift import first_visits
from journey_engine.measures.proportions import Interval
from journey_engine.measures.rates import Rate, rate
from journey_engine.measures.spans import Span
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.operation import refreshes
from journey_engine.store.tables.people import alive, members, stages

Pairs = Mapping[tuple[str | None, str | None], int]  # members by their stage then and now; None: in none yet


@dataclass(frozen=True, slots=True)
class Moves:
    """Members by their stages, of each arm; `as_of` None: the stages were never worked out."""

    journey: str
    as_of: datetime | None
    treated: Pairs = field(default_factory=dict[tuple[str | None, str | None], int])
    held_out: Pairs = field(default_factory=dict[tuple[str | None, str | None], int])


@dataclass(frozen=True, slots=True)
class StageNow:
    """One stage: the share of each arm that was in it when they came in, and is now.

    `difference`: how much more that share grew among those let in than among those held out. Each member is compared
    with herself, so that it matters little who the lot put where. Its interval is None where nobody of an arm came to
    the stage or left it.
    """

    stage: str | None
    treated_then: Rate
    treated: Rate
    held_out_then: Rate
    held_out: Rate
    difference: float | None = None
    difference_interval: Interval | None = None


def moves(conn: Connection, journey: str, within: Span | None = None) -> Moves:
    """The moves of all who came in (in the span) before the stages were last worked out; of nobody who was erased."""
    asked = select(refreshes.c.refreshed_to).where(refreshes.c.scope == "stages", refreshes.c.name == "stages")
    as_of = conn.execute(asked).scalar()
    if as_of is None:
        return Moves(journey, None)
    visits, then, now = first_visits(journey, within), stages.alias("then"), stages.alias("now")
    until = literal(as_of, INSTANT)
    at_entry = and_(
        then.c.member_id == visits.c.member_id,
        then.c.since <= visits.c.entered_at,
        or_(then.c.left_at.is_(None), then.c.left_at > visits.c.entered_at),
    )
    at_last = and_(
        now.c.member_id == visits.c.member_id,
        now.c.since <= until,
        or_(now.c.left_at.is_(None), now.c.left_at > until),
    )
    joined = visits.join(members, members.c.id == visits.c.member_id).outerjoin(then, at_entry).outerjoin(now, at_last)
    columns = (visits.c.arm, then.c.stage, now.c.stage)
    query = select(*columns, func.count()).select_from(joined).where(alive(members), visits.c.entered_at < until)
    arms: dict[str, dict[tuple[str | None, str | None], int]] = {"journey": {}, "holdout": {}}
    for arm, was, is_, count in conn.execute(query.group_by(*columns)):
        arms[arm][was, is_] = count
    return Moves(journey, as_of, arms["journey"], arms["holdout"])


def by_stage(found: Moves, order: Sequence[str]) -> tuple[StageNow, ...]:
    """Each stage in the order given, then any other that somebody is or was in, those in none last."""
    seen = {stage for pairs in (found.treated, found.held_out) for pair in pairs for stage in pair}
    names = [
        *order,
        *sorted(name for name in seen - {None, *order} if name is not None),
        *([None] if None in seen else []),
    ]
    return tuple(_of(found, name) for name in names)


def movers(pairs: Pairs) -> Rate:
    """The share that is in another stage now than when they came in."""
    return rate(sum(count for (was, now), count in pairs.items() if was != now), sum(pairs.values()))


def _of(found: Moves, stage: str | None) -> StageNow:
    rates = [_share(pairs, stage, place) for pairs in (found.treated, found.held_out) for place in (0, 1)]
    treated, held_out = _changes(found.treated, stage), _changes(found.held_out, stage)
    if not found.treated or not found.held_out:
        return StageNow(stage, rates[0], rates[1], rates[2], rates[3])
    difference = _mean(treated) - _mean(held_out)
    interval = proportions.mean_difference_interval(treated, held_out)
    return StageNow(stage, rates[0], rates[1], rates[2], rates[3], difference, interval)


def _share(pairs: Pairs, stage: str | None, place: int) -> Rate:
    return rate(sum(count for pair, count in pairs.items() if pair[place] == stage), sum(pairs.values()))


def _changes(pairs: Pairs, stage: str | None) -> dict[int, int]:
    """How many came to the stage since (1), left it (-1), or did neither (0)."""
    counted = {-1: 0, 0: 0, 1: 0}
    for (was, now), count in pairs.items():
        counted[(now == stage) - (was == stage)] += count
    return counted


def _mean(counted: Mapping[int, int]) -> float:
    return sum(value * count for value, count in counted.items()) / sum(counted.values())
