"""Plans kept: in a file between making and applying, and in the log of who applied what; it applies nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import Connection, and_, insert, or_, select

from journey_engine.errors import UsageError
from journey_engine.language.project import Project
from journey_engine.planning.changes import Plan
from journey_engine.planning.definitions import NothingApplied, assembled, live_definitions
from journey_engine.store.tables.moving import definitions
from journey_engine.store.tables.operation import applications


class NotAPlan(UsageError):
    """The file is not one that `journeys plan --out` wrote."""

    def __init__(self, file: Path) -> None:
        super().__init__("This is not a plan.", f"Write one with: journeys plan --out {file.name}", str(file))


class NoSuchApplication(UsageError):
    """A rollback was asked for to what was never applied."""

    def __init__(self, number: int | None) -> None:
        what = "There is no earlier application." if number is None else f"There is no application {number}."
        super().__init__(what, "See them with: journeys history.", "history")


@lru_cache(maxsize=1)
def _form() -> TypeAdapter[Plan]:
    return TypeAdapter(Plan)


def save(plan: Plan, file: Path) -> None:
    """Write the whole plan, definitions included, as JSON."""
    file.write_bytes(_form().dump_json(plan, indent=1))


def load(file: Path) -> Plan:
    """The plan in a file, equal to the one that was saved. Raises NotAPlan."""
    try:
        return _form().validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise NotAPlan(file) from error


@dataclass(frozen=True, slots=True)
class Applied:
    """One line of the history; `versions` are all definitions that were live afterwards."""

    number: int
    now: datetime  # business
    applied_at: datetime  # real
    by: str
    words: tuple[str, ...]
    versions: tuple[tuple[str, str, int], ...]
    back_to: int | None


def write_down(conn: Connection, plan: Plan, by: str) -> int:
    """Log the plan as applied: the definitions that are live now are those it led to. Returns its number."""
    slim = replace(plan, changes=tuple(replace(change, body="", was="") for change in plan.changes))
    versions = [[row.kind, row.name, row.version] for row in live_definitions(conn)]
    row = insert(applications).values(
        now=plan.now,
        applied_by=by,
        words=list(plan.text),
        plan=json.loads(_form().dump_json(slim)),
        versions=versions,
        back_to=plan.back_to,
    )
    return conn.execute(row.returning(applications.c.id)).scalar_one()


def history(conn: Connection) -> tuple[Applied, ...]:
    """All applications, the last one first."""
    a = applications
    columns = (a.c.id, a.c.now, a.c.applied_at, a.c.applied_by, a.c.words, a.c.versions, a.c.back_to)
    return tuple(_applied(*row) for row in conn.execute(select(*columns).order_by(a.c.id.desc())))


def _applied(
    number: int, now: datetime, real: datetime, by: str, words: list[str], versions: list[Any], back_to: int | None
) -> Applied:
    return Applied(number, now, real, by, tuple(words), tuple((k, n, v) for k, n, v in versions), back_to)


def as_of(conn: Connection, number: int | None = None) -> tuple[int, Project]:
    """The definitions as an application left them, by default the one before the last, and that one's number.

    Raises NoSuchApplication, and NothingApplied if the definitions of that time are no whole project.
    """
    done = history(conn)
    asked = next((each for each in done[1:] if number in (None, each.number)), None)
    if asked is None:
        raise NoSuchApplication(number)
    d = definitions
    meant = [and_(d.c.kind == kind, d.c.name == name, d.c.version == version) for kind, name, version in asked.versions]
    rows = conn.execute(select(d.c.kind, d.c.name, d.c.body).where(or_(*meant)))
    bodies = tuple((kind, name, json.dumps(body, ensure_ascii=False)) for kind, name, body in rows)
    if not {"schema", "policy", "stages"} <= {kind for kind, _, _ in bodies}:
        raise NothingApplied
    return asked.number, assembled(bodies)
