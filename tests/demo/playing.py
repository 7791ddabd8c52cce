"""The whole demo in one process without Prefect: the engine's functions in the order in which the flows call them."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from journey_engine import planning
from journey_engine.data import feeds
from journey_engine.data.batches import BatchReport
from journey_engine.demo.living import Living
from journey_engine.demo.script import Scene, scenes
from journey_engine.demo.world import Friend, friends, households, write_friends
from journey_engine.inbox import hearing, inbox
from journey_engine.language.project import Project
from journey_engine.language.read import load_project
from journey_engine.lifecycle import segments, stages
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.sending import SendReport, send_due
from journey_engine.moving.observing import PassReport
from journey_engine.moving.tick import tick
from journey_engine.sandbox.beside import Sandbox
from journey_engine.settings import Settings

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class Played:
    """A demo under way or over: its database, sandbox and friends, and what each scene reported."""

    engine: Engine
    sandbox: Sandbox
    project: Project
    settings: Settings
    people: list[Friend]
    pace: Pace | None = None
    imports: dict[tuple[int, str], BatchReport] = field(default_factory=dict[tuple[int, str], BatchReport])
    passes: list[PassReport] = field(default_factory=list[PassReport])
    sends: list[tuple[datetime, SendReport]] = field(default_factory=list[tuple[datetime, SendReport]])
    acts: Counter[str] = field(default_factory=Counter[str])
    spent: dict[str, float] = field(default_factory=dict[str, float])
    told: Callable[[str], None] | None = None

    def __post_init__(self) -> None:
        self.living = Living(self.sandbox.url, self.people)
        self.channel = Channel("sandbox", self.sandbox.url, self.sandbox.token)

    def all_scenes(self) -> None:
        for scene in scenes():
            self.scene(scene)

    def scene(self, scene: Scene) -> None:
        """What the friends did until then, then what production runs at such a time."""
        if scene.kind == "eve":
            self.open(scene.at)
        with self._timing("friends"):
            self.acts.update(self.living.until(scene.at))
        if scene.kind != "look":
            self.night(scene)
        self.move(scene.at)
        self.send(scene.at)

    def open(self, at: datetime) -> None:
        write_friends(self.people, self.settings.state / "demo" / "friends.csv")
        with self.engine.begin() as connection:
            planning.apply(connection, planning.plan(connection, self.project, at), by="demo")

    def night(self, scene: Scene) -> None:
        """Each feed, then segments and stages anew."""
        at = scene.at.astimezone(UTC)
        for name in self.project.feeds:
            with self._timing(f"import {name}"):
                report = feeds.import_feed(self.engine, self.project, self.settings, name, at)
            self.imports[scene.night, name] = report
        for what, refresh in (("segments", segments.refresh), ("stages", stages.refresh)):
            with self._timing(what), self.engine.begin() as connection:
                refresh(connection, self.project, at)

    def move(self, at: datetime) -> list[PassReport]:
        """Hear what the friends did, and let everybody due move on."""
        with self._timing("inbox"):
            self._hear(at)
        with self._timing("tick"):
            reports = tick(self.engine, self.project, at.astimezone(UTC))
        self.passes += reports
        return reports

    def _hear(self, at: datetime) -> None:
        with self.engine.begin() as connection, suppress(hearing.SandboxSilent):
            hearing.hear(connection, self.sandbox.url, at)
        with self.engine.begin() as connection:
            inbox.take(connection, at)

    def send(self, at: datetime) -> SendReport:
        """Send what is due."""
        with self._timing("send"):
            report = send_due(self.engine, self.project, at.astimezone(UTC), self.channel, pace=self.pace)
        self.sends.append((at, report))
        return report

    @contextmanager
    def _timing(self, what: str) -> Generator[None]:
        """This process's CPU seconds by part; the database's are its own."""
        before = time.process_time()
        yield
        self.spent[what] = self.spent.get(what, 0.0) + time.process_time() - before
        if self.told:
            self.told(what)

    def rows(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(statement), values)]

    def counts(self, statement: str, **values: Any) -> dict[Any, int]:
        """Rows of (name …, number) as a dictionary; several names as a tuple."""
        return {row[0] if len(row) == 2 else row[:-1]: row[-1] for row in self.rows(statement, **values)}


def stage(engine: Engine, sandbox: Sandbox, folder: Path, ids: Iterable[str] | None = None, **more: Any) -> Played:
    """A demo that can begin: the checkout's own files, with a state folder of the test's own."""
    for name in ("journeys", "expectations"):
        (folder / name).symlink_to(ROOT / name, target_is_directory=True)
    people = friends(households() if ids is None else ids)
    return Played(engine, sandbox, load_project(folder), Settings(project=folder), people, **more)
