"""What holds between the words of all files, one kind of file a module; each gives problems and changes nothing."""

from __future__ import annotations

from collections.abc import Callable

from journey_engine.language.gather import Gathered
from journey_engine.language.places import Problem

CHECKS: tuple[Callable[[Gathered], list[Problem]], ...] = ()
