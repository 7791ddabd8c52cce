"""What steps write about those who take them: events, tags, attributes, notes to people; they decide nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    Numeric,
    Text,
    Update,
    and_,
    case,
    cast,
    func,
    literal,
    not_,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler import calendar, values
from journey_engine.compiler.arrivals import this_transaction
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import Rows
from journey_engine.compiler.plot import Plot
from journey_engine.language.graph import Node
from journey_engine.language.journey import HandOff, Set
from journey_engine.language.written import TagGrant
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import hand_offs
from journey_engine.store.tables.people import members, tags

_ENTRY = "entry."


def tell(took: CTE, name: str, of: str | None, properties: dict[str, str]) -> Rows:
    """An event of the engine's own, for each who took the step, at her instant."""
    return Rows(
        events,
        ("member_id", "name", "at", "of", "properties", "source", "arrived"),
        select(
            took.c.member_id, literal(name), took.c.out_at, literal(of, Text), literal(properties, JSONB),
            literal("engine"), this_transaction(),
        ),
    )  # fmt: skip


# ---- tags ---------------------------------------------------------------------------------------------------------
def grant_tag(plot: Plot, node: Node, grant: TagGrant, took: CTE) -> Rows:
    """A grant from her instant on, for as long as it lasts."""
    expires_at = literal(None, INSTANT)
    if grant.lasts:
        expires_at = calendar.plus(took.c.out_at, grant.lasts, took.c.zone, mostly=plot.project.policy.zone)
    return Rows(
        tags,
        ("member_id", "tag", "strength", "granted_at", "expires_at", "source", "arrived"),
        select(
            took.c.member_id, literal(grant.tag), literal(grant.strength, tags.c.strength.type), took.c.out_at,
            expires_at, literal(f"{plot.name}/{node.name}"), this_transaction(),
        ),
    )  # fmt: skip


def remove_tag(tag: str, took: CTE) -> Update:
    """The grants in force at her instant end there; they arrive anew, so that who waits on the tag is looked at."""
    in_force = (
        (tags.c.granted_at <= took.c.out_at)
        & or_(tags.c.expires_at.is_(None), took.c.out_at < tags.c.expires_at)
        & or_(tags.c.removed_at.is_(None), took.c.out_at < tags.c.removed_at)
    )
    return (
        update(tags)
        .where(tags.c.member_id == took.c.member_id, tags.c.tag == tag, in_force)
        .values(removed_at=took.c.out_at, arrived=this_transaction())
    )


# ---- attributes ---------------------------------------------------------------------------------------------------
def set_attributes(plot: Plot, step: Set, took: CTE) -> Update:
    """The attributes get their values at her instant, and the member arrives anew; what is the same stays untouched.

    A property of the entry that is missing, or no value of the attribute's type, leaves the attribute as it is. Who
    stands here twice (one for each key) has what the later instant says.
    """
    pairs = [each for name, value in step.set.items() for each in (literal(name), _value(plot, took, name, value))]
    given = func.jsonb_strip_nulls(func.jsonb_build_object(*pairs), type_=JSONB)
    last = (
        select(took.c.member_id, took.c.out_at, given.label("given"))
        .distinct(took.c.member_id)
        .order_by(took.c.member_id, took.c.out_at.desc(), took.c.enrolment_id.desc())
        .cte(f"given_{took.name}")
    )
    known = members.c.attributes.op("@>", is_comparison=True)(last.c.given)
    return (
        update(members)
        .where(members.c.id == last.c.member_id, not_(known))
        .values(
            attributes=members.c.attributes.concat(last.c.given),
            changed_at=func.greatest(members.c.changed_at, last.c.out_at),
            arrived=this_transaction(),
        )
    )


def _value(plot: Plot, took: CTE, name: str, value: str) -> ColumnElement[Any]:
    """The text that the attribute becomes; null: it stays."""
    if not value.startswith(_ENTRY):
        return literal(value, Text)
    written = took.c.entry.op("->>")(value.removeprefix(_ENTRY))
    kind = plot.project.schema_.attributes[name]
    fits = [values.typed(written, kind.type).is_not(None)]
    if kind.values is not None and kind.type == "number":
        fits.append(cast(values.number(written), Numeric).in_([Decimal(each) for each in kind.values]))
    elif kind.values is not None:
        fits.append(cast(written, Text).in_(kind.values))
    return case((and_(*fits), written), else_=null())


# ---- people -------------------------------------------------------------------------------------------------------
def hand_off(plot: Plot, node: Node, step: HandOff, took: CTE) -> list[Rows]:
    """A note for the team, and the event that says so."""
    names = ("enrolment_id", "journey", "step", "member_id", "team", "note", "at")
    note = Rows(
        hand_offs,
        names,
        select(
            took.c.enrolment_id, literal(plot.name), literal(node.name), took.c.member_id, literal(step.hand_off),
            literal(step.note), took.c.out_at,
        ),
    )  # fmt: skip
    return [note, tell(took, "handed_off", None, {"team": step.hand_off})]
