"""Whether features still tell what the events tell, asked of every member; it mends nothing."""

from __future__ import annotations

from sqlalchemy import Connection, Select, and_, func, literal, select

from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.told_from_features import Row
from journey_engine.language.conditions import Condition
from journey_engine.language.persona import PREFIX
from journey_engine.language.project import Project
from journey_engine.lifecycle import features
from journey_engine.lifecycle.feature_sets import set_for
from journey_engine.store.tables.features import feature_sets
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.people import alive, members


def differences(connection: Connection, project: Project) -> dict[str, int]:
    """By segment and persona: of how many members the row of features says something else than the events.

    All as of the instant the last refresh stood for, with what has arrived by now. What is told from no features is not
    in the answer. The caller rolls back: the tables are brought up to what has arrived.
    """
    found: dict[str, int] = {}
    asked = select(feature_sets.c.feeds, feature_sets.c.as_of)
    reached = {frozenset(feeds): at for feeds, at in connection.execute(asked).tuples()}
    kept = features.bring(connection, project, reached)
    rules = _rules(project)
    for feeds, row in kept.rows.items() if kept is not None else ():
        for name in sorted(rules.keys() & set_for(project).parts[feeds].flags.keys()):
            found[name] = connection.execute(_apart(project, row, rules[name])).scalar_one()
    return found


def _rules(project: Project) -> dict[str, Condition]:
    personas = project.personas.rules() if project.personas else {}
    segments = {name: segment.is_.condition for name, segment in project.segments.items()}
    return segments | {f"{PREFIX}{name}": rule for name, rule in personas.items()}


def _apart(project: Project, known: Row, rule: Condition) -> Select[tuple[int]]:
    row, at = known.table, literal(known.instant.at, INSTANT)
    told = func.coalesce(and_(row.c.is_there, condition_sql(project, rule, row.c.member_id, at, known=known)), False)
    asked = condition_sql(project, rule, members.c.id, at)
    both = select(told.label("told"), asked.label("asked")).select_from(
        members.outerjoin(row, row.c.member_id == members.c.id)
    )
    judged = both.where(alive(members)).subquery("judged")
    return select(func.count()).where(judged.c.told != judged.c.asked)
