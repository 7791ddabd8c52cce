"""Who enters: the triggers that arrived, the verdict on each, the enrolments of those let in; it walks nobody.

A trigger is judged once, in order of time; the first of a member's that lets her in, or that cannot be judged yet,
leaves the later ones to the next round or pass.
"""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Executable,
    Integer,
    Label,
    Select,
    Text,
    and_,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    union_all,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar, draws
from journey_engine.compiler.arrivals import is_new
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.compiler.frontier import BEFORE, ENTER, candidates, chunk, trail, verdicts, visits
from journey_engine.compiler.happened import matches
from journey_engine.compiler.plot import H_ENTER, LAST_NOW, LIVE_SINCE, NOW, VERSION, Plot, stage
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, entrances, inside, refusals
from journey_engine.store.tables.people import segment_members

ENTERED = literal_column("'enter'", Text)
HELD = literal_column("'hold'", Text)


def arrived_triggers(plot: Plot) -> list[Select[Any]]:
    """Per kind of trigger, those that arrived since the last pass: member_id, entry_ref, at, rank, number, entry.

    A one-off is no arrival: it is there in the pass whose now is the first not before it.
    """
    enter = plot.journey.enter
    handed_on = and_(events.c.name == "go_to", events.c.of == plot.name)
    mine = or_(handed_on, matches(plot.project, events, enter.on.query)) if enter.on else handed_on
    names = ["go_to", enter.on.query.event] if enter.on else ["go_to"]
    value = func.jsonb_strip_nulls(func.jsonb_build_object("value", cast(events.c.value, Text)), type_=JSONB)
    properties: ColumnElement[Any] = events.c.properties.concat(value)
    found: list[Select[Any]] = [
        select(
            events.c.member_id, _reference("event", events.c.id),
            events.c.at, literal_column("0", Integer).label("rank"), events.c.id.label("number"),
            properties.label("entry"),
        ).where(is_new(events), events.c.name.in_(names), mine, events.c.at >= LIVE_SINCE)
    ]  # fmt: skip
    stay = segment_members
    nothing: Label[Any] = literal_column("'{}'::jsonb", JSONB).label("entry")
    if enter.joins:
        found.append(
            select(
                stay.c.member_id, _reference("segment", stay.c.id),
                stay.c.joined_at.label("at"), literal_column("1", Integer).label("rank"), stay.c.id.label("number"),
                nothing,
            ).where(is_new(stay), stay.c.segment == enter.joins, stay.c.joined_at >= LIVE_SINCE)
        )  # fmt: skip
    if enter.at:
        at = enter.at.time.replace(tzinfo=ZoneInfo(plot.project.policy.zone), fold=0).astimezone(UTC)
        appointed = literal(at, INSTANT)
        there = and_(stay.c.joined_at <= appointed, or_(stay.c.left_at.is_(None), appointed < stay.c.left_at))
        now = and_(appointed > LAST_NOW, appointed <= NOW, appointed >= LIVE_SINCE)
        found.append(
            select(
                stay.c.member_id, literal(f"at:{at.isoformat()}").label("entry_ref"), appointed.label("at"),
                literal_column("2", Integer).label("rank"), stay.c.id.label("number"), nothing,
            ).where(now, stay.c.segment == enter.at.to, there)
        )  # fmt: skip
    return found


def _reference(kind: str, number: ColumnElement[Any]) -> Label[Any]:
    written: ColumnElement[Any] = literal(f"{kind}:").concat(cast(number, Text))
    return written.label("entry_ref")


def load_candidates(plot: Plot) -> Executable:
    """Into `candidates`: the chunk's triggers not used before, newly arrived ones and those that had to be held."""
    parts: list[Select[Any]] = []
    for trigger in arrived_triggers(plot):
        new = trigger.subquery()
        parts.append(select(new).join(chunk, chunk.c.member_id == new.c.member_id))
    kind = func.split_part(entrances.c.entry_ref, ":", 1)
    number = case((kind == "at", 0), else_=cast(func.split_part(entrances.c.entry_ref, ":", 2), BigInteger))
    rank = case((kind == "event", 0), (kind == "segment", 1), else_=2)
    held = select(
        entrances.c.member_id, entrances.c.entry_ref, entrances.c.at, rank.label("rank"), number.label("number"),
        entrances.c.entry,
    ).join(chunk, chunk.c.member_id == entrances.c.member_id).where(entrances.c.journey == plot.name)  # fmt: skip
    everything = union_all(held, *parts).subquery("found")
    # A trigger held before may arrive again, when a pass that did not end is done over.
    once = select(everything).where(unused(plot, everything)).distinct(everything.c.member_id, everything.c.entry_ref)
    names = [column.name for column in candidates.c]
    return insert(candidates).from_select(names, once)


