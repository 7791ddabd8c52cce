"""Whether the definitions a pass was given are still the live ones, and the lock between passes and apply; no more.

Apply holds the lock alone, each chunk shares it. So a chunk sees the definitions before an apply or after it, and one
that finds others than it was given decides nothing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from sqlalchemy import Connection, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by

from journey_engine.errors import JourneysError
from journey_engine.language.project import Project
from journey_engine.store import prepared
from journey_engine.store.tables.moving import definitions

# Any constant of our own.
_KEY = 7402121
ALONE = text(f"select pg_advisory_xact_lock({_KEY})")
SHARE = text(f"select pg_advisory_lock_shared({_KEY})")
LET_GO = text(f"select pg_advisory_unlock_shared({_KEY})")
_WRITTEN = (definitions.c.kind + "/" + definitions.c.name + "/" + definitions.c.checksum).collate("C")
_ROWS = func.string_agg(_WRITTEN, aggregate_order_by(text("','"), _WRITTEN))
_LIVE = select(func.md5(func.coalesce(_ROWS, ""))).where(definitions.c.replaced_at.is_(None))


class Superseded(JourneysError):
    """Other definitions were applied since this pass was given its own; it has stopped, and nothing is lost."""

    def __init__(self) -> None:
        super().__init__("Other definitions were applied meanwhile.", "The next tick goes on with them.")


def mark_of(rows: Iterable[tuple[str, str, str]]) -> str:
    """The mark of live definitions, given as (kind, name, checksum): equal if and only if they are the same."""
    written = sorted(f"{kind}/{name}/{checksum}" for kind, name, checksum in rows)
    return hashlib.md5(",".join(written).encode(), usedforsecurity=False).hexdigest()


def stop_if_superseded(connection: Connection, project: Project) -> None:
    """Raise Superseded if this transaction sees other definitions than those `project` was read from.

    A project that was not read from the database has no mark and is held to nothing.
    """
    if not project.mark:
        return
    if prepared.run(connection, _LIVE, {}).scalar_one() != project.mark:
        raise Superseded
