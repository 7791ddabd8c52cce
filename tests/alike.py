"""The same project for the same words, so that what was built and compiled for it serves all tests that tell of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import ParamSpec

from journey_engine.language.project import Project

P = ParamSpec("P")
_MOST_KEPT = 200


def alike(make: Callable[P, Project]) -> Callable[P, Project]:
    """Make each project once: the engine keeps its statements with the object, and definitions are frozen."""
    made: dict[str, Project] = {}

    @wraps(make)
    def found(*args: P.args, **more: P.kwargs) -> Project:
        try:
            words = json.dumps([args, more])
        except TypeError:  # more than words
            return make(*args, **more)
        if words not in made:
            if len(made) >= _MOST_KEPT:
                made.clear()
            made[words] = make(*args, **more)
        return made[words]

    return found
