"""The statement of each kind of step; a new kind is a type error here until it has one. It runs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never

from sqlalchemy import (
    CTE,
    ColumnElement,
    Insert,
    Select,
    and_,
    case,
    func,
    insert,
    literal,
    null,
    or_,
    select,
)

from journey_engine.compiler import calendar, changing, draws
from journey_engine.compiler.asking import answer, asked_leaves, told
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.calling import call
from journey_engine.compiler.coupons import with_codes
from journey_engine.compiler.experiments import exposed
from journey_engine.compiler.plot import NOW, Plot, horizon_of_decision, stage
from journey_engine.compiler.replies import may_reply
from journey_engine.compiler.verdicts import latest_first
from journey_engine.compiler.waits import wait
from journey_engine.compiler.walking import (
    BEGUN,
    HOLD,
    NEXT,
    PASSED,
    Decision,
    Effects,
    arrivals,
    no_effects,
    number,
    row,
    statement,
    word,
)
from journey_engine.language.coupon import pools_of
from journey_engine.language.days import Hours
from journey_engine.language.graph import Node
from journey_engine.language.journey import Branch, Call, GoTo, HandOff, Send, Set, Split, Stop, Tag, Untag, Wait
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import enrolments

QUIET = word("quiet")
# What she came to longer ago is no answer to what she does now, and its time would be long over.
_A_MOMENT = literal(timedelta(minutes=1))


def step_statement(plot: Plot, node: Node) -> Select[Any]:
    """The whole step for everyone who stands before it; returns step, outcome (null: rests) and n."""
    return statement(plot, node, decide(plot, node))


def decide(plot: Plot, node: Node) -> Decision:
    """What the step decides, by its kind."""
    match node.step:
        case Send() as step:
            return _send(plot, node, step)
        case Wait() as step:
            return wait(plot, node, step)
        case Branch() as step:
            return _branch(plot, node, step)
        case Split() as step:
            return _split(plot, node, step)
        case Tag(tag=grant):
            return _at_once(plot, node, lambda took: [changing.grant_tag(plot, node, grant, took)])
        case Untag(untag=tag):
            return _at_once(plot, node, lambda took: [changing.remove_tag(tag, took)])
        case Set() as step:
            return _at_once(plot, node, lambda took: [changing.set_attributes(plot, step, took)])
        case Call() as step:
            return call(plot, node, step)
        case HandOff() as step:
            return _at_once(plot, node, lambda took: changing.hand_off(plot, node, step, took))
        case GoTo(go_to=target):
            ends = f"go_to: {target}"
            return _at_once(plot, node, lambda took: [changing.tell(took, "go_to", target, {"from": plot.name})], ends)
        case Stop(stop=reason):
            return _at_once(plot, node, ends=f"stop: {reason}")
        case _:
            assert_never(node.step)


def _at_once(plot: Plot, node: Node, effects: Effects = no_effects, ends: str | None = None) -> Decision:
    here = arrivals(plot, node)
    return Decision(here, NEXT, here.c.at, ends=ends, effects=effects)


# ---- sending ------------------------------------------------------------------------------------------------------
def _send(plot: Plot, node: Node, step: Send) -> Decision:
    """An intent at the step's instant. Quiet hours (member's zone) are a wait until their end, or skip the message.

    They do not bind the answer to what she has just done: it goes by the reply token that came with it.
    """
    hours = plot.project.policy.quiet_hours
    if hours is None:
        return _at_once(plot, node, lambda took: [_intend(plot, node, step, took)])
    return _send_quietly(plot, node, step, hours)


def _send_quietly(plot: Plot, node: Node, step: Send, hours: Hours) -> Decision:
    here = arrivals(plot, node)
    quiet = case(
        (here.c.asked == BEGUN, False),
        (
            calendar.is_quiet(here.c.at, hours, here.c.zone),
            ~and_(here.c.at > NOW - _A_MOMENT, may_reply(here.c.member_id)),
        ),
        else_=False,
    )
    looked = stage(select(*here.c, quiet.label("quiet")), "looked")
    if step.quiet == "skip":
        outcome = case((looked.c.quiet, word("skipped")), else_=NEXT)
        why = {"step": node.name, "reason": "quiet hours"}
        return Decision(
            looked, outcome, looked.c.at,
            effects=lambda took: [
                _intend(plot, node, step, _only(took, "sending", took.c.outcome == NEXT)),
                changing.tell(_only(took, "skipping", took.c.outcome != NEXT), "skipped", step.send, why),
            ],
        )  # fmt: skip
    end = case(
        (looked.c.asked == BEGUN, looked.c.due_at),
        (looked.c.quiet, calendar.quiet_end(looked.c.at, hours, looked.c.zone)),
    )
    timed = stage(select(*looked.c, end.label("end_at")), "timed")
    at = func.coalesce(timed.c.end_at, timed.c.at, type_=INSTANT)
    return Decision(
        timed, case((at <= NOW, NEXT)), at, timed.c.end_at, timed.c.end_at,
        effects=lambda took: [_intend(plot, node, step, took)],
        also=lambda final: [_quiet_line(node, final)],
    )  # fmt: skip


def _only(took: CTE, name: str, which: ColumnElement[bool]) -> CTE:
    return select(*took.c).where(which).cte(name)


def _quiet_line(node: Node, final: CTE) -> Select[Any]:
    """That she met quiet hours stands in her path at the instant she met them."""
    met = final.c.quiet & final.c.asked.not_in([BEGUN, PASSED, HOLD])
    still_here = or_(final.c.leave_at.is_(None), final.c.at < final.c.leave_at)
    line = row(final, node=number(node.number), step=literal(node.name), at=final.c.at, outcome=QUIET)
    return line.where(met, still_here)


def _intend(plot: Plot, node: Node, step: Send, took: CTE) -> Insert:
    names = [
        "enrolment_id", "journey", "step", "member_id", "message", "at", "expires_at", "priority", "entry", "codes",
    ]  # fmt: skip
    expires_at = calendar.plus(took.c.out_at, step.expires, took.c.zone, mostly=plot.project.policy.zone)
    rows, codes = with_codes(plot, pools_of(plot.project, step.send), took)
    return insert(intents).from_select(
        names,
        select(
            took.c.enrolment_id, literal(plot.name), literal(node.name), took.c.member_id, literal(step.send),
            took.c.out_at, expires_at, literal(plot.journey.priority), took.c.entry, codes,
        ).select_from(rows),
    )  # fmt: skip


# ---- choosing -----------------------------------------------------------------------------------------------------
def _branch(plot: Plot, node: Node, step: Branch) -> Decision:
    """The first arm that holds, once everything the arms rest on has arrived."""
    here = arrivals(plot, node)
    known = and_(here.c.asked.not_in([PASSED, HOLD]), here.c.at <= horizon_of_decision(node))
    rules = {place: arm.if_.condition for place, arm in enumerate(step.branch, 1) if arm.if_ is not None}
    said = {place: asked_leaves(plot, rule, here) for place, rule in rules.items()}
    columns = [
        case((known, leaf)).label(f"arm_{place}_{number}")
        for place, leaves in said.items()
        for number, leaf in enumerate(leaves)
    ]
    heard = stage(select(*here.c, known.label("known"), *columns), "heard_arms")
    leaves = {place: [heard.c[f"arm_{place}_{number}"] for number in range(len(said[place]))] for place in rules}
    whens = [(answer(rule, leaves[place]), word(str(place))) for place, rule in rules.items()]
    chosen = case(*whens, else_=word("otherwise")) if whens else word("otherwise")
    outcome = case((heard.c.known, chosen))
    return Decision(heard, outcome, heard.c.at, heard.c.at, heard.c.at, why=_arms_told(leaves, heard, whens))


def _arms_told(
    leaves: Mapping[int, Sequence[ColumnElement[Any]]], heard: CTE, whens: list[tuple[ColumnElement[bool], Any]]
) -> ColumnElement[Any]:
    """What the leaves of the arms said, up to the arm that was taken: `{"asked": {"1.0": false, "2.0": true}}`."""
    upto: list[tuple[ColumnElement[bool], Any]] = []
    said: dict[str, ColumnElement[Any]] = {}
    for (place, each), (holds, _) in zip(leaves.items(), whens, strict=True):
        said |= {f"{place}.{number}": leaf for number, leaf in enumerate(each)}
        upto.append((holds, told(dict(said))))
    return case((~heard.c.known, null()), *upto, else_=told(said) if said else null())


def _split(plot: Plot, node: Node, step: Split) -> Decision:
    """The arm of her latest other visit if there is one, else the draw."""
    here = arrivals(plot, node)
    earlier = enrolments.alias("earlier")
    stored = (
        select(earlier.c.arms.op("->>")(node.name))
        .where(
            earlier.c.member_id == here.c.member_id,
            earlier.c.journey == plot.name,
            earlier.c.id != here.c.enrolment_id,
            earlier.c.arms.op("->>")(node.name).in_(list(step.split)),
        )
        .order_by(*latest_first(earlier))
        .limit(1)
        .scalar_subquery()
    )
    drawn = draws.arm(plot.name, node.name, step, here.c.member_key)
    given = stage(select(*here.c, func.coalesce(stored, drawn).label("drawn_arm")), "given")
    return Decision(given, given.c.drawn_arm, given.c.at, effects=lambda took: exposed(plot, node, step, took))
