"""How many messages an entrant is sent and what they cost by the policy's prices; an estimate that says its basis."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from itertools import takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim
from sqlalchemy import Connection, func, select

from journey_engine.language.graph import Edge, Node, graph
from journey_engine.language.journey import Journey, Send, Split
from journey_engine.language.project import Project
from journey_engine.planning.changes import Cost, Messages, Reach
from journey_engine.planning.triggering import DAYS
from journey_engine.store.tables.delivery import channels
from journey_engine.store.tables.moving import step_counts

_FEWEST = 30  # entrants below which the ways taken say little
# Ways that are exceptions: an estimate does not count on them.
_ODD = frozenset({"passed by", "skipped", "failed", "late", "no date"})


def messages(conn: Connection, project: Project, journey: Journey, reach: Reach, now: datetime) -> Messages:
    """What an entrant of the journey is sent, and all of thirty days' entrants together."""
    expected, most = _by_graph(journey)
    seen = _by_history(conn, project, journey, now)
    each = expected if seen is None else seen
    a_month = int(each * _entrants(project, journey, reach, now))
    return Messages(journey.journey, "graph" if seen is None else "history", each, most, a_month)


def _by_graph(journey: Journey) -> tuple[Decimal, int]:
    """Expected and most sends from the first step on: ways count alike, a split's by their shares."""
    expected: dict[str | None, Decimal] = {None: Decimal(0)}
    most: dict[str | None, int] = {None: 0}
    nodes = graph(journey).nodes
    for node in reversed(nodes):
        own = int(isinstance(node.step, Send))
        weights = [(edge, _weight(node, edge)) for edge in node.edges]
        total = sum((weight for _, weight in weights), Decimal(0))
        later = sum((weight * expected[edge.to] for edge, weight in weights), Decimal(0))
        expected[node.name] = own + (later / total if total else Decimal(0))
        most[node.name] = own + max((most[edge.to] for edge in node.edges), default=0)
    return expected[nodes[0].name], most[nodes[0].name]


def _weight(node: Node, edge: Edge) -> Decimal:
    if isinstance(node.step, Split) and edge.outcome in node.step.split:
        return node.step.split[edge.outcome].share
    return Decimal(0 if edge.outcome in _ODD else 1)


def _by_history(conn: Connection, project: Project, journey: Journey, now: datetime) -> Decimal | None:
    """Sends an entrant in the last days; None where too few entered, or a send is too new to have been taken."""
    first = (now - timedelta(days=DAYS)).astimezone(ZoneInfo(project.policy.zone)).date()
    rows = conn.execute(
        select(step_counts.c.step, step_counts.c.outcome, func.sum(step_counts.c.members))
        .where(step_counts.c.journey == journey.journey, step_counts.c.day > first)
        .group_by(step_counts.c.step, step_counts.c.outcome)
    )
    taken = {(step, outcome): int(count) for step, outcome, count in rows}
    entered = taken.get(("(enter)", "journey"), 0)
    sends = [node.name for node in graph(journey).nodes if isinstance(node.step, Send)]
    if entered < _FEWEST or not {step for step, _ in taken} >= set(sends):
        return None
    return Decimal(sum(taken.get((step, "next"), 0) for step in sends)) / entered


def _entrants(project: Project, journey: Journey, reach: Reach, now: datetime) -> Decimal:
    match reach.when:
        case "flow":
            return Decimal(reach.reached * DAYS) / max(1, reach.days)
        case "each time":
            return Decimal(reach.reached * _times(project, journey, now))
        case "now" | "once" | "ahead":
            return Decimal(reach.reached)
        case "unknown" | "past":
            return Decimal(0)


def _times(project: Project, journey: Journey, now: datetime) -> int:
    """How often the schedule of `every` comes round in thirty days."""
    if journey.enter.every is None:
        return 1
    until = now + timedelta(days=DAYS)
    local = now.astimezone(ZoneInfo(project.policy.zone))
    return sum(1 for _ in takewhile(lambda at: at <= until, CronSim(journey.enter.every.cron, local)))


def cost(conn: Connection, project: Project, sent: Iterable[Messages], now: datetime) -> Cost | None:
    """What a month of these messages costs beyond what is free and not used yet; None without prices."""
    prices = project.policy.prices
    wanted = sum(each.a_month for each in sent)
    if prices is None or not wanted:
        return None
    month = f"{now.astimezone(ZoneInfo(project.policy.zone)):%Y-%m}"
    used = select(func.coalesce(func.sum(channels.c.quota_used), 0)).where(channels.c.quota_month == month)
    gone = int(conn.execute(used).scalar_one())
    beyond = max(0, wanted - max(0, prices.free - gone))
    amount = Decimal(0) if not beyond else None if prices.each is None else beyond * prices.each
    return Cost(prices.plan, wanted, prices.free, gone, amount, prices.currency)
