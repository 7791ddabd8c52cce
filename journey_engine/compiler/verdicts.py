"""The verdict on each trigger: who is let in, who is refused and why, who must wait for data; it writes no enrolment.

A trigger is judged once, in order of time; the first of a member's (with `again: per KEY`: of her key's) that lets her
in, or that cannot be judged yet, leaves the later ones to the next round or pass.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    extract,
    func,
    literal,
    literal_column,
    null,
    or_,
    select,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import asking, calendar
from journey_engine.compiler.deciding import word
from journey_engine.compiler.frontier import candidates, visits
from journey_engine.compiler.happened import matches
from journey_engine.compiler.lookups import looked_up
from journey_engine.compiler.plot import H_ENTER, NOW, Plot, passed_on
from journey_engine.compiler.restarting import may_yet_begin_anew, restarts
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, moves

ENTERED, HELD = word("enter"), word("hold")


def judged(plot: Plot) -> CTE:
    """Per member and key the triggers up to the first that lets her in or must be held, with `verdict` and `why`.

    Beside them `visit`, the number of her newest one (null: she has none), and what is known of the member. Of members
    who were inside when the round began nothing is judged before they were walked: they have open visits.
    """
    given = _judged(plot)
    decides = given.c.verdict.in_([ENTERED, HELD])
    order = [given.c.at, given.c.rank, given.c.number]
    whose = [given.c.member_id] if plot.key_name is None else [given.c.member_id, given.c.entry_key]
    before = func.count().filter(decides).over(partition_by=whose, order_by=order, rows=(None, -1))
    ranked = select(given, before.label("deciders")).cte("ranked")
    return select(*ranked.c).where(ranked.c.deciders == 0).cte("judged_first")


def latest_first(visits: Any) -> list[ColumnElement[Any]]:
    """The order of a member's visits whatever their key; the numbers of rows depend on when a pass came."""
    return [visits.c.entered_at.desc(), visits.c.visit.desc(), visits.c.entry_key.collate("C").desc()]


def _last_visit(plot: Plot, whose: Any) -> Any:
    """The newest enrolment of the row's member and key, as a lateral; nothing is looked up for who was never inside."""
    e = enrolments
    return (
        select(e.c.id, e.c.visit, e.c.entered_at, e.c.ended_at)
        .where(
            whose.c.visited, e.c.member_id == whose.c.member_id, e.c.journey == plot.name,
            e.c.entry_key == whose.c.entry_key,
        )
        .order_by(e.c.visit.desc()).limit(1).lateral("last")
    )  # fmt: skip


def _judged(plot: Plot) -> CTE:
    """All columns of `candidates` with verdict and why. What `if` asks is asked once, of those who come so far."""
    met = _met(plot)
    rule = plot.journey.enter.if_
    if rule is None:
        verdict = func.coalesce(met.c.refusal, ENTERED)
        return passed_on(select(*met.c, verdict.label("verdict"), _why(met).label("why")), "judged")
    entry = plot.entry_at(met, met.c.at, itself=True)
    given = asking.asked_leaves(plot, rule.condition, met, entry)
    comes_so_far = and_(met.c.refusal.is_(None), met.c.at <= H_ENTER)
    columns = [case((comes_so_far, answer)).label(f"answer_{place}") for place, answer in enumerate(given)]
    asked = passed_on(select(*met.c, *columns), "asked")
    answers: list[ColumnElement[bool]] = [asked.c[column.name] for column in columns]
    verdict = case(
        (asked.c.refusal.is_not(None), asked.c.refusal),
        (asked.c.at > H_ENTER, HELD),
        (asking.answer(rule.condition, answers), ENTERED),
        else_=literal_column("'if'", Text),
    )
    was_asked = and_(asked.c.refusal.is_(None), asked.c.at <= H_ENTER)
    told = cast(asking.told({str(place): said for place, said in enumerate(answers)}), JSONB)
    why = case((was_asked, told), else_=_why(asked))
    return passed_on(select(*asked.c, verdict.label("verdict"), why.label("why")), "judged")


def _met(plot: Plot) -> CTE:
    """Candidates with what they met: `refusal`, the reason that needs no `if`; null where there is none."""
    last = _last_visit(plot, candidates)
    not_walked = exists(
        select(literal(1)).where(
            visits.c.member_id == candidates.c.member_id, visits.c.entry_key == candidates.c.entry_key, visits.c.is_open
        )
    )
    refusal = case(*_refusals(plot, last), else_=null())
    return passed_on(
        select(*candidates.c, refusal.label("refusal"), last.c.id.label("last"), last.c.visit)
        .select_from(candidates.outerjoin(last, true()))
        .where(candidates.c.at <= NOW, ~not_walked),
        "met",
    )


