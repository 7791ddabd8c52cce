"""What each door of the receiver is given: database, the inbox's writer, live definitions; it opens nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Engine

from journey_engine import planning
from journey_engine.language.project import Project
from journey_engine.receiver.grouping import Grouping
from journey_engine.settings import Settings

_LOOK_EVERY = 2.0  # seconds: so long after an apply the receiver may still go by what was live before


class LiveProject:
    """The definitions as applied, read again every other second at most."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._project: Project | None = None

    def get(self) -> Project:
        """What is live now, or was a moment ago. Raises NothingApplied, and what the database raises."""
        with self._lock:
            if self._project is None or time.monotonic() - self._read_at > _LOOK_EVERY:
                with self._engine.begin() as connection:
                    self._project = planning.live_project(connection)
                self._read_at = time.monotonic()
            return self._project


@dataclass(frozen=True, slots=True)
class Desk:
    """The footing of all doors; `patience` is how many seconds a request waits for its commit (LINE waits for two).

    `heard` keeps webhook events: a list of LINE's event objects a request.
    `ring` wakes what moves the members concerned.
    """

    engine: Engine
    settings: Settings
    secret: str = field(repr=False)
    live: LiveProject
    heard: Grouping[Sequence[dict[str, Any]], int]
    ring: Callable[[], None]
    patience: float = 1.5
