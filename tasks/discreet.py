"""Keeps members' values out of what Prefect shows and logs of a failed statement; it hides no cause."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
_QUOTED = re.compile(r'"[^"]*"|\'[^\']*\'')
_OF_DATA = "22"  # SQLSTATE: these messages quote the value that could not be read; others quote names of ours


def discreetly(work: Callable[[], T]) -> T:
    """What `work` returns. A database error it raises comes through as it is, but for parameters, details and values.

    Postgres tells in its detail which row it was (`Key (kind, value)=(line, U…) already exists`).
    """
    try:
        return work()
    except DBAPIError as error:
        error.hide_parameters = True
        if error.orig is not None:
            error.orig.args = (_plain(error), *error.orig.args[1:])
            error.args = (str(error.orig),)
        raise


def _plain(error: DBAPIError) -> str:
    first = (str(error.orig).strip().splitlines() or [type(error.orig).__name__])[0]
    state = str(getattr(error.orig, "sqlstate", None) or "")
    return _QUOTED.sub("(a value)", first) if state.startswith(_OF_DATA) else first
