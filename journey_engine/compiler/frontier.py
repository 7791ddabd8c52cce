"""The tables of one chunk, append-only but for a late change of who leaves; no row of them is ever committed.

There is a set of them for each session that passes at the same time (`moving/sets.py`), unlogged and kept: made anew by
each session, as temporary tables, they wrote more to Postgres's catalog than a quiet pass writes anywhere else.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    Column,
    ColumnElement,
    Integer,
    MetaData,
    Table,
    Text,
    and_,
    bindparam,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB, dialect
from sqlalchemy.schema import CreateTable
from sqlalchemy.types import UserDefinedType

from journey_engine.store.tables.metadata import INSTANT


class TID(UserDefinedType[Any]):
    """Where a row is in its table, until it is changed."""

    cache_ok = True

    def get_col_spec(self, **_: Any) -> str:
        """As Postgres writes it."""
        return "tid"


_metadata = MetaData()
# Nobody has to vacuum what is truncated.
_UNTOUCHED = " with (autovacuum_enabled = off, toast.autovacuum_enabled = off)"


BEFORE = -1  # the node of what comes before the steps
ENTER = "(enter)"
JUDGED = "(judged)"
PARTS = 4  # of the trail: a step reads one, and all of them have to be emptied
AFTER = 32_000  # the node of `(leave)` and `(end)`, behind all steps

# Who is due in this pass, in the order of the locks; the one table whose rows live as long as the pass.
due = Table(
    "due",
    _metadata,
    Column("number", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
)
# They come in order: a key took a quarter of the time in which they are found. Who inserts many has them summed up.
_NUMBERS = "create index on {}.due using brin (number) with (pages_per_range = 8)"
SUM_UP = text("select brin_summarize_new_values('due_number_idx')")

# Bound once a chunk: its numbers in `due`, LOW <= number < HIGH.
LOW: BindParameter[Any] = bindparam("low", type_=BigInteger)
HIGH: BindParameter[Any] = bindparam("high", type_=BigInteger)

# None of a chunk's tables has an index: each is read once or twice as a whole, which costs less than keeping one.

# The chunk's members; `zone` is one that Postgres knows.
chunk = Table(
    "chunk_members",
    _metadata,
    Column("member_id", BigInteger, nullable=False),
    Column("member_key", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("erased_at", INSTANT),
    # Whether she ever did, was ever in this journey, was ever refused there: of all others nothing more need be asked.
    Column("unfollowed", Boolean, nullable=False),
    Column("visited", Boolean, nullable=False),
    Column("refused", Boolean, nullable=False),
)


def of_trigger() -> tuple[Column[Any], ...]:
    """What is known of one. rank and number: the order of triggers of one instant (compiler/references.py)."""
    return (
        Column("member_id", BigInteger, nullable=False),
        Column("entry_ref", Text, nullable=False),
        Column("at", INSTANT, nullable=False),
        Column("rank", Integer, nullable=False),
        Column("number", BigInteger, nullable=False),
        Column("entry", JSONB, nullable=False),
    )


# Triggers not judged yet.
candidates = Table(
    "candidates",
    _metadata,
    *of_trigger(),
    Column("entry_key", Text, nullable=False),  # the value of the KEY of `again: per KEY`; empty: there is none
    # Of the member, so that nobody has to look her up.
    Column("member_key", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("erased_at", INSTANT),
    Column("unfollowed", Boolean, nullable=False),
    Column("visited", Boolean, nullable=False),
)

# What was decided about candidates in this round that let nobody in: refused with a reason, or "hold".
verdicts = Table(
    "verdicts",
    _metadata,
    Column("member_id", BigInteger, nullable=False),
    Column("entry_ref", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("entry", JSONB, nullable=False),
    Column("entry_key", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("why", JSONB(none_as_null=True)),  # what the verdict rests on
)

# Who was let in in this round: enrolments that are written when it ends, with all that became of them.
newcomers = Table(
    "newcomers",
    _metadata,
    Column("enrolment_id", BigInteger, nullable=False),
    Column("visit", Integer, nullable=False),
    Column("entry_ref", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("member_key", Text),
    Column("zone", Text, nullable=False),
    Column("erased_at", INSTANT),
    Column("unfollowed", Boolean),
    Column("entered_at", INSTANT, nullable=False),
    Column("entry", JSONB, nullable=False),
    Column("entry_key", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("goal_until", INSTANT),
    Column("why", JSONB(none_as_null=True)),
)

TO_LOAD = ("member_key", "erased_at", "unfollowed", "why")  # only where her visit is loaded from there

# The enrolments looked at in this round, with what was known of where they rest.
visits = Table(
    "visits",
    _metadata,
    Column("enrolment_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("member_key", Text, nullable=False),
    Column("zone", Text, nullable=False),
    Column("unfollowed", Boolean, nullable=False),
    Column("entered_at", INSTANT, nullable=False),
    Column("entry", JSONB, nullable=False),
    Column("entry_key", Text, nullable=False),
    Column("arm", Text, nullable=False),
    Column("is_open", Boolean, nullable=False),
    Column("goal_until", INSTANT),
    Column("goal_before", INSTANT),  # the goal as it was recorded before
    Column("goal_at", INSTANT),
    Column("leave_at", INSTANT),
    Column("leave_reason", Text),
    Column("step", Text),
    Column("arrived_at", INSTANT),
    Column("due_at", INSTANT),
    Column("wake_at", INSTANT),
    Column("flip_at", INSTANT),
    Column("place", TID()),  # of the waiting row that says so
)

# Where each stands after a statement, in a few partitions by the node she has come to. A row with next_node stands
# before that node (with due_at: it had begun); one without is where the round leaves her: with due_at she rests at its
# step, with end_reason the enrolment has ended.
trail = Table(
    "trail",
    _metadata,
    # In front what the end of a round asks of everyone: a row is read up to the last column that is asked for.
    Column("enrolment_id", BigInteger, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("node", Integer, nullable=False),  # behind which she is
    Column("next_node", Integer),
    Column("lines", Text, nullable=False),  # her path so far, at `at` (compiler/lines.py)
    Column("step", Text),  # at which she rests
    Column("due_at", INSTANT),
    Column("wake_at", INSTANT),
    Column("end_reason", Text),
    Column("arms", JSONB(none_as_null=True)),  # those she drew in this round, by split
    # Of her visit, so that no step has to look it up.
    Column("member_key", Text),
    Column("zone", Text),
    Column("unfollowed", Boolean),
    Column("entered_at", INSTANT),
    Column("entry", JSONB(none_as_null=True)),
    Column("entry_key", Text),
    Column("leave_at", INSTANT),
    Column("leave_reason", Text),
    postgresql_partition_by=f"LIST ((next_node % {PARTS}))",
)

CARRIED = ("member_key", "zone", "unfollowed", "entered_at", "entry", "entry_key", "leave_at", "leave_reason")


def of_span(number: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether it is a number of the chunk."""
    return and_(number >= LOW, number < HIGH)


