"""Places at which a test may let a sender die; nothing is installed here outside of tests, and then nothing happens.

decided        in the transaction of a decision, before anything is written
frozen         the requests are written down and committed, nothing has been sent
claimed        requests owed from before are leased and committed, nothing has been sent
before_http    a request is about to leave
after_http     LINE's answer is there, nobody knows of it yet
before_record  answers are about to be written down
recording      they are written, not committed
after_record   they are committed
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, get_args

Point = Literal[
    "decided", "frozen", "claimed", "before_http", "after_http", "before_record", "recording", "after_record"
]
POINTS: tuple[Point, ...] = get_args(Point)
_installed: list[Callable[[Point], None]] = []


def install(reach: Callable[[Point], None]) -> Callable[[], None]:
    """Let `reach` be called at every point, on whatever thread gets there; gives what takes it away again."""
    _installed.append(reach)
    return lambda: _installed.remove(reach)


def reached(point: Point) -> None:
    """A sender has come to this point."""
    for reach in _installed:
        reach(point)
