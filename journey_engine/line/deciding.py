"""What becomes of every due intent, in one statement with a reason for each that does not go; it changes no row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from json import JSONDecoder
from typing import Any, NamedTuple

from sqlalchemy import (
    CTE,
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    null,
    or_,
    select,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import Text

from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.compiler.lookups import AS_IT_IS, found_by
from journey_engine.language.project import Project
from journey_engine.line.asking import QUIET_UNTIL, STOPPED_JOURNEYS, STOPPED_MESSAGES, Question, Stopped
from journey_engine.line.capping import capped
from journey_engine.line.caps import window_starts
from journey_engine.line.cooling import ASKED, asked_lately
from journey_engine.line.due import due, is_due, sends, stopped
from journey_engine.line.filling import unfilled, values_of
from journey_engine.line.leading import Messages, waiting_messages
from journey_engine.line.quiet import quiet_zones
from journey_engine.line.standing import NOW, Case, against_sending, first_reason
from journey_engine.line.waves import unjudged
from journey_engine.store.prepared import Prepared, prepare
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members

_NO_ZONE = ""  # the business's own
Built = dict[Any, Prepared]  # statements by their shape
_SHAPES = 16  # which messages wait changes: what was built for others is not kept for ever
_PROJECTS = 32
_BUILT: dict[int, tuple[Project, Built]] = {}  # by the project's identity: who is here keeps his number
# Each zone is found by one look into the index, however many members are in it.
_ZONES = text("""
with recursive found as (
    select (select zone from members where zone is not null order by zone limit 1) as zone
    union all
    select (select m.zone from members m where m.zone > found.zone order by m.zone limit 1)
    from found where found.zone is not null)
select zone from found where zone is not null
""")
_JSON = JSONDecoder()
_LOCK = text("select pg_advisory_xact_lock(hashtextextended('line decider ' || :channel, 0))")


class Decided(NamedTuple):  # one is made for every intent: a frozen dataclass takes three times as long
    """What was decided about one intent: to go (`reason` and `not_before` None), to skip, or to wait till `not_before`.

    It waits `because` of quiet hours or a cap; a cap may let it live till `expires`. `recipient` is as of the
    decision. `values` fill the message: the member's attributes as of the decision by their names, what the entry
    brought as `entry.NAME`.

    `follows`: an earlier message of the `enrolment` is decided before it, and may travel with it. `token`: a reply
    token of the member's; without it she is `asleep`, if quiet hours hold. `alone`: it shares a request with none.
    `free`: it goes by a reply token or not at all.
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
    enrolment: int | None = None
    follows: bool = False
    alone: bool = False
    token: str | None = None
    asleep: bool = False
    free: bool = False

    @property
    def goes(self) -> bool:
        """Whether it is to be sent now."""
        return self.reason is None and self.not_before is None


def lock_channel(connection: Connection, channel: str) -> None:
    """Be the one decider of `channel` until this transaction ends; waits for another one."""
    connection.execute(_LOCK, {"channel": channel})


def decide(connection: Connection, project: Project, asked: Question) -> list[Decided]:
    """Everything that is due, decided, in the order of topic, priority, due time and member.

    The caller holds the channel's lock and writes what follows in the same transaction. A later intent of an enrolment
    follows the earlier one; it goes along with it, or is decided when that one is settled. Quiet hours do not bind
    what a fresh reply token carries. What the month's quota has room for is seen when requests are frozen.
    """
    if not is_due(connection, asked.now):  # each drain ends with a decision about nothing, and planning it takes long
        return []
    journeys, messages = _still(connection, project, asked.now)
    quiet = quiet_now(connection, project, asked.now)
    given: dict[str, Any] = {"now": asked.now, "most": asked.most, "members": list(asked.members or ())}
    given |= {STOPPED_JOURNEYS.key: list(journeys), STOPPED_MESSAGES.key: list(messages)}
    given |= {QUIET_UNTIL.key: _by_zone(quiet)}
    if asked.doubtful is not None:
        given |= {f"doubt_{field.name}": getattr(asked.doubtful, field.name) for field in fields(asked.doubtful)}
    named = waiting_messages(connection, asked)
    rows = _prepared(project, asked, named).run(connection, given | window_starts(project, asked.now)).all()
    return [_decided(*row) for row in rows]


def _prepared(project: Project, asked: Question, named: Messages) -> Prepared:
    """The statement, built once for as long as the project is asked about: to build it takes longer than to run it."""
    if id(project) not in _BUILT and len(_BUILT) >= _PROJECTS:
        _BUILT.clear()
    _, known = _BUILT.setdefault(id(project), (project, {}))
    shape = asked.shape, named
    found = known.get(shape)
    if found is None:
        if len(known) >= _SHAPES:
            known.clear()
        found = known[shape] = prepare(_statement(project, asked, named))
    return found


def _statement(project: Project, asked: Question, named: Messages) -> Select[Any]:
    judged = _judged(project, asked, due(project, asked, named))
    last = capped(project, judged).c
    is_filled = last.message.not_in(unfilled(project))  # else what would be filled in is not read
    return select(
        last.id,
        last.member_id,
        last.message,
        func.coalesce(last.topic, ""),
        func.coalesce(last.recipient, ""),
        case((is_filled, cast(last.attributes, Text))),
        case((is_filled, cast(last.entry, Text))),
        last.reason,
        last.not_before,
        last.because,
        last.expires,
        last.enrolment_id,
        last.follows,
        last.alone,
        last.token,
        last.asleep,
        last.free,
    ).order_by(last.position)


