"""A statement that is run over and over, compiled once to the text that the driver is given; it builds no statement.

Of a long statement SQLAlchemy asks at each execution whether it knows it already, which takes longer than to run it for
a few members. It is asked once: most statements of one journey are those of another with other values.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import BindParameter, Connection, CursorResult, Executable
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.util import LRUCache

_KEPT = 8192  # statements
_ALIKE = 1024  # statements that differ in more than their values
_COUNTED = {"preserve_rowcount": True}


@dataclass(frozen=True, slots=True)
class Prepared:
    """A statement as the driver is given it, for whoever keeps it himself."""

    text: str
    fixed: Mapping[str, Any]  # the statement's own values, as the driver wants them
    free: Mapping[str, Callable[[Any], Any]]  # the names to be bound, and what makes a value one for the driver

    def run(self, connection: Connection, bound: Mapping[str, Any]) -> CursorResult[Any]:
        """Execute it with the values it names among those bound; `rowcount` tells how many rows it wrote."""
        values = {name: given(bound[name]) for name, given in self.free.items()}
        return connection.exec_driver_sql(self.text, {**self.fixed, **values}, execution_options=_COUNTED)


def run(connection: Connection, statement: Executable, bound: Mapping[str, Any]) -> CursorResult[Any]:
    """Execute the statement as `Prepared.run` does. The same statement has to be the same object each time."""
    return _prepared(statement).run(connection, bound)


def prepare(statement: Any) -> Prepared:
    """The statement compiled; here it is not kept, but what it has in common with all that differ in values only."""
    compiled, own = _compiled(statement)
    free = {name for bind, name in compiled.bind_names.items() if bind.required}
    values = dict(compiled.construct_params(dict.fromkeys(free), own, _check=False))
    # What SQLAlchemy itself does at each execution: lists are written out, and values made what the driver wants.
    whole = compiled._process_parameters_for_postcompile(values)  # pyright: ignore[reportPrivateUsage]
    made: Mapping[str, Any] = {**compiled._bind_processors, **whole.processors}  # pyright: ignore[reportPrivateUsage]
    values |= whole.additional_parameters
    fixed = {name: made.get(name, _as_it_is)(value) for name, value in values.items() if name not in free}
    return Prepared(whole.statement, fixed, {name: made.get(name, _as_it_is) for name in free})


def _compiled(statement: Any) -> tuple[SQLCompiler, Sequence[BindParameter[Any]] | None]:
    """A statement like this one compiled, and this one's values if they are not in it.

    SQLAlchemy's key names all that its text depends on; statements it has no key for are compiled each time.
    """
    key = statement._generate_cache_key()
    if key is None:
        return statement.compile(dialect=_DIALECT), None
    asked = key.key, tuple(bind.required for bind in key.bindparams)
    compiled = _alike.get(asked)
    if compiled is None:
        compiled = _alike[asked] = statement._compiler(_DIALECT, cache_key=key)
    return compiled, key.bindparams


_DIALECT = PGDialect_psycopg()
_alike = LRUCache[Any, SQLCompiler](_ALIKE)
_prepared = lru_cache(maxsize=_KEPT)(prepare)


def _as_it_is(value: Any) -> Any:
    return value
