"""What a new friend cost by where she came from, against a buyer who was brought back; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text

from journey_engine.language.catalog import Prices
from journey_engine.language.measuring import Spend
from journey_engine.language.project import Project
from journey_engine.measures.buying import bought_event
from journey_engine.measures.costs import costs
from journey_engine.measures.lift import lift
from journey_engine.measures.spans import Span
from journey_engine.store.tables.people import alive, members


@dataclass(frozen=True, slots=True)
class Friends:
    """One source in a span (`source` empty: nobody knows where from): its part of the declared spend, the friends it
    brought, how many of them have bought since. Costs are None where nothing was declared, or there is nobody."""

    source: str
    title: str
    spend: Decimal | None
    friends: int
    buyers: int
    per_friend: Decimal | None
    per_buyer: Decimal | None


@dataclass(frozen=True, slots=True)
class Kept:
    """One journey that keeps members: what it spent, and on each member who would not have come back without it.

    `extra`: the goals its lift comes to; None while that cannot be read. `per_extra` None, too, where the interval of
    the lift holds zero: then nobody knows that it brought anybody back.
    """

    journey: str
    cost: Decimal | None
    goals: int
    per_goal: Decimal | None
    extra: float | None
    per_extra: Decimal | None


@dataclass(frozen=True, slots=True)
class Acquisition:
    """New friends by source, all of them together, and the journeys that keep members beside them."""

    currency: str
    sources: tuple[Friends, ...]
    all: Friends
    kept: tuple[Kept, ...]


def acquisition(conn: Connection, project: Project, now: datetime, within: Span) -> Acquisition:
    """New friends of the span and their cost, and the journeys of stages retain, dormant and lost."""
    zone, policy = project.policy.zone, project.policy
    titles = {name: source.title for name, source in (project.replies.sources if project.replies else {}).items()}
    spent = {name: _spent(spends, within, now, zone) for name, spends in policy.acquisition.items()}
    values = {"since": within.since, "until": within.until, "now": now, "bought": bought_event(project)}
    came = {row.source: (row.friends, row.buyers) for row in conn.execute(_CAME, values)}
    names = dict.fromkeys([*titles, *spent, *sorted(came)])
    sources = tuple(_friends(name, titles.get(name, ""), spent.get(name), *came.get(name, (0, 0))) for name in names)
    whole = sum(spent.values(), Decimal(0)) if spent else None
    every = _friends("", "", whole, sum(each.friends for each in sources), sum(each.buyers for each in sources))
    currency = policy.prices.currency if policy.prices else Prices().currency
    return Acquisition(currency, sources, every, _kept(conn, project, now, within))


def _friends(source: str, title: str, spend: Decimal | None, friends: int, buyers: int) -> Friends:
    per_friend = spend / friends if spend is not None and friends else None
    per_buyer = spend / buyers if spend is not None and buyers else None
    return Friends(source, title, spend, friends, buyers, per_friend, per_buyer)


def _spent(spends: tuple[Spend, ...], within: Span, now: datetime, zone: str) -> Decimal:
    """What was spent by then, each day alike; a day that has begun counts whole."""
    first = within.since.astimezone(ZoneInfo(zone)).date()
    last = (min(within.until, now) - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()
    total = Decimal(0)
    for spend in spends:
        days = (spend.to - spend.from_).days + 1
        inside = (min(last, spend.to) - max(first, spend.from_)).days + 1
        total += spend.cost * max(0, inside) / days
    return total


def _kept(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[Kept, ...]:
    found: list[Kept] = []
    for cost in costs(conn, project, now, within):
        journey = project.journeys.get(cost.journey)
        if journey is None or journey.stage not in _KEEPING:
            continue
        told = lift(conn, project, cost.journey, now, within)
        surely = told.extra_goals_interval is not None and told.extra_goals_interval[0] > 0
        extra = told.extra_goals
        per = cost.cost / Decimal(extra) if surely and extra is not None and cost.cost is not None else None
        found.append(Kept(cost.journey, cost.cost, cost.goals, cost.per_goal, extra, per))
    return tuple(found)


_KEEPING = ("retain", "dormant", "lost")
# A new friend: who followed for the first time ever. Where from: the first source she told, else what LINE said of it.
_CAME = text(f"""
with friends as (
    select distinct on (e.member_id) e.member_id, e.at, e.properties ->> 'source' as source
    from events e join members m on m.id = e.member_id
    where e.name = 'follow' and e.at <= :now and {alive(members.alias("m"))} order by e.member_id, e.at, e.id
), told as (
    select distinct on (f.member_id) f.member_id, c.properties ->> 'source' as source
    from friends f join events c on c.member_id = f.member_id and c.name = 'came_from' and c.at <= :now
    order by f.member_id, c.at, c.id
)
select coalesce(t.source, f.source, '') as source, count(*) as friends,
       count(*) filter (where exists (
           select from events b where b.member_id = f.member_id and b.name = :bought and b.at > f.at and b.at <= :now
       )) as buyers
from friends f left join told t on t.member_id = f.member_id
where f.at >= :since and f.at < :until group by 1
""")
