"""Tags as SQL: the grants that are in force for a member at an instant; it grants nothing and takes none away."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, literal, literal_column, or_, select
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler.scope import Scope
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import tags

_NEVER = literal_column("'infinity'::timestamptz", INSTANT)


def in_force(scope: Scope, grant: FromClause, tag: str) -> ColumnElement[bool]:
    """Whether a grant is of that tag, hers, and in force at her instant."""
    return and_(
        grant.c.member_id == scope.member,
        grant.c.tag == tag,
        grant.c.granted_at <= scope.at,
        not_over(grant.c.expires_at, scope.at),
        not_over(grant.c.removed_at, scope.at),
    )


def grants(scope: Scope, tag: str) -> Select[Any]:
    """A row for each grant in force."""
    grant = tags.alias()
    return select(literal(1)).where(in_force(scope, grant, tag))


def ends_at(grant: FromClause) -> ColumnElement[Any]:
    """From when on a grant is not in force any more."""
    return func.coalesce(func.least(grant.c.expires_at, grant.c.removed_at), _NEVER)


def not_over(end: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether what ends then, or (null) never, is in force at an instant behind its beginning."""
    return or_(end.is_(None), at < end)