def _decided(
    intent: int,
    member: int,
    message: str,
    topic: str,
    recipient: str,
    attributes: str | None,
    entry: str | None,
    *ruling: Any,
) -> Decided:
    values = values_of(_told(attributes), _told(entry)) if attributes or entry else {}
    return Decided(intent, member, message, topic, recipient, values, *ruling)


def _told(written: str | None) -> dict[str, Any] | None:
    """An object as PostgreSQL writes it; most entries are empty."""
    return None if written is None or written == "{}" else _JSON.raw_decode(written)[0]


def _still(connection: Connection, project: Project, now: datetime) -> Stopped:
    """What is stopped, and the messages that are about to reach many and have not been judged."""
    journeys, messages = stopped(connection, project)
    return journeys, tuple(sorted({*messages, *unjudged(connection, project, now)}))


def carried_zones(connection: Connection) -> list[str | None]:
    """The zones that members carry, and None for those who carry none."""
    return [None, *connection.scalars(_ZONES)]


def quiet_now(connection: Connection, project: Project, now: datetime) -> dict[str | None, datetime]:
    """The zones in which it is quiet at `now`, with the end; None is the business's own."""
    hours = project.policy.quiet_hours
    if hours is None:
        return {}
    return quiet_zones(now, carried_zones(connection), project.policy.zone, hours)


def quiet_end(
    quiet: Mapping[str | None, datetime] | None = None, zone: ColumnElement[Any] = members.c.zone
) -> ColumnElement[Any]:
    """Until when the member of the row, who carries `zone`, is to be left alone; null if not at all.

    Without `quiet` the statement leaves it open (QUIET_UNTIL).
    """
    ends = QUIET_UNTIL if quiet is None else literal(_by_zone(quiet), JSONB)
    return cast(ends[func.coalesce(zone, _NO_ZONE)].astext, INSTANT)


def _by_zone(quiet: Mapping[str | None, datetime]) -> dict[str, str]:
    return {zone or _NO_ZONE: end.isoformat() for zone, end in quiet.items()}


def _judged(project: Project, asked: Question, due: CTE) -> CTE:
    """Each due intent with the first reason against it, else until when quiet hours put it off.

    They are few of many: each member and visit is looked up, Postgres may not read them all.
    """
    member = found_by(select(members).where(members.c.id == due.c.member_id), "member")
    visit = found_by(select(enrolments).where(enrolments.c.id == due.c.enrolment_id), "visit")
    end = quiet_end(zone=member.c.zone) if project.policy.quiet_hours else cast(null(), INSTANT)
    put_off = case((due.c.token.is_(None), end))
    reason = first_reason(_cases(project, asked, due, member, visit, put_off.is_not(None)))
    return (
        select(
            *due.c,
            member.c.attributes,
            reason.label("reason"),
            put_off.label("quiet"),
            end.is_not(None).label("asleep"),
        )
        .select_from(due.outerjoin(member, true()).outerjoin(visit, true()))
        .offset(AS_IT_IS)
        .cte("judged")
    )


def _cases(
    project: Project, asked: Question, due: CTE, member: FromClause, visit: FromClause, is_quiet: ColumnElement[bool]
) -> list[Case]:
    """The reasons not to send a due intent, in the order in which they count."""
    cases = against_sending(due.c, due.c.topic, NOW, due.c.recipient.is_not(None), member, visit, few=True)
    cases.insert(3, (due.c.topic.is_(None), "no such message"))
    if asked.doubtful is not None:
        until, start, end = (bindparam(f"doubt_{name}", type_=INSTANT) for name in ("until", "start", "end"))
        cases.insert(0, (and_(due.c.at <= until, ~due.c.at.between(start, end)), "restored"))
    steps = list(_conditions(project, due, member, visit))
    if steps:
        # A step's condition is asked only of the step's own intents: CASE does not evaluate what it does not reach.
        holds_still = case(*steps, else_=literal(True))
        cases.append((holds_still.is_not(True), "if"))
    if any(survey.cool_down for survey in project.surveys.values()):
        cases.append((asked_lately(project, due), ASKED))
    return [*cases, (and_(is_quiet, _skips_quiet(project, due)), "quiet hours")]


def _conditions(
    project: Project, due: CTE, member: FromClause, visit: FromClause
) -> Sequence[tuple[ColumnElement[bool], ColumnElement[bool]]]:
    return [
        (
            and_(due.c.journey == journey, due.c.step == name),
            condition_sql(project, step.if_.condition, member.c.id, NOW, _entry(project, journey, visit)),
        )
        for journey, name, step in sends(project)
        if step.if_ is not None
    ]


def _entry(project: Project, journey: str, visit: FromClause) -> Entry:
    enter = project.journeys[journey].enter
    event = None if enter.on is None else enter.on.query.event
    columns = visit.c.entered_at, visit.c.entry
    return Entry(*columns, event, key_name=enter.again.per, key=visit.c.entry_key)


def _skips_quiet(project: Project, due: CTE) -> ColumnElement[bool]:
    steps = [(journey, name) for journey, name, step in sends(project) if step.quiet == "skip"]
    return or_(False, *(and_(due.c.journey == journey, due.c.step == name) for journey, name in steps))
