"""Which staged rows break which rules, found in one pass and kept in a temporary table; it sets no row aside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    SmallInteger,
    Table,
    case,
    cast,
    column,
    func,
    insert,
    literal,
    null,
    or_,
    select,
    table,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.exc import DBAPIError

from journey_engine.data.staging import ROW
from journey_engine.gate.mistakes import BrokenSuite
from journey_engine.gate.row_rules import RowRule

# (row, rules): the numbers of the rules a row breaks, of rows that break any; gone with the transaction.
MARKS = table("marks", column("row", BigInteger), column("rules", ARRAY(SmallInteger)))


@dataclass(frozen=True, slots=True)
class Marked:
    """Counts in rows, by the rules' places: how many a rule is about, and how many of them break it."""

    read: int
    concerned: tuple[int, ...]
    broken: tuple[int, ...]


def mark(connection: Connection, staged: Table, rules: Sequence[RowRule], path: str) -> Marked:
    """Judge every row by every rule: one scan for who breaks what, one for how many rows each rule is about.

    `path` is the suite's. Raises BrokenSuite with the rule that the database could not work out.
    """
    connection.execute(text("drop table if exists marks"))
    connection.execute(text("create temp table marks (row bigint, rules smallint[]) on commit drop"))
    if not rules:
        return Marked(0, (), ())
    # Without it the lists of repeated values become a sub-plan run for each row: at 1M rows minutes instead of seconds.
    connection.execute(text("set local work_mem = '256MB'"))
    try:
        with connection.begin_nested():
            connection.execute(insert(MARKS).from_select(["row", "rules"], _broken(staged, rules)))
    except DBAPIError as error:
        _blame(connection, staged, rules, path, error)
    connection.execute(text("reset work_mem"))
    read, concerned = _concerned(connection, staged, rules)
    number = func.unnest(MARKS.c.rules).label("number")
    each = select(number).select_from(MARKS).subquery()
    broken = dict(connection.execute(select(each.c.number, func.count()).group_by(each.c.number)).tuples().all())
    return Marked(read, concerned, tuple(broken.get(place, 0) for place in range(len(rules))))


def _broken(staged: Table, rules: Sequence[RowRule]) -> Any:
    flags = [func.coalesce(rule.broken, False).label(f"broken_{place}") for place, rule in enumerate(rules)]
    # `offset 0` keeps the planner from working the rules out twice; the numbers are put together for bad rows only.
    judged = select(staged.c[ROW].label("row"), *flags).offset(0).subquery("judged")
    marks = [judged.c[f"broken_{place}"] for place in range(len(rules))]
    numbers: list[Any] = [case((broken, literal(place)), else_=null()) for place, broken in enumerate(marks)]
    said = cast(func.array_remove(array(numbers), null()), ARRAY(SmallInteger))
    return select(judged.c.row, said).where(or_(*marks))


def _concerned(connection: Connection, staged: Table, rules: Sequence[RowRule]) -> tuple[int, tuple[int, ...]]:
    """All rows, and for each rule how many it is about; what several rules are about is counted once."""
    asked: list[ColumnElement[bool]] = []
    places: list[int] = []
    for rule in rules:
        found = next((place for place, of in enumerate(asked) if of.compare(rule.of)), None)
        places.append(len(asked) if found is None else found)
        if found is None:
            asked.append(rule.of)
    counted = [func.count().filter(of).label(f"concerned_{place}") for place, of in enumerate(asked)]
    row = connection.execute(select(func.count(), *counted).select_from(staged)).one()
    return row[0], tuple(row[1 + place] for place in places)


def _blame(connection: Connection, staged: Table, rules: Sequence[RowRule], path: str, error: DBAPIError) -> None:
    """Raise for the first rule that fails by itself, such as one with a wrong regular expression."""
    for rule in rules:
        try:
            with connection.begin_nested():
                connection.execute(select(func.count()).select_from(staged).where(rule.broken))
        except DBAPIError as found:
            raise BrokenSuite(path, rule.reason, str(found.orig).strip().splitlines()[0]) from found
    raise error
