"""Who was asked by a survey lately, and so is not asked again: what the sender looks at last, as SQL; it asks nobody.

A journey looks at the cool-down, too, before its first question. But two journeys may both have found it over, and both
questions lie ready in the morning: only one goes.
"""

from __future__ import annotations

from sqlalchemy import CTE, ColumnElement, and_, case, exists, false, literal, or_

from journey_engine.compiler import calendar
from journey_engine.language.project import Project
from journey_engine.line.standing import NOW
from journey_engine.store.tables.delivery import intents

ASKED = "asked lately"


def asked_lately(project: Project, due: CTE) -> ColumnElement[bool]:
    """Whether a journey's first question of a survey comes within its cool-down, after another one, or beside it."""
    lengths = {survey.first: survey.cool_down for survey in project.surveys.values() if survey.cool_down is not None}
    other, beside = intents.alias("asked_before"), due.alias("asked_beside")
    zone = literal(project.policy.zone)
    until = case(
        *(
            (other.c.message == message, calendar.plus(other.c.settled_at, length, zone))
            for message, length in lengths.items()
        )
    )
    was_asked = exists().where(
        other.c.member_id == due.c.member_id,
        other.c.message == due.c.message,
        other.c.id != due.c.id,
        or_(other.c.status == "frozen", and_(other.c.status.in_(("accepted", "unknown")), until > NOW)),
    )
    is_second = exists().where(
        beside.c.member_id == due.c.member_id,
        beside.c.message == due.c.message,
        beside.c.position < due.c.position,
    )
    is_first_question = and_(due.c.enrolment_id.is_not(None), due.c.message.in_(list(lengths)))
    return case((is_first_question, or_(was_asked, is_second)), else_=false())
