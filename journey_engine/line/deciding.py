"""What becomes of every due intent, in one statement with a reason for each that does not go; it changes no row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ARRAY,
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
    text,
)

from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import Send, Step
from journey_engine.language.mentions import segments_of
from journey_engine.language.project import Project
from journey_engine.line.capping import capped
from journey_engine.line.filling import values_of
from journey_engine.line.quiet import quiet_zones
from journey_engine.line.standing import against_sending, first_reason, instant, recipient_of, topic_of
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.operation import holds
from journey_engine.store.tables.people import members

# In this order they take what is scarce: caps and the month's quota.
TOPICS = ("transactional", "service", "news", "promotion")
_CARRIED = ("id", "enrolment_id", "member_id", "journey", "step", "message", "at", "expires_at", "entry")
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('line decider ' || :channel, 0))")


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about one intent: to go (`reason` and `not_before` None), to skip, or to wait till `not_before`.

    It waits `because` of quiet hours or a cap; a cap may let it live till `expires`. `recipient` is as of the
    decision. `values` fill the message: the member's attributes as of the decision by their names, what the entry
    brought as `entry.NAME`.
    """

    intent: int
    member: int
    message: str
    topic: str
    recipient: str
    values: dict[str, Any]
    reason: str | None
    not_before: datetime | None
    because: str | None = None
    expires: datetime | None = None

    @property
    def goes(self) -> bool:
        """Whether it is to be sent now."""
        return self.reason is None and self.not_before is None


@dataclass(frozen=True, slots=True)
class Question:
    """What one decision is asked: at most `most` intents at `now`, with room for `room` recipients (None: no limit).

    With `only_expired` nothing goes: what is too old is buried, the rest stays (the channel is held). With `members`
    (their numbers) it is about theirs alone.
    """

    now: datetime
    most: int
    room: int | None
    only_expired: bool = False
    members: Sequence[int] | None = None


def lock_channel(connection: Connection, channel: str) -> None:
    """Be the one decider of `channel` until this transaction ends; waits for another one."""
    connection.execute(_LOCK, {"channel": channel})


def decide(connection: Connection, project: Project, asked: Question) -> list[Decided]:
    """Everything that is due, decided, in the order of topic, priority, due time and member.

    The caller holds the channel's lock and writes what follows in the same transaction. Intents of one enrolment are
    decided one after the other: a later one when the earlier is settled.
    """
    due = _due(project, asked, _stopped(connection, project))
    quiet = _quiet(connection, project, asked.now)
    judged = _judged(project, asked.now, due, quiet)
    last = capped(project, asked.now, judged).c
    goes = and_(last.reason.is_(None), last.not_before.is_(None))
    taken = func.sum(case((goes, 1), else_=0)).over(order_by=last.position)
    no_room = literal(False) if asked.room is None else and_(goes, taken > asked.room)
    statement = select(
        last.id,
        last.member_id,
        last.message,
        func.coalesce(last.topic, ""),
        func.coalesce(last.recipient, ""),
        last.attributes,
        last.entry,
        case((no_room, "quota"), else_=last.reason),
        last.not_before,
        last.because,
        last.expires,
    ).order_by(last.position)
    return [_decided(*row) for row in connection.execute(statement)]


def _decided(
    intent: int, member: int, message: str, topic: str, recipient: str, attributes: Any, entry: Any, *ruling: Any
) -> Decided:
    return Decided(intent, member, message, topic, recipient, values_of(attributes, entry), *ruling)


def _stopped(connection: Connection, project: Project) -> tuple[list[str], list[str]]:
    """Journeys (held, paused, draft) and messages (held) of which nothing goes until that ends.

    A held segment holds the journeys that rest on it.
    """
    held: dict[str, set[str]] = {"journey": set(), "message": set(), "segment": set()}
    rows = connection.execute(
        select(holds.c.scope, holds.c.name).where(holds.c.released_at.is_(None), holds.c.scope.in_(held))
    )
    for scope, name in rows:
        held[scope].add(name)
    if held["segment"]:
        resting = ((name, segments_of(project, journey)) for name, journey in project.journeys.items())
        held["journey"].update(name for name, segments in resting if segments & held["segment"])
    held["journey"].update(name for name, journey in project.journeys.items() if journey.status in ("paused", "draft"))
    return sorted(held["journey"]), sorted(held["message"])


