"""What a rule rests on for a few members: each part of it, whether it holds, and her own facts; it changes nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, literal, select

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.evidence import facts
from journey_engine.explaining.telling import beside, moment
from journey_engine.language.conditions import Condition, Not, Score, StageIs, leaves
from journey_engine.language.project import Project
from journey_engine.language.words import Words
from journey_engine.saying.conditions import said
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import joined
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import members


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a rule about one member: does it hold, and the facts by name (compiler/evidence.py)."""

    condition: Condition
    holds: bool
    facts: Mapping[str, Any]


def evidence(
    connection: Connection, project: Project, rule: Condition, whom: Sequence[int], at: datetime
) -> dict[int, list[Part]]:
    """The parts of a rule for each of these members, as of an instant."""
    parts, instant = list(dict.fromkeys(leaves(rule))), literal(at, INSTANT)
    columns = [
        column
        for part in parts
        for column in (
            condition_sql(project, part, members.c.id, instant),
            facts(project, part, members.c.id, instant),
        )
    ]
    asked = select(members.c.id, *columns).where(members.c.id.in_(list(whom)))
    return {
        row[0]: [Part(part, row[1 + 2 * place], row[2 + 2 * place]) for place, part in enumerate(parts)]
        for row in connection.execute(asked)
    }


def reasons(parts: Sequence[Part], titles: Titles, zone: ZoneInfo) -> Words:
    """`60 天內購買品項至少 2 次（4 次，最近 2017-02-11（週六）09:12，事件 81）` for each part, as it is for her."""
    return joined([reason_of(part, titles, zone) for part in parts], "；", "; ")


def reason_of(part: Part, titles: Titles, zone: ZoneInfo) -> Words:
    """One part as it is for her (a part that does not hold is said as its opposite), with her facts in brackets."""
    words = said(part.condition if part.holds else Not(part.condition), titles)
    return beside(Words(words.zh.strip(), words.en), joined(_facts(part, titles, zone), "，", ", "))


def _facts(part: Part, titles: Titles, zone: ZoneInfo) -> list[Words]:
    told, found = part.facts, list[Words]()
    if told.get("count"):
        found.append(Words(f"{told['count']:,} 次", f"{told['count']:,} ×"))
    if "sum" in told:
        found.append(Words(f"合計 {_number(told['sum'])}", f"{_number(told['sum'])} in all"))
    if "value" in told:
        value = _number(told["value"]) if isinstance(part.condition, Score) else str(told["value"])
        found.append(Words(value, value))
    if "strength" in told:
        found.append(Words(f"強度 {_number(told['strength'])}", f"strength {_number(told['strength'])}"))
    if "stage" in told and isinstance(part.condition, StageIs) and told["stage"] != part.condition.stage:
        stage = titles.stage(told["stage"])
        found.append(Words(f"在{stage.zh}", f"in {stage.en}"))
    if "last" in told:
        last = moment(datetime.fromisoformat(told["last"]), zone)
        found.append(Words(f"最近 {last.zh}", f"last {last.en}"))
    if "event" in told:
        found.append(Words(f"事件 {told['event']}", f"event {told['event']}"))
    if "since" in told:
        since = moment(datetime.fromisoformat(told["since"]), zone)
        found.append(Words(f"從 {since.zh}", f"since {since.en}"))
    return found


def _number(value: Any) -> str:
    return f"{Decimal(str(value)).normalize():,f}"