def _refusals(plot: Plot, last: Any) -> list[tuple[ColumnElement[bool], ColumnElement[Any]]]:
    """The reasons in order of precedence."""
    found = of_visit(plot, last, candidates.c.zone)
    if restarts(plot, plot.graph.first):
        begins_anew = and_(_is_trigger(plot), may_yet_begin_anew(plot, last.c.id, candidates.c.at))
        found = [(_began_anew(plot, last), word("restart")), found[0], (begins_anew, HELD), *found[1:]]
    if plot.journey.enter.again.per is not None:
        found.insert(0, (candidates.c.entry_key == "", word("no key")))
    return [*found, (_blocked(), word("blocked"))]


def of_visit(plot: Plot, last: Any, zone: ColumnElement[Any]) -> list[tuple[ColumnElement[bool], ColumnElement[Any]]]:
    """Why the newest visit (entered_at, ended_at) keeps a candidate out, in order of precedence."""
    again, at = plot.journey.enter.again, candidates.c.at
    entered, ended = last.c.entered_at, last.c.ended_at
    inside = and_(entered.is_not(None), or_(ended.is_(None), at < ended))
    found: list[tuple[ColumnElement[bool], ColumnElement[Any]]] = [
        (at < entered, word("older")),
        (inside, word("inside")),
    ]
    match again.kind:
        case "never":
            found.append((entered.is_not(None), word("again")))
        case "once a year":
            found.append((_year(at, zone) == _year(entered, zone), word("again")))
        case "after":
            assert again.length is not None
            over = calendar.plus(entered, again.length, zone, mostly=plot.project.policy.zone)
            found.append((at < over, word("again")))
        case "after exit":
            pass
    return found


def _began_anew(plot: Plot, last: Any) -> ColumnElement[bool]:
    """Whether the trigger began the first wait of her visit anew, as its path tells."""
    why = func.jsonb_build_object("event", candidates.c.number)
    line = func.jsonb_build_object("step", plot.graph.first.name, "outcome", "restart", "why", why)
    path = moves.c.path.contains(func.jsonb_build_array(line, type_=JSONB))
    own = and_(moves.c.member_id == candidates.c.member_id, moves.c.enrolment_id == last.c.id)
    return and_(candidates.c.rank == 0, exists(select(literal(1)).where(own, path)))


def _is_trigger(plot: Plot) -> ColumnElement[bool]:
    """Whether it is the declared event, not one by which she was handed on."""
    on = plot.journey.enter.on
    assert on is not None
    own = and_(events.c.member_id == candidates.c.member_id, events.c.id == candidates.c.number)
    return and_(candidates.c.rank == 0, exists(select(literal(1)).where(own, matches(plot.project, events, on.query))))


def _year(at: ColumnElement[Any], zone: ColumnElement[Any]) -> ColumnElement[Any]:
    """The calendar year in the member's zone."""
    return cast(extract("year", calendar.local(at, zone)), Integer)


def _last_word(of: str, row: FromClause) -> Any:
    """Of the last that was said about the friendship by then, that column."""
    told = events.alias("told")
    return (
        select(told.c[of])
        .where(
            told.c.member_id == row.c.member_id, told.c.name.in_(["follow", "unfollow"]), told.c.at <= row.c.at,
            told.c.of.is_(None),  # of another account, beside which she was a friend
        )
        .order_by(told.c.at.desc(), told.c.id.desc()).limit(1).scalar_subquery()
    )  # fmt: skip


def _blocked() -> ColumnElement[bool]:
    """Whether she had blocked us by then, and the trigger is not itself a follow; few ever have."""
    trigger = events.alias("trigger_event")
    itself = looked_up(
        select(literal(1)).where(
            candidates.c.rank == 0, trigger.c.id == candidates.c.number, trigger.c.name == "follow",
            trigger.c.member_id == candidates.c.member_id,
        )
    )  # fmt: skip
    gone = func.coalesce(_last_word("name", candidates) == "unfollow", False)
    return and_(candidates.c.unfollowed, gone, ~itself)


def _why(row: CTE) -> ColumnElement[Any]:
    """The visit that stood in the way, or the unfollow."""
    stood = row.c.refusal.in_(["restart", "older", "inside", "again"])
    return case(
        (stood, because_of("enrolment", row.c.last)),
        (row.c.refusal == "blocked", because_of("event", _last_word("id", row))),
        else_=cast(null(), JSONB(none_as_null=True)),
    )


def because_of(kind: str, number: ColumnElement[Any]) -> ColumnElement[Any]:
    """What a refusal rests on, as it is kept."""
    return func.jsonb_build_object(word(kind), number, type_=JSONB)