def _due(project: Project, asked: Question, stopped: tuple[list[str], list[str]]) -> CTE:
    now = instant(asked.now)
    may_go = and_(
        or_(intents.c.not_before.is_(None), intents.c.not_before <= now),
        intents.c.journey.not_in(stopped[0]),
        intents.c.message.not_in(stopped[1]),
    )
    expired = intents.c.expires_at <= now
    topic = topic_of(project, intents.c.message)
    rank = case({name: place for place, name in enumerate(TOPICS)}, value=topic, else_=len(TOPICS))
    order = (rank, intents.c.priority.desc(), intents.c.at, intents.c.member_id, intents.c.id)
    return (
        select(
            *(intents.c[name] for name in _CARRIED),
            topic.label("topic"),
            func.row_number().over(order_by=order).label("position"),
        )
        .where(
            intents.c.status == "pending",
            intents.c.at <= now,
            expired if asked.only_expired else or_(expired, may_go),
            ~_waits_for_another(),
            *of_members(intents.c.member_id, asked.members),
        )
        .order_by(*order)
        .limit(asked.most)
        .cte("due")
        .prefix_with("materialized")
    )


def _waits_for_another() -> ColumnElement[bool]:
    """Whether an earlier intent of the same enrolment is not settled yet."""
    earlier = intents.alias("earlier")
    return exists().where(
        earlier.c.enrolment_id == intents.c.enrolment_id,
        earlier.c.status.in_(("pending", "frozen")),
        or_(earlier.c.at < intents.c.at, and_(earlier.c.at == intents.c.at, earlier.c.id < intents.c.id)),
    )


def of_members(column: ColumnElement[int], only: Sequence[int] | None) -> list[ColumnElement[bool]]:
    """That a member is one of these; nothing if all are meant."""
    return [] if only is None else [column == func.any(literal(list(only), ARRAY(BigInteger)))]


def _quiet(connection: Connection, project: Project, now: datetime) -> dict[str | None, datetime]:
    hours = project.policy.quiet_hours
    if hours is None:
        return {}
    zones = connection.scalars(
        select(members.c.zone)
        .join(intents, intents.c.member_id == members.c.id)
        .where(intents.c.status == "pending", intents.c.at <= instant(now))
        .distinct()
    )
    return quiet_zones(now, zones, project.policy.zone, hours)


def quiet_end(quiet: dict[str | None, datetime]) -> ColumnElement[Any]:
    """Until when the member of the row is to be left alone; null if not at all."""
    nothing: ColumnElement[Any] = cast(null(), INSTANT)
    named = {name: instant(end) for name, end in quiet.items() if name is not None}
    by_name: ColumnElement[Any] = case(named, value=members.c.zone, else_=nothing) if named else nothing
    return case((members.c.zone.is_(None), instant(quiet[None])), else_=by_name) if None in quiet else by_name


def _judged(project: Project, now: datetime, due: CTE, quiet: dict[str | None, datetime]) -> CTE:
    """Each due intent with the first reason against it, else until when quiet hours put it off."""
    cases = against_sending(due.c, due.c.topic, now)
    cases.insert(3, (due.c.topic.is_(None), "no such message"))
    steps = list(_conditions(project, now, due))
    if steps:
        # A step's condition is asked only of the step's own intents: CASE does not evaluate what it does not reach.
        holds_still = case(*steps, else_=literal(True))
        cases.append((holds_still.is_not(True), "if"))
    cases.append((and_(quiet_end(quiet).is_not(None), _skips_quiet(project, due)), "quiet hours"))
    reason = first_reason(cases)
    return (
        select(
            due.c.id,
            due.c.member_id,
            due.c.journey,
            due.c.step,
            due.c.message,
            due.c.at,
            due.c.expires_at,
            due.c.topic,
            due.c.position,
            due.c.entry,
            members.c.attributes,
            recipient_of(due.c.member_id).label("recipient"),
            reason.label("reason"),
            quiet_end(quiet).label("quiet"),
        )
        .select_from(
            due.outerjoin(members, members.c.id == due.c.member_id).outerjoin(
                enrolments, enrolments.c.id == due.c.enrolment_id
            )
        )
        .cte("judged")
        .prefix_with("materialized")
    )


def _sends(project: Project) -> list[tuple[str, str, Send]]:
    found: list[tuple[str, str, Step]] = [
        (name, step, what) for name, journey in project.journeys.items() for step, what in all_steps(journey)
    ]
    return [(name, step, what) for name, step, what in found if isinstance(what, Send)]


def _conditions(project: Project, now: datetime, due: CTE) -> Sequence[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    return [
        (
            and_(due.c.journey == journey, due.c.step == name),
            condition_sql(project, step.if_.condition, members.c.id, instant(now), _entry(project, journey)),
        )
        for journey, name, step in _sends(project)
        if step.if_ is not None
    ]


def _entry(project: Project, journey: str) -> Entry:
    enter = project.journeys[journey].enter
    event = None if enter.on is None else enter.on.query.event
    columns = enrolments.c.entered_at, enrolments.c.entry
    return Entry(*columns, event, key_name=enter.again.per, key=enrolments.c.entry_key)


def _skips_quiet(project: Project, due: CTE) -> ColumnElement[bool]:
    steps = [(journey, name) for journey, name, step in _sends(project) if step.quiet == "skip"]
    return or_(False, *(and_(due.c.journey == journey, due.c.step == name) for journey, name in steps))