def unused(plot: Plot, found: FromClause) -> ColumnElement[bool]:
    """Whether a trigger (member_id, entry_ref) was neither let in nor refused before."""
    entered = exists(select(literal(1)).where(_same(enrolments, found), enrolments.c.journey == plot.name))
    refused = exists(select(literal(1)).where(_same(refusals, found), refusals.c.journey == plot.name))
    return not_(or_(entered, refused))


def _same(table: Any, found: Any) -> ColumnElement[bool]:
    return and_(table.c.member_id == found.c.member_id, table.c.entry_ref == found.c.entry_ref)


def judge(plot: Plot) -> Executable:
    """Into `verdicts`: per member the triggers up to the first that lets her in or must be held. Counts by verdict.

    Of members who were inside when the round began nothing is judged before they were walked: they have open visits.
    """
    judged = _judged(plot)
    decides = judged.c.verdict.in_([ENTERED, HELD])
    order = [judged.c.at, judged.c.rank, judged.c.number]
    before = func.count().filter(decides).over(partition_by=judged.c.member_id, order_by=order, rows=(None, -1))
    ranked = select(judged, before.label("deciders")).cte("ranked")
    names = [column.name for column in verdicts.c]
    chosen = select(*(ranked.c[name] for name in names)).where(ranked.c.deciders == 0)
    given = insert(verdicts).from_select(names, chosen).returning(verdicts.c.verdict).cte("given")
    return select(given.c.verdict, func.count().label("n")).group_by(given.c.verdict)


def _judged(plot: Plot) -> CTE:
    last = (
        select(enrolments.c.entered_at, enrolments.c.ended_at)
        .where(enrolments.c.member_id == candidates.c.member_id, enrolments.c.journey == plot.name)
        .order_by(enrolments.c.visit.desc()).limit(1).lateral("last")
    )  # fmt: skip
    rows = candidates.join(chunk, chunk.c.member_id == candidates.c.member_id).outerjoin(last, true())
    not_walked = exists(select(literal(1)).where(visits.c.member_id == candidates.c.member_id, visits.c.is_open))
    judged = (
        select(*candidates.c, _verdict(plot, last).label("verdict"))
        .select_from(rows)
        .where(candidates.c.at <= NOW, ~not_walked)
    )
    return stage(judged, "judged")


def _verdict(plot: Plot, last: Any) -> ColumnElement[Any]:
    enter, at = plot.journey.enter, candidates.c.at
    inside_then = or_(last.c.ended_at.is_(None), at < last.c.ended_at)
    whens: list[tuple[ColumnElement[bool], Any]] = [
        (at < last.c.entered_at, "older"),
        (and_(last.c.entered_at.is_not(None), inside_then), "inside"),
    ]
    if enter.again.kind == "never":
        whens.append((last.c.entered_at.is_not(None), "again"))
    if enter.again.length is not None:
        whens.append((at < calendar.plus(last.c.entered_at, enter.again.length, chunk.c.zone), "again"))
    whens.append((_blocked(), "blocked"))
    if enter.if_ is not None:
        entry = Entry(at, candidates.c.entry, plot.trigger, itself=True)
        asked = condition_sql(plot.project, enter.if_.condition, candidates.c.member_id, at, entry)
        whens += [(at > H_ENTER, HELD), (~asked, "if")]
    return case(*whens, else_=ENTERED)


def _blocked() -> ColumnElement[bool]:
    """Whether the last word about the friendship by then is an unfollow, and the trigger is not itself a follow."""
    told = events.alias("told")
    last = (
        select(told.c.name)
        .where(
            told.c.member_id == candidates.c.member_id,
            told.c.name.in_(["follow", "unfollow"]),
            told.c.at <= candidates.c.at,
        )
        .order_by(told.c.at.desc(), told.c.id.desc()).limit(1).scalar_subquery()
    )  # fmt: skip
    trigger = events.alias("trigger_event")
    itself = exists(
        select(literal(1)).where(
            candidates.c.rank == 0, trigger.c.member_id == candidates.c.member_id, trigger.c.name == "follow",
            trigger.c.at == candidates.c.at, trigger.c.id == candidates.c.number,
        )
    )  # fmt: skip
    return and_(func.coalesce(last == "unfollow", False), ~itself)


