"""The rows of members who are merged away, table by table as the metadata lists them; it knows no rule of a journey.

Every table with a `member_id` is moved, also one that comes to be later: where a key allows one row of a member, the
one that is left keeps hers. A table that needs more than that is named in ELSEWHERE, with who sees to it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from sqlalchemy import Column, Connection, Index, PrimaryKeyConstraint, Table, UniqueConstraint, text
from sqlalchemy.sql.elements import TextClause

from journey_engine.store.tables import metadata
from journey_engine.store.tables.happenings import EVERY_NAME

ELSEWHERE = {
    "enrolments": "merging_visits",
    "inside": "merging_visits",
    "friendships": "merging_people",
    "consents": "merging_people",
    "stages": "merging_people",
    "merge_findings": "who was found, by the numbers of then",
}
# A link stands in messages that were sent: it is never deleted, and one that she has herself, too, stays as it is.
_KEPT = ("links",)
# Behind all others: whoever was writing one has ended, or waits for a row that is locked.
_LAST = "events"

_TWICE = """
select c.ctid as place, g.merged_id, row_number() over (
           partition by {whose} order by g.merged_id is not null, g.place, c.ctid) as nth
from {table} c left join merging g on g.merged_id = c.member_id
where c.member_id in (select merged_id from merging union all select survivor_id from merging){where}
"""
_DELETE = "delete from {table} t using ({twice}) d where t.ctid = d.place and d.nth > 1 and d.merged_id is not null"
_MOVE = """
with moved as (
    update {table} t set member_id = g.survivor_id{arrived} from merging g where t.member_id = g.merged_id{named}{only}
    returning g.merged_id)
insert into merging_counts select merged_id, '{table}', count(*) from moved group by 1
"""
_ONLY = " and t.ctid not in (select place from ({twice}) d where d.nth > 1 and d.merged_id is not null)"


def move_rows(connection: Connection) -> None:
    """Give the rows of those in the temporary table `merging` to who is left, and note in `merging_counts` how many."""
    for statement in _statements():
        connection.execute(statement)


def tables_moved() -> list[Table]:
    """The tables of which rows are moved here; events come last."""
    found = [t for t in metadata.sorted_tables if "member_id" in t.c and t.name not in ELSEWHERE]
    return sorted(found, key=lambda table: (table.name == _LAST, table.name))


@cache
def _statements() -> tuple[TextClause, ...]:
    return tuple(text(statement) for table in tables_moved() for statement in _of(table))


def _of(table: Table) -> Iterator[str]:
    twice = [_twice(table, columns, where) for columns, where in _keys(table)]
    kept = table.name in _KEPT
    if not kept:
        yield from (_DELETE.format(table=table.name, twice=each) for each in twice)
    arrived = ", arrived = (pg_current_xact_id()::text)::bigint" if "arrived" in table.c else ""
    only = "".join(_ONLY.format(twice=each) for each in twice) if kept else ""
    named = f" and t.name = any ({EVERY_NAME})" if table.name == _LAST else ""
    yield _MOVE.format(table=table.name, arrived=arrived, named=named, only=only)


def _twice(table: Table, columns: list[Column[object]], where: str) -> str:
    others = [f'c."{column.name}"' for column in columns if column.name != "member_id"]
    whose = ", ".join(["coalesce(g.survivor_id, c.member_id)", *others])
    return _TWICE.format(table=table.name, whose=whose, where=f" and {where}" if where else "")


def _keys(table: Table) -> Iterator[tuple[list[Column[object]], str]]:
    """The columns of each key that a member's number is part of, and the condition under which it holds."""
    keys = [each for each in table.constraints if isinstance(each, PrimaryKeyConstraint | UniqueConstraint)]
    for key in sorted(keys, key=lambda each: str(each.name)):
        yield from ((list(key.columns), "") for _ in (1,) if "member_id" in key.columns)
    for index in sorted(table.indexes, key=lambda each: str(each.name)):
        if index.unique and "member_id" in index.columns:
            yield list(index.columns), _condition(index)


def _condition(index: Index) -> str:
    where = index.dialect_options["postgresql"]["where"]
    return "" if where is None else str(where)
