"""Where the files lie that others begin from: in the installed package, else in the checkout; it only finds them."""

from __future__ import annotations

from pathlib import Path

import journey_engine
from journey_engine.language.gather import SINGLES

_PACKAGE = Path(journey_engine.__file__).parent
KIT = Path(__file__).parent / "kit"


def journeys_folder() -> Path:
    """The four journeys with their schema, segments, messages and scenarios, and `templates` below them."""
    shipped = _PACKAGE / "shipped" / "journeys"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "journeys"


def templates_folder() -> Path:
    """The templates, a project of its own: what stands in `journeys/` of any other."""
    return journeys_folder() / "templates"


def templates() -> tuple[str, ...]:
    """The templates' names, in alphabetical order."""
    return tuple(sorted(path.stem for path in templates_folder().glob("*.yaml") if path.stem not in SINGLES))
