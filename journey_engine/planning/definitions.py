"""Definitions as rows: a project taken apart into checksummed bodies, and put together again; it applies nothing."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Text, cast, select

from journey_engine.errors import UsageError
from journey_engine.language.project import Project
from journey_engine.language.written import Definition
from journey_engine.moving.superseding import mark_of
from journey_engine.store.tables.moving import definitions

SINGLE = ("schema", "policy", "stages", "replies", "personas")
MANY = {
    "segment": "segments",
    "feed": "feeds",
    "coupon": "coupons",
    "survey": "surveys",
    "message": "messages",
    "flex": "flexes",
    "journey": "journeys",
}
KINDS = (*SINGLE, *MANY)


class NothingApplied(UsageError):
    """The database holds no live definitions yet, so there is nothing to run."""

    def __init__(self) -> None:
        super().__init__("No journeys have been applied to this database.", "Run `journeys apply` first.")


@dataclass(frozen=True, slots=True)
class Written:
    """One definition as it would be stored: `body` is its JSON text in the order of the file."""

    kind: str
    name: str
    body: str
    checksum: str

    @classmethod
    def of(cls, kind: str, name: str, body: Definition | dict[str, Any]) -> Written:
        """The definition as text, of the fields its file writes: a new default changes no checksum."""
        plain: Any = (
            body.model_dump(mode="json", by_alias=True, exclude_unset=True) if isinstance(body, Definition) else body
        )
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        return cls(kind, name, text, hashlib.sha256(text.encode()).hexdigest())


@dataclass(frozen=True, slots=True)
class Live:
    """One live row of `definitions`."""

    kind: str
    name: str
    version: int
    body: str
    checksum: str


def written(project: Project) -> tuple[Written, ...]:
    """Every definition of `project`, by kind in a fixed order and then by name."""
    single = [Written.of("schema", "schema", project.schema_), Written.of("policy", "policy", project.policy)]
    single.append(Written.of("stages", "stages", project.stages))
    if project.replies is not None:
        single.append(Written.of("replies", "replies", project.replies))
    if project.personas is not None:
        single.append(Written.of("personas", "personas", project.personas))
    many: list[Written] = []
    for kind, field in MANY.items():
        bodies: dict[str, Any] = getattr(project, field)
        many += [Written.of(kind, name, bodies[name]) for name in sorted(bodies)]
    return (*single, *many)


def live_definitions(conn: Connection) -> tuple[Live, ...]:
    """What was applied last and not replaced since, by kind and name."""
    rows = conn.execute(
        select(
            definitions.c.kind,
            definitions.c.name,
            definitions.c.version,
            cast(definitions.c.body, Text),
            definitions.c.checksum,
        )
        .where(definitions.c.replaced_at.is_(None))
        .order_by(definitions.c.kind, definitions.c.name)
    )
    return tuple(Live(*row) for row in rows)


def live_versions(conn: Connection, kind: str) -> dict[str, int]:
    """The live version of each definition of a kind, by name."""
    return {row.name: row.version for row in live_definitions(conn) if row.kind == kind}


def live_project(conn: Connection) -> Project:
    """The project as applied, whatever the files say now. Raises NothingApplied."""
    live = live_definitions(conn)
    if not {"schema", "policy", "stages"} <= {row.kind for row in live}:
        raise NothingApplied
    project = assembled(tuple((row.kind, row.name, row.body) for row in live))
    return project.marked(mark_of((row.kind, row.name, row.checksum) for row in live))


@functools.lru_cache(maxsize=4)
def assembled(bodies: tuple[tuple[str, str, str], ...]) -> Project:
    """The project made of `bodies`: (kind, name, JSON text). Parsing is remembered, as every tick asks."""
    fields: dict[str, Any] = {field: {} for field in MANY.values()}
    for kind, name, text in bodies:
        body = json.loads(text)
        if kind in SINGLE:
            fields[kind] = body
        else:
            fields[MANY[kind]][name] = body
    return Project.model_validate(fields)
