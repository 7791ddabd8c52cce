"""Whether lots fall as their shares say: the holdout of each journey and the arms of each experiment; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pydantic import TypeAdapter
from sqlalchemy import Connection, and_, case, func, or_, select

from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.language.written import Share
from journey_engine.measures import proportions
from journey_engine.measures.experiments import BROKEN, Reading, read
from journey_engine.measures.lift import first_visits
from journey_engine.store.tables.moving import definitions

_SHARE: TypeAdapter[Decimal] = TypeAdapter(Share)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One group of a lot: the members its share would come to, and those who are in it."""

    name: str
    expected: float
    members: int


@dataclass(frozen=True, slots=True)
class Ratio:
    """One lot; `step` None: the holdout. `p` by chi-square; None: too few to say."""

    journey: str
    step: str | None
    drawn: tuple[Drawn, ...]
    p: float | None

    @property
    def is_broken(self) -> bool:
        """Whether something but chance decides who falls where, so that nothing can be read from it."""
        return self.p is not None and self.p < BROKEN


def ratio(conn: Connection, project: Project, journey: str) -> Ratio | None:
    """The holdout of a journey against its shares as they were applied; None: it holds nobody out."""
    visits = first_visits(journey)
    in_force = and_(
        definitions.c.kind == "policy",
        definitions.c.applied_at <= visits.c.entered_at,
        or_(definitions.c.replaced_at.is_(None), definitions.c.replaced_at > visits.c.entered_at),
    )
    rows = conn.execute(
        select(visits.c.version, definitions.c.version, func.count(), func.count(case((visits.c.arm == "holdout", 1))))
        .select_from(visits.outerjoin(definitions, in_force))
        .group_by(visits.c.version, definitions.c.version)
    ).all()
    own = _shares(conn, "journey", journey, "holdout")
    everywhere = _shares(conn, "policy", "policy", "global_holdout")
    members, held_out, expected = 0, 0, 0.0
    for version, policy, count, held in rows:
        mine = own.get(version, project.journeys[journey].holdout)
        whole = everywhere.get(policy, project.policy.global_holdout)
        expected += count * float(1 - (1 - mine) * (1 - whole))  # two draws of their own
        members, held_out = members + count, held_out + held
    if not expected and not held_out:
        return None
    drawn = (Drawn("journey", members - expected, members - held_out), Drawn("holdout", expected, held_out))
    share = expected / members
    return Ratio(journey, None, drawn, proportions.ratio_p([members - held_out, held_out], [1 - share, share]))


def _shares(conn: Connection, kind: str, name: str, field: str) -> dict[int | None, Decimal]:
    """The share each version of a definition had in a field."""
    d = definitions.c
    rows = conn.execute(select(d.version, d.body[field].as_string()).where(d.kind == kind, d.name == name))
    return {version: _SHARE.validate_python(share) if share else Decimal(0) for version, share in rows}


def ratios(conn: Connection, project: Project, now: datetime) -> tuple[Ratio, ...]:
    """Every journey's holdout and every experiment."""
    found: list[Ratio] = []
    for journey in project.journeys:
        held_out = ratio(conn, project, journey)
        found += [held_out] if held_out else []
        found += [_of(reading) for reading in read(conn, project, journey, now)]
    return tuple(found)


def _of(reading: Reading) -> Ratio:
    drawn = tuple(Drawn(arm.arm, float(arm.share) * reading.members, arm.members) for arm in reading.arms)
    return Ratio(reading.journey, reading.step, drawn, reading.ratio_p)


def warnings(found: tuple[Ratio, ...]) -> tuple[Words, ...]:
    """A sentence for each that is broken."""
    return tuple(_warning(each) for each in found if each.is_broken)


def _warning(each: Ratio) -> Words:
    zh = "、".join(f"{drawn.name} {drawn.members:,} 人（應約 {drawn.expected:,.0f}）" for drawn in each.drawn)
    en = ", ".join(f"{drawn.name} {drawn.members:,} (expected {drawn.expected:,.0f})" for drawn in each.drawn)
    where = Words("的對照組", "the holdout") if each.step is None else Words(f"的 {each.step}", each.step)
    return Words(
        f"旅程 {each.journey} {where.zh}分流比例不對：{zh}；p < {BROKEN}，不是偶然，成效不能信。",
        f"{each.journey}, {where.en}: the lots do not fall by their shares: {en}; p < {BROKEN} is no chance, "
        "so nothing can be read from them.",
    )
