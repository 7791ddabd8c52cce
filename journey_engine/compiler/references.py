"""What every kind of trigger gives, and the reference by which one is known for ever; it finds none.

The columns: member_id, entry_ref, at, rank, number, entry. The reference: event:ID, segment:ID, at:TIME, every:TIME,
date:DAY, stage:ID, after:ENROLMENT. Triggers of one instant come by rank, then number.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Integer, Label, Select, Text, case, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import JSONB

RANKS = {"event": 0, "segment": 1, "at": 2, "every": 3, "date": 4, "stage": 5, "after": 6}
NUMBERED = ("event", "segment", "stage", "after")  # their references end in the number of a row

NOTHING: ColumnElement[Any] = literal_column("'{}'::jsonb", JSONB)


def trigger(
    kind: str,
    member: ColumnElement[Any],
    name: ColumnElement[Any],
    at: ColumnElement[Any],
    number: ColumnElement[Any],
    entry: ColumnElement[Any] = NOTHING,
) -> Select[Any]:
    """The columns that every kind gives; `name` is what follows its kind in the reference."""
    reference: Label[Any] = literal_column(f"'{kind}:'", Text).concat(cast(name, Text)).label("entry_ref")
    rank = literal_column(str(RANKS[kind]), Integer).label("rank")
    return select(
        member.label("member_id"), reference, at.label("at"), rank, number.label("number"), entry.label("entry")
    )


def rank_and_number(reference: ColumnElement[Any]) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """Both, read from the reference of a trigger that had to be kept."""
    kind = func.split_part(reference, ":", 1)
    rank = case(*((kind == word, place) for word, place in RANKS.items()), else_=0)
    written = func.split_part(reference, ":", 2, type_=Text)
    return rank, case((kind.in_(NUMBERED), cast(written, BigInteger)), else_=0)


def entry_of_event(event: Any) -> ColumnElement[Any]:
    """What an event brings as the entry: its properties, and its value."""
    value = func.jsonb_build_object("value", cast(event.c.value, Text), type_=JSONB)
    return case((event.c.value.is_(None), event.c.properties), else_=event.c.properties.concat(value))
