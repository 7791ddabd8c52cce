"""CPU of the backends by statement while something runs; it changes no statement, and costs two looks at each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psycopg
from psycopg import sql

_SHOWN = 110  # letters of a statement


@contextmanager
def by_statement(seconds_of: Callable[[int], float]) -> Generator[Counter[str]]:
    """CPU seconds by the beginning of the statement, of all that this process has executed meanwhile."""
    told: Counter[str] = Counter()
    execute = psycopg.Cursor.execute

    def watched(cursor: psycopg.Cursor[Any], query: Any, *given: Any, **named: Any) -> Any:
        backend = cursor.connection.info.backend_pid
        before = seconds_of(backend)
        words = query.as_string(cursor) if isinstance(query, sql.Composable) else query
        try:
            return execute(cursor, query, *given, **named)
        finally:
            if not cursor.connection.closed:
                told[_short(words)] += seconds_of(backend) - before

    with patch.object(psycopg.Cursor, "execute", watched):
        yield told


def _short(query: Any) -> str:
    words = re.sub(r"\s+", " ", query if isinstance(query, str) else str(query)).strip()
    return words if len(words) <= _SHOWN else f"{words[: _SHOWN - 1]}…"
