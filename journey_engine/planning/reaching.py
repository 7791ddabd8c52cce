"""Whom a journey would reach, by reason of exclusion, asked with the compiled conditions; a count, and no promise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    Text,
    and_,
    case,
    cast,
    exists,
    extract,
    false,
    func,
    literal,
    select,
)

from journey_engine.compiler import calendar, draws
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Journey, Send
from journey_engine.language.project import Project
from journey_engine.planning.changes import Reach
from journey_engine.planning.triggering import DAYS, triggers
from journey_engine.store.tables.moving import enrolments, inside
from journey_engine.store.tables.people import alive, consents, friendships, identities, members

_STANDING: frozenset[str] = frozenset({"now", "once", "each time", "ahead"})


def reach(conn: Connection, project: Project, journey: Journey, now: datetime) -> Reach:
    """Whom the journey's trigger meets at `now` (aware), and who of them would not be let in or not be written to."""
    found = triggers(conn, project, journey, now)
    if found is None:
        return Reach(journey.journey, "unknown")
    asked = _Asked(project, journey, now, found.when in _STANDING)
    topics = _topics(project, journey)
    judged = _judged(asked, found.rows, topics)
    excluded: Counter[str] = Counter()
    withheld: Counter[str] = Counter()
    total = 0
    for row in conn.execute(judged).mappings():
        total += row["members"]
        if row["reason"] is not None:
            excluded[row["reason"]] += row["members"]
            continue
        withheld += Counter({topic: row["members"] for topic in topics if row[topic]})
    order = ("inside", "again", "blocked", "if", "held out", "not a friend", "no consent")
    days = found.days if found.when == "flow" else DAYS
    left_out = tuple((reason, excluded[reason]) for reason in order if excluded[reason])
    return Reach(journey.journey, found.when, total, days, left_out, tuple(sorted(withheld.items())))


def _topics(project: Project, journey: Journey) -> tuple[str, ...]:
    names = {step.send for _, step in all_steps(journey) if isinstance(step, Send)}
    return tuple(sorted({project.messages[name].topic for name in names if name in project.messages}))


@dataclass(frozen=True, slots=True)
class _Asked:
    project: Project
    journey: Journey
    now: datetime
    standing: bool  # everyone is asked about at `now`; else each trigger at its own instant

    @property
    def zone(self) -> ColumnElement[Any]:
        return literal(self.project.policy.zone, Text)


def _judged(asked: _Asked, rows: Select[Any], topics: tuple[str, ...]) -> Select[Any]:
    met = rows.cte("met")
    whens = _refusals(asked, met)
    if topics:
        whens += [(~_is_friend(), "not a friend"), (and_(*(_withholds(topic) for topic in topics)), "no consent")]
    reason = (case(*((rule, literal(word)) for rule, word in whens), else_=None) if whens else literal(None)).label(
        "reason"
    )
    columns = [cast(reason, Text).label("reason"), *(_withholds(topic).label(topic) for topic in topics)]
    each = select(*columns).select_from(met.join(members, members.c.id == met.c.member_id))
    told = each.where(alive(members)).cte("told").prefix_with("MATERIALIZED")
    return select(*told.c, func.count().label("members")).group_by(*told.c)


def _refusals(asked: _Asked, met: Any) -> list[tuple[ColumnElement[bool], str]]:
    """Why the trigger would not let a member in, in the order in which the engine asks."""
    project, journey = asked.project, asked.journey
    whens: list[tuple[ColumnElement[bool], str]] = []
    if asked.standing and journey.enter.again.per is None:
        within = exists(
            select(literal(1)).where(inside.c.journey == journey.journey, inside.c.member_id == members.c.id)
        )
        whens += [(within, "inside"), (_again(asked), "again")]
    is_gone = select(literal(1)).where(friendships.c.member_id == members.c.id, friendships.c.status == "blocked")
    whens.append((exists(is_gone), "blocked"))
    if journey.enter.if_ is not None:
        event = journey.enter.on.query.event if journey.enter.on else None
        entry = Entry(met.c.at, met.c.entry, event, itself=True)
        holds = condition_sql(project, journey.enter.if_.condition, members.c.id, met.c.at, entry)
        whens.append((~holds, "if"))
    whens.append((_held_out(asked), "held out"))
    return whens


def _again(asked: _Asked) -> ColumnElement[bool]:
    again = asked.journey.enter.again
    mine = and_(enrolments.c.journey == asked.journey.journey, enrolments.c.member_id == members.c.id)
    last = select(func.max(enrolments.c.entered_at)).where(mine).scalar_subquery()
    now = literal(asked.now, INSTANT)
    match again.kind:
        case "never":
            return exists(select(literal(1)).where(mine))
        case "after exit":
            return false()
        case "after":
            assert again.length is not None
            return func.coalesce(now < calendar.plus(last, again.length, asked.zone), False)
        case "once a year":
            years = [extract("year", calendar.local(at, asked.zone)) for at in (last, now)]
            return func.coalesce(years[0] == years[1], False)


def _held_out(asked: _Asked) -> ColumnElement[bool]:
    """By the arm of the last visit, else by the draw, which is the one the engine makes."""
    mine = and_(enrolments.c.journey == asked.journey.journey, enrolments.c.member_id == members.c.id)
    last = select(enrolments.c.arm).where(mine).order_by(enrolments.c.visit.desc()).limit(1).scalar_subquery()
    drawn = draws.held_out(asked.project, asked.journey, members.c.member_key)
    return func.coalesce(last == "holdout", drawn)


def _is_friend() -> ColumnElement[bool]:
    known = select(literal(1)).where(identities.c.kind == "line", identities.c.member_id == members.c.id)
    friend = select(literal(1)).where(friendships.c.member_id == members.c.id, friendships.c.status == "friend")
    return and_(exists(known), exists(friend))


def _withholds(topic: str) -> ColumnElement[bool]:
    said = and_(consents.c.member_id == members.c.id, consents.c.topic == topic, consents.c.granted.is_(False))
    return exists(select(literal(1)).where(said))
