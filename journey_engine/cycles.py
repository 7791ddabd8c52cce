"""How seldom Python looks for cycles among the objects of our processes; it frees none itself."""

from __future__ import annotations

import gc

_SELDOM = (50_000, 20, 50)


def look_seldom() -> None:
    """Look after every 50,000 objects, not 700: what a start imports and compiles is a million that stay.

    A quarter of the time that a journey's statements take to be built and compiled went into looking at them again.
    """
    gc.set_threshold(*_SELDOM)
