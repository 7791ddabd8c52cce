"""What journeys spent: messages at what they came to, coupons given and used, and the cost of a goal; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import Connection, text

from journey_engine.language.catalog import Prices
from journey_engine.language.project import Project
from journey_engine.measures.spans import Span, months, span


@dataclass(frozen=True, slots=True)
class MonthCost:
    """A local month's messages that count, all journeys and answers together, and what they cost; None: no prices.

    `each`: what one message came to that month: the plan and what was bought beyond it, by what was sent.
    """

    month: date
    messages: int
    cost: Decimal | None
    each: Decimal | None


@dataclass(frozen=True, slots=True)
class JourneyCost:
    """One journey in a span. A bundle of messages to one member counts once, shared by the journeys in it.

    `cost` None: the policy has no prices. `goals`: visits that reached the goal in the span, without the held out;
    `per_goal` None of none. Coupons are counted, not priced: no file says what one is worth.
    """

    journey: str
    messages: Decimal
    cost: Decimal | None
    coupons_given: int
    coupons_redeemed: int
    goals: int
    per_goal: Decimal | None
    currency: str


def month_costs(conn: Connection, project: Project, within: Span) -> tuple[MonthCost, ...]:
    """What each month of the span cost by the policy's prices of today; a month counts whole."""
    zone = project.policy.zone
    whole = [span(f"{month:%Y-%m}", zone) for month in _months(within, zone)]
    counted: dict[date, Decimal] = {}
    for (_, month), messages in _messages(conn, zone, whole[0].since, whole[-1].until).items():
        counted[month] = counted.get(month, Decimal(0)) + messages
    return tuple(
        _month(month, round(counted.get(month, Decimal(0))), project.policy.prices) for month in _months(within, zone)
    )


def _month(month: date, messages: int, prices: Prices | None) -> MonthCost:
    if prices is None:
        return MonthCost(month, messages, None, None)
    cost = prices.monthly + max(0, messages - prices.free) * (prices.each or Decimal(0))
    return MonthCost(month, messages, cost, cost / messages if messages else None)


def costs(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[JourneyCost, ...]:
    """What each journey spent in the span, in the project's order; then what is no journey of it any more."""
    until = min(within.until, now)
    each = {month.month: month.each for month in month_costs(conn, project, within)}
    prices = project.policy.prices
    found: dict[str, dict[date, Decimal]] = {}
    for (journey, month), messages in _messages(conn, project.policy.zone, within.since, until).items():
        found.setdefault(journey, {})[month] = messages
    coupons, goals = _coupons(conn, within.since, until), _goals(conn, within.since, until)
    shown: list[JourneyCost] = []
    for journey in dict.fromkeys([*project.journeys, *sorted(found)]):
        months = found.get(journey, {})
        spent = sum((count * (each[month] or 0) for month, count in months.items()), Decimal(0)) if prices else None
        reached = goals.get(journey, 0)
        per_goal = spent / reached if spent is not None and reached else None
        given, redeemed = coupons.get(journey, (0, 0))
        messages = sum(months.values(), Decimal(0))
        currency = prices.currency if prices else ""
        shown.append(JourneyCost(journey, messages, spent, given, redeemed, reached, per_goal, currency))
    return tuple(shown)


def _months(within: Span, zone: str) -> list[date]:
    return [each.since.date() for each in months(within, zone)]


# A bundle is one message to LINE: each journey in it has its part. A reply is free. What nobody knows was sent counts,
# as the ledger of the quota has it.
_MESSAGES = text("""
with sent as (
    select i.journey, i.settled_at, 1.0 / count(*) over (partition by i.request_id, i.member_id) as part
    from intents i join requests r on r.id = i.request_id
    where i.status in ('accepted', 'unknown') and not i.free and r.endpoint <> 'reply'
)
select journey, cast(date_trunc('month', settled_at at time zone :zone) as date) as month, sum(part) as messages
from sent where settled_at >= :since and settled_at < :until group by 1, 2 order by 1, 2
""")
_COUPONS = text("""
select e.journey, count(*) filter (where c.drawn_at >= :since and c.drawn_at < :until) as given,
       count(*) filter (where c.redeemed_at >= :since and c.redeemed_at < :until) as redeemed
from coupon_codes c join enrolments e on e.id = c.enrolment_id
where c.drawn_at >= :since and c.drawn_at < :until or c.redeemed_at >= :since and c.redeemed_at < :until group by 1
""")
_GOALS = text("""
select journey, count(*) from enrolments where arm <> 'holdout' and goal_at >= :since and goal_at < :until group by 1
""")


def _messages(conn: Connection, zone: str, since: datetime, until: datetime) -> dict[tuple[str, date], Decimal]:
    rows = conn.execute(_MESSAGES, {"zone": zone, "since": since, "until": until})
    return {(row.journey, row.month): Decimal(row.messages) for row in rows}


def _coupons(conn: Connection, since: datetime, until: datetime) -> dict[str, tuple[int, int]]:
    rows = conn.execute(_COUPONS, {"since": since, "until": until})
    return {row.journey: (row.given, row.redeemed) for row in rows}


def _goals(conn: Connection, since: datetime, until: datetime) -> dict[str, int]:
    return {row[0]: row[1] for row in conn.execute(_GOALS, {"since": since, "until": until})}
