"""One member at a glance: who she is, what she carries and why, where she stands; identities are masked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ARRAY, Connection, Row, Text, any_, case, func, literal, literal_column, or_, select

from journey_engine.compiler.evidence import facts
from journey_engine.compiler.scope import Scope
from journey_engine.compiler.scores import value
from journey_engine.explaining.evidence import Part, evidence
from journey_engine.explaining.members import Member
from journey_engine.explaining.record import Record, Rows, read_record
from journey_engine.language.conditions import HasTag
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import EVERY_NAME, events
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.operation import refreshes
from journey_engine.store.tables.people import consents, identities, members, segment_members, stages, tags

TOUCHES = 8  # the last things that happened


@dataclass(frozen=True, slots=True)
class Carried:
    """A segment or persona she is in: since when, and what its rule rests on for her as of the last refresh."""

    name: str
    since: datetime
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag in force: its strength at the instant, since when, and when the last grant ends (None: never)."""

    tag: str
    strength: Decimal
    since: datetime
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Glance:
    """All of it, as of `record.now`."""

    member: Member
    record: Record
    attributes: Mapping[str, str]
    known_by: Sequence[tuple[str, str]]  # kind and masked value
    withheld: Sequence[str]  # topics
    stages: Sequence[Row[Any]]  # the last two, the present one first
    segments: Sequence[Carried]
    personas: Sequence[Carried]
    tags: Sequence[Tagged]
    scores: Mapping[str, Decimal]
    touches: Rows


def read_glance(connection: Connection, project: Project, who: Member, now: datetime) -> Glance:
    """Read everything in the caller's snapshot."""
    attributes = connection.execute(select(members.c.attributes).where(members.c.id == who.id)).scalar_one()
    known = select(identities.c.kind, identities.c.value).where(identities.c.member_id == who.id)
    no = select(consents.c.topic).where(consents.c.member_id == who.id, consents.c.granted.is_(False))
    stayed = select(stages.c.stage, stages.c.since).where(stages.c.member_id == who.id).order_by(stages.c.since.desc())
    rules = {name: segment.is_.condition for name, segment in project.segments.items()}
    ones = {one.persona: one.if_.condition for one in project.personas.personas} if project.personas else {}
    return Glance(
        who,
        read_record(connection, who.id, None, now),
        attributes,
        [(row.kind, masked(row.value)) for row in connection.execute(known.order_by(identities.c.kind))],
        list(connection.execute(no.order_by(consents.c.topic)).scalars()),
        connection.execute(stayed.limit(2)).all(),
        _carried(connection, project, who.id, "segment", "", rules),
        _carried(connection, project, who.id, "persona", PREFIX, ones),
        _tags(connection, project, who.id, now),
        _scores(connection, project, who.id, now),
        _touches(connection, who.id, now),
    )


def masked(identity: str) -> str:
    """`A•••89`, `m•••@example.com`: enough to recognise what one knows already; of a short one nothing is shown."""
    name, at, host = identity.partition("@")
    if at:
        return f"{name[:1]}•••@{host}"
    return f"{identity[:1]}•••{identity[-2:]}" if len(identity) > 5 else "•••"


def _carried(
    connection: Connection, project: Project, member: int, scope: str, prefix: str, rules: Mapping[str, Any]
) -> list[Carried]:
    stay = segment_members.c
    present = select(stay.segment, stay.joined_at).where(
        stay.member_id == member, stay.left_at.is_(None), stay.segment.in_([f"{prefix}{name}" for name in rules])
    )
    reached = select(refreshes.c.name, refreshes.c.refreshed_to).where(refreshes.c.scope == scope)
    as_of = {row.name: row.refreshed_to for row in connection.execute(reached)}
    found: list[Carried] = []
    for row in connection.execute(present.order_by(stay.segment)).all():
        name = row.segment.removeprefix(prefix)
        at = as_of.get(name, row.joined_at)
        found.append(Carried(name, row.joined_at, evidence(connection, project, rules[name], [member], at)[member]))
    return found


def _tags(connection: Connection, project: Project, member: int, now: datetime) -> list[Tagged]:
    grant = tags.c
    in_force = select(grant.tag, grant.expires_at).where(
        grant.member_id == member,
        grant.granted_at <= now,
        or_(grant.expires_at.is_(None), grant.expires_at > now),
        or_(grant.removed_at.is_(None), grant.removed_at > now),
    )
    ends: dict[str, list[datetime | None]] = {}
    for row in connection.execute(in_force):
        ends.setdefault(row.tag, []).append(row.expires_at)
    found: list[Tagged] = []
    for tag, until in sorted(ends.items()):
        asked = facts(project, HasTag(tag), literal(member), literal(now, INSTANT))
        told: dict[str, Any] = connection.execute(select(asked)).scalar_one()
        last = None if None in until else max(end for end in until if end is not None)
        found.append(Tagged(tag, Decimal(str(told["strength"])), datetime.fromisoformat(told["since"]), last))
    return found


def _scores(connection: Connection, project: Project, member: int, now: datetime) -> dict[str, Decimal]:
    names = sorted(project.schema_.scores)
    if not names:
        return {}
    scope = Scope(project, literal(member), literal(now, INSTANT))
    row = connection.execute(select(*(value(scope, name) for name in names))).one()
    return dict(zip(names, row, strict=True))


def _touches(connection: Connection, member: int, now: datetime) -> Rows:
    e = events.c
    why = case((e.name == "skipped", e.properties["reason"].astext)).label("why")
    each = (e.at, e.name, e.of, why)  # the lines of one basket are one touch
    counted = select(*each, func.count().label("times"), func.sum(e.value).label("value"))
    hers = e.member_id == member, e.name == any_(literal_column(EVERY_NAME, ARRAY(Text)))
    asked = counted.where(*hers, e.at <= now).group_by(*each)
    return connection.execute(asked.order_by(e.at.desc(), func.max(e.id).desc()).limit(TOUCHES)).all()
