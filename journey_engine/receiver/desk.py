"""What each door of the receiver is given: database, the inbox's writer, live definitions; it opens nothing."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine

from journey_engine import planning
from journey_engine.language.project import Project
from journey_engine.line.channel import SANDBOX_SECRET
from journey_engine.receiver.grouping import Grouping
from journey_engine.receiver.redirecting import Redirector
from journey_engine.settings import Settings

_LOOK_EVERY = 2.0  # seconds: so long after an apply the receiver may still go by what was live before


class LiveProject:
    """The definitions as applied, read again every other second at most."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._read_at = 0.0
        self._project: Project | None = None

    @property
    def fresh(self) -> Project | None:
        """What was read a moment ago, if it was."""
        return self._project if time.monotonic() - self._read_at <= _LOOK_EVERY else None

    def get(self) -> Project:
        """What is live now, or was a moment ago. Raises NothingApplied, and what the database raises."""
        with self._lock:
            if self.fresh is not None:
                return self.fresh
            with self._engine.begin() as connection:
                project = planning.live_project(connection)
            self._project, self._read_at = project, time.monotonic()
            return project


@dataclass(frozen=True, slots=True)
class Desk:
    """The footing of all doors; `patience` is how many seconds a request waits for its commit (LINE waits for two).

    `heard` keeps webhook events: a list of LINE's event objects a request.
    `ring` wakes what moves those whose events wait in the inbox, and these members.
    `links` leads taps on.
    """

    engine: Engine
    settings: Settings
    live: LiveProject
    heard: Grouping[Sequence[dict[str, Any]], int]
    ring: Callable[[Sequence[int]], None]
    links: Redirector
    patience: float = 1.5

    async def project(self) -> Project | None:
        """The live definitions; None while nothing was ever applied. Raises what the database raises."""
        if self.live.fresh is not None:
            return self.live.fresh
        try:
            return await asyncio.to_thread(self.live.get)
        except planning.NothingApplied:
            return None

    async def secret(self) -> str:
        """What LINE signs with: the sandbox's own where the policy says sandbox, else the channel's; may be empty."""
        project = await self.project()
        sandbox = project is not None and project.policy.line == "sandbox"
        return SANDBOX_SECRET if sandbox else self.settings.line.channel_secret
