"""Pauses Python's search for cyclic garbage while thousands of rows are made and given away; it frees nothing itself.

Rows have no cycles. The search looks through all that was ever loaded, LINE's SDK above all: without the pause it takes
a third of what a sender's process does.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Generator[None]:
    """No search until the block ends; of several threads in such blocks the first one to leave lets it begin again."""
    searching = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if searching:
            gc.enable()
