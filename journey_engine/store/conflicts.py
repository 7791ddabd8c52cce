"""Transactions that met another writer are done over, a few times; what they do is their caller's matter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import DBAPIError

T = TypeVar("T")
_ATTEMPTS = 5
_CONFLICTS = ("40001", "40P01")  # serialization failures and deadlocks end one of the two


def unless_others_write(work: Callable[[], T]) -> T:
    """What `work` returns, a whole transaction that is done over when it met another writer.

    Raises what the last attempt raises, and any other error of the database at once.
    """
    for _ in range(_ATTEMPTS - 1):
        try:
            return work()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _CONFLICTS:
                raise
    return work()