def leads_to(node: int) -> ColumnElement[bool]:
    """Of the trail's rows those that lead to the node: constants, so that a partition is chosen when it is planned."""
    return literal_column(f"(trail.next_node % {PARTS} = {node % PARTS} and trail.next_node = {node})", Boolean)


# The rows that say where the round leaves somebody: of nothing there is no remainder, and one partition is read.
IS_LAST: ColumnElement[bool] = literal_column(f"(trail.next_node % {PARTS} is null)", Boolean)

ROUND = ("verdicts", "newcomers", "visits", "trail")  # to be emptied for the next round of the same chunk
CHUNK = ("chunk_members", "candidates", *ROUND)
ALL = ("due", *CHUNK)


def definitions(schema: str) -> list[str]:
    """Statements that make a set in a schema that is there."""
    there = MetaData(schema=schema)
    made = [_definition(table.to_metadata(there)) for table in _metadata.sorted_tables]
    part = f"create unlogged table {schema}.{{}} partition of {schema}.trail {{}}{_UNTOUCHED}"
    parts = [part.format(f"trail_{number}", f"for values in ({number})") for number in range(PARTS)]
    return [*made, _NUMBERS.format(schema), *parts, part.format("trail_rest", "default")]


def _definition(table: Table) -> str:
    made = str(CreateTable(table).compile(dialect=dialect()))
    if table.name == trail.name:
        return made
    return made.replace("CREATE TABLE", "CREATE UNLOGGED TABLE", 1) + _UNTOUCHED
