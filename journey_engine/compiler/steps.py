"""The statement of each kind of step; a new kind is a type error here until it has one. It runs none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, assert_never

from sqlalchemy import (
    CTE,
    ColumnElement,
    and_,
    case,
    func,
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
from journey_engine.compiler.deciding import (
    BEGUN,
    HOLD,
    NEXT,
    PASSED,
    Decision,
    Effects,
    Notice,
    Rows,
    no_effects,
    word,
)
from journey_engine.compiler.experiments import exposed
from journey_engine.compiler.frontier import chunk
from journey_engine.compiler.plot import NOW, Plot, horizon_of_decision, passed_on
from journey_engine.compiler.replies import may_reply
from journey_engine.compiler.verdicts import latest_first
from journey_engine.compiler.waits import wait
from journey_engine.compiler.walking import of
from journey_engine.language.coupon import pools_of
from journey_engine.language.days import Hours
from journey_engine.language.graph import Node
from journey_engine.language.journey import Branch, Call, GoTo, HandOff, Send, Set, Split, Stop, Tag, Untag, Wait
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import enrolments

# What she came to longer ago is no answer to what she does now, and its time would be long over.
_A_MOMENT = literal(timedelta(minutes=1))


def decide(plot: Plot, node: Node, here: CTE) -> Decision:
    """What the step decides for those who are `here` (`arrivals`), by its kind."""
    match node.step:
        case Send() as step:
            return _send(plot, node, step, here)
        case Wait() as step:
            return wait(plot, node, step, here)
        case Branch() as step:
            return _branch(plot, node, step, here)
        case Split() as step:
            return _split(plot, node, step, here)
        case Tag(tag=grant):
            return _at_once(here, lambda took: [changing.grant_tag(plot, node, grant, took)])
        case Untag(untag=tag):
            return _at_once(here, lambda took: [changing.remove_tag(tag, took)])
        case Set() as step:
            return _at_once(here, lambda took: [changing.set_attributes(plot, step, took)])
        case Call() as step:
            return call(plot, node, step, here)
        case HandOff() as step:
            return _at_once(here, lambda took: changing.hand_off(plot, node, step, took))
        case GoTo(go_to=target):
            return _at_once(here, lambda took: [changing.tell(took, "go_to", target, {"from": plot.name})])
        case Stop():
            return _at_once(here)
        case _:
            assert_never(node.step)


def _at_once(here: CTE, effects: Effects = no_effects) -> Decision:
    return Decision(here, NEXT, here.c.at, effects=effects)


# ---- sending ------------------------------------------------------------------------------------------------------
def _send(plot: Plot, node: Node, step: Send, here: CTE) -> Decision:
    """An intent at the step's instant. Quiet hours (member's zone) are a wait until their end, or skip the message.

    They do not bind the answer to what she has just done: it goes by the reply token that came with it.
    """
    hours = plot.project.policy.quiet_hours
    if hours is None:
        return _at_once(here, lambda took: [_intend(plot, node, step, took)])
    return _send_quietly(plot, node, step, hours, here)


def _send_quietly(plot: Plot, node: Node, step: Send, hours: Hours, here: CTE) -> Decision:
    quiet = case(
        (here.c.asked == BEGUN, False),
        (
            calendar.is_quiet(here.c.at, hours, here.c.zone),
            ~and_(here.c.at > NOW - _A_MOMENT, may_reply(here.c.member_id)),
        ),
        else_=False,
    )
    looked = passed_on(select(*here.c, quiet.label("quiet")), of("looked", node))
    if step.quiet == "skip":
        outcome = case((looked.c.quiet, word("skipped")), else_=NEXT)
        why = {"step": node.name, "reason": "quiet hours"}
        return Decision(
            looked, outcome, looked.c.at,
            effects=lambda took: [
                _intend(plot, node, step, _only(took, of("sending", node), took.c.outcome == NEXT)),
                changing.tell(_only(took, of("skipping", node), took.c.outcome != NEXT), "skipped", step.send, why),
            ],
        )  # fmt: skip
    end = case(
        (looked.c.asked == BEGUN, looked.c.due_at),
        (looked.c.quiet, calendar.quiet_end(looked.c.at, hours, looked.c.zone)),
    )
    timed = passed_on(select(*looked.c, end.label("end_at")), of("timed", node))
    at = func.coalesce(timed.c.end_at, timed.c.at, type_=INSTANT)
    return Decision(
        timed, case((at <= NOW, NEXT)), at, timed.c.end_at, timed.c.end_at,
        effects=lambda took: [_intend(plot, node, step, took)],
        notice=Notice("quiet", _met_quiet_hours),
    )  # fmt: skip


def _only(took: CTE, name: str, which: ColumnElement[bool]) -> CTE:
    return select(*took.c).where(which).cte(name)


def _met_quiet_hours(final: CTE) -> ColumnElement[bool]:
    still_here = or_(final.c.leave_at.is_(None), final.c.at < final.c.leave_at)
    return and_(final.c.quiet, final.c.asked.not_in([BEGUN, PASSED, HOLD]), still_here)


def _intend(plot: Plot, node: Node, step: Send, took: CTE) -> Rows:
    names = (
        "enrolment_id", "journey", "step", "member_id", "message", "at", "expires_at", "priority", "entry", "codes",
    )  # fmt: skip
    expires_at = calendar.plus(took.c.out_at, step.expires, took.c.zone, mostly=plot.project.policy.zone)
    rows, codes = with_codes(plot, pools_of(plot.project, step.send), took, node.number)
    return Rows(
        intents,
        names,
        select(
            took.c.enrolment_id, literal(plot.name), literal(node.name), took.c.member_id, literal(step.send),
            took.c.out_at, expires_at, literal(plot.journey.priority), took.c.entry, codes,
        ).select_from(rows),
    )  # fmt: skip


# ---- choosing -----------------------------------------------------------------------------------------------------
def _branch(plot: Plot, node: Node, step: Branch, here: CTE) -> Decision:
    """The first arm that holds, once everything the arms rest on has arrived."""
    known = here.c.at <= horizon_of_decision(node)
    if step.if_ is not None:
        known = and_(here.c.asked.not_in([PASSED, HOLD]), known)
    rules = {place: arm.if_.condition for place, arm in enumerate(step.branch, 1) if arm.if_ is not None}
    said = {place: asked_leaves(plot, rule, here) for place, rule in rules.items()}
    columns = [
        case((known, leaf)).label(f"arm_{place}_{number}")
        for place, leaves in said.items()
        for number, leaf in enumerate(leaves)
    ]
    heard = passed_on(select(*here.c, known.label("known"), *columns), of("heard_arms", node))
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


def _split(plot: Plot, node: Node, step: Split, here: CTE) -> Decision:
    """The arm of her latest other visit if there is one, else the draw."""
    # Drawn once, however many arms it is compared with.
    here = passed_on(
        select(*here.c, draws.draw(plot.name, node.name, here.c.member_key).label("drawn")), of("drawn", node)
    )
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
    visited = here.c.member_id.in_(select(chunk.c.member_id).where(chunk.c.visited))
    arm = func.coalesce(case((visited, stored)), draws.arm(step, here.c.drawn))
    given = passed_on(select(*here.c, arm.label("drawn_arm")), of("given", node))
    return Decision(given, given.c.drawn_arm, given.c.at, effects=lambda took: exposed(plot, node, step, took))
