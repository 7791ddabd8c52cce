"""Of members to whom one thing happened, how many did another within a time: response and upselling; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import Connection, and_, func, literal, select, text

from journey_engine.compiler import calendar
from journey_engine.compiler.happened import matches
from journey_engine.language.conditions import EventQuery
from journey_engine.language.coupon import pools_of
from journey_engine.language.durations import Duration
from journey_engine.language.project import Project
from journey_engine.measures.buying import bought_event
from journey_engine.measures.lift import lift
from journey_engine.measures.rates import Rate, rate
from journey_engine.measures.spans import Span
from journey_engine.moving.horizon import read_coverage
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members


@dataclass(frozen=True, slots=True)
class Response:
    """One message in a span: members LINE accepted it for, and of them who tapped it, who used its coupon, who bought
    within `days` days after their first one. Each rate is of those whose days are over and covered."""

    message: str
    sent: int
    tapped: Rate
    redeemed: Rate | None  # None: the message carries no coupon
    bought: Rate


@dataclass(frozen=True, slots=True)
class Upsell:
    """One rule: members who did the first thing, how often the second followed in time, and what it was worth.

    `rule`: its name in the policy, or the journey whose goal it is (then members are those let in, the held out left
    out, and no value is known). `still_open`: whose time is not over.
    """

    rule: str
    title: str
    is_goal: bool
    upsold: Rate
    still_open: int
    value: Decimal | None


@dataclass(frozen=True, slots=True)
class Followed:
    """Of members with the first thing whose time is over: how many did the second, and what it was worth to the brand.

    `still_open`: whose time is not over, or whose events have not all arrived."""

    rate: Rate
    still_open: int
    value: Decimal


def followed(
    conn: Connection,
    project: Project,
    first: EventQuery,
    then: EventQuery,
    length: Duration,
    now: datetime,
    within: Span | None = None,
    more: bool = False,
) -> Followed:
    """Of members with `first` in the span, whose `length` after their first one is over and covered, how many did
    `then` in it (`more`: one worth more than that first one)."""
    before, after = events.alias("before"), events.alias("after")
    began = (
        select(before.c.member_id, before.c.at, before.c.value)
        .distinct(before.c.member_id)
        .join(members, members.c.id == before.c.member_id)
        .where(matches(project, before, first), before.c.at <= literal(now, INSTANT), alive(members))
        .order_by(before.c.member_id, before.c.at, before.c.id)
    )
    if within is not None:
        since, until = (literal(instant, INSTANT) for instant in (within.since, within.until))
        began = began.where(before.c.at >= since, before.c.at < until)
    whose = began.cte("began")
    ends = calendar.plus(whose.c.at, length, literal(project.policy.zone))
    did = and_(after.c.member_id == whose.c.member_id, after.c.at > whose.c.at, after.c.at <= ends)
    asked = and_(did, matches(project, after, then), *([after.c.value > whose.c.value] if more else []))
    worth = select(func.sum(func.coalesce(after.c.value, 0))).where(asked).scalar_subquery()
    each = select(ends.label("ends"), worth.label("worth")).cte("each")
    horizon = read_coverage(conn, now).horizon(project, [first.event, then.event])
    over = each.c.ends <= literal(horizon, INSTANT)
    of, count, value, every = conn.execute(
        select(
            func.count().filter(over),
            func.count(each.c.worth).filter(over),
            func.coalesce(func.sum(each.c.worth).filter(over), 0),
            func.count(),
        )
    ).one()
    return Followed(rate(count, of), every - of, Decimal(value))


# Who was sent a message first in the span, and what she did in so many days after; only days that are over count.
_RESPONSES = text(f"""
with sent as (
    select e."of" as message, e.member_id, min(e.at) as at
    from events e join members m on m.id = e.member_id
    where e.name = 'accepted' and e.at >= :since and e.at < :until and e.at <= :now and {alive(members.alias("m"))}
    group by 1, 2
), each as (
    select s.*, s.at + :days <= :horizon as over, exists (
        select from events e where e.member_id = s.member_id and e.name = 'click' and e."of" = s.message
        and e.at > s.at and e.at <= s.at + :days) as tapped, exists (
        select from events e
        join unnest(cast(:messages as text[]), cast(:pools as text[])) as p (message, pool) on p.pool = e."of"
        where e.member_id = s.member_id and e.name = 'redeem' and p.message = s.message
        and e.at > s.at and e.at <= s.at + :days) as redeemed, exists (
        select from events e where e.member_id = s.member_id and e.name = :bought
        and e.at > s.at and e.at <= s.at + :days) as bought
    from sent s
)
select message, count(*) as sent, count(*) filter (where over) as over,
       count(*) filter (where over and tapped) as tapped,
       count(*) filter (where over and redeemed) as redeemed, count(*) filter (where over and bought) as bought
from each group by message order by message
""")


def responses(conn: Connection, project: Project, now: datetime, within: Span, days: int = 7) -> tuple[Response, ...]:
    """Every message that was sent in the span, by name."""
    carried = [(message, pool) for message in project.messages for pool in pools_of(project, message)]
    event = bought_event(project)
    horizon = read_coverage(conn, now).horizon(project, [event, "redeem"] if event else ["redeem"])
    values = {"since": within.since, "until": within.until, "now": now, "days": timedelta(days=days), "bought": event}
    values |= {"horizon": horizon, "messages": [m for m, _ in carried], "pools": [p for _, p in carried]}
    with_coupon = {message for message, _ in carried}
    return tuple(
        Response(
            row.message,
            row.sent,
            rate(row.tapped, row.over),
            rate(row.redeemed, row.over) if row.message in with_coupon else None,
            rate(row.bought, row.over),
        )
        for row in conn.execute(_RESPONSES, values)
    )


def upsells(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[Upsell, ...]:
    """The policy's `upsell` rules, then the goals of the journeys of stage `grow`."""
    found: list[Upsell] = []
    for name, rule in project.policy.upsell.items():
        seen = followed(conn, project, rule.after.query, rule.then.query, rule.within, now, within, rule.more)
        found.append(Upsell(name, rule.title or name, False, seen.rate, seen.still_open, seen.value))
    for name, journey in project.journeys.items():
        if journey.stage == "grow" and journey.goal is not None:
            reached = lift(conn, project, name, now, within)
            found.append(Upsell(name, journey.title, True, reached.treated, reached.still_open, None))
    return tuple(found)