def enter(plot: Plot) -> Executable:
    """Enrolments, the guard, and the first line of the path for whom the verdict lets in. Counts by arm."""
    admitted = _admitted(plot)
    names = ["journey", "member_id", "visit", "version", "entered_at", "entry_ref", "entry", "arm", "goal_until"]
    columns = [admitted.c[name] for name in names]
    new = insert(enrolments).from_select(names, select(*columns))
    entered = new.returning(
        enrolments.c.id, enrolments.c.member_id, enrolments.c.entered_at, enrolments.c.arm
    ).cte("entered")  # fmt: skip
    guard = insert(inside).from_select(
        ["journey", "member_id", "enrolment_id"], select(literal(plot.name), entered.c.member_id, entered.c.id)
    )
    first = case((entered.c.arm == "journey", 0))
    path = insert(trail).from_select(
        ["enrolment_id", "member_id", "node", "step", "at", "outcome", "next_node"],
        select(
            entered.c.id, entered.c.member_id, literal(BEFORE), literal(ENTER), entered.c.entered_at,
            entered.c.arm, first,
        ),
    )  # fmt: skip
    counted = select(entered.c.arm, func.count().label("n")).group_by(entered.c.arm)
    return counted.add_cte(guard.cte("guard"), path.cte("path"))


def _admitted(plot: Plot) -> CTE:
    last = (
        select(enrolments.c.visit, enrolments.c.arm)
        .where(enrolments.c.member_id == verdicts.c.member_id, enrolments.c.journey == plot.name)
        .order_by(enrolments.c.visit.desc()).limit(1).lateral("last")
    )  # fmt: skip
    drawn = case((draws.held_out(plot.project, plot.journey, chunk.c.member_key), "holdout"), else_="journey")
    goal = plot.journey.goal
    goal_until = calendar.plus(verdicts.c.at, goal.within, chunk.c.zone) if goal else literal(None, INSTANT)
    rows = verdicts.join(chunk, chunk.c.member_id == verdicts.c.member_id).outerjoin(last, true())
    return (
        select(
            literal(plot.name).label("journey"), verdicts.c.member_id,
            (func.coalesce(last.c.visit, 0) + 1).label("visit"), VERSION.label("version"),
            verdicts.c.at.label("entered_at"), verdicts.c.entry_ref, verdicts.c.entry,
            func.coalesce(last.c.arm, drawn).label("arm"), goal_until.label("goal_until"),
        )
        .select_from(rows)
        .where(verdicts.c.verdict == ENTERED)
        .cte("admitted")
    )  # fmt: skip


def settle_verdicts(plot: Plot) -> list[Executable]:
    """Refusals are written once, held and used entrances change, and what is left in `candidates` is not judged yet."""
    refused = select(
        literal(plot.name), verdicts.c.entry_ref, verdicts.c.member_id, verdicts.c.at, verdicts.c.verdict
    ).where(verdicts.c.verdict.not_in([ENTERED, HELD]))
    judged = verdicts.c.verdict != HELD
    gone = delete(entrances).where(entrances.c.journey == plot.name, _same(verdicts, entrances), judged)
    held = select(candidates.c.member_id).where(
        exists(select(literal(1)).where(verdicts.c.member_id == candidates.c.member_id, ~judged))
    )
    return [
        insert(refusals).from_select(["journey", "entry_ref", "member_id", "at", "reason"], refused),
        gone,
        delete(candidates).where(_same(verdicts, candidates), judged),
        keep_candidates(plot, candidates.c.member_id.in_(held)),
        delete(candidates).where(candidates.c.member_id.in_(held)),
        delete(verdicts),
    ]


def keep_candidates(plot: Plot, which: ColumnElement[bool]) -> Executable:
    """Into `entrances`: candidates that must wait, for data, for their time, or for a journey that is on hold."""
    columns = ["journey", "member_id", "entry_ref", "at", "entry"]
    rows = select(
        literal(plot.name), candidates.c.member_id, candidates.c.entry_ref, candidates.c.at, candidates.c.entry
    ).where(which)
    return upsert(entrances).from_select(columns, rows).on_conflict_do_nothing()


def any_left() -> Select[Any]:
    """Whether a trigger up to now is still to be judged."""
    return select(exists(select(literal(1)).select_from(candidates).where(candidates.c.at <= NOW)))
