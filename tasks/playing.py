"""The demo's stage: simulated clock, friends and files made live; what is played on it are the flows themselves."""

from __future__ import annotations

import time
from collections import Counter
from datetime import datetime, timedelta

from journey_engine import clock, planning
from journey_engine.demo.living import Living
from journey_engine.demo.progress import Progress
from journey_engine.demo.script import Scene, scenes
from journey_engine.demo.telling import told
from journey_engine.demo.world import Friend, friends, households, write_friends
from journey_engine.gate.gate import ready
from journey_engine.language.read import load_project
from journey_engine.line.channel import sandbox_url
from journey_engine.measures.night import night
from journey_engine.store import database
from tasks.ground import project_settings


def made_ready() -> list[Friend]:
    """The friends; and what the eve will need is loaded, while there is time."""
    people = friends(households())
    ready()
    return people


class Stage:
    """One demo on one checkout; every call may be repeated after a kill."""

    def __init__(self, people: list[Friend]) -> None:
        self.settings = project_settings()
        self._progress = Progress.of(self.settings)
        self._since = self._progress.until
        self._engine = database.open_engine(self.settings)
        self._people = people
        self._living = Living(sandbox_url(self.settings), self._people)
        self._acts: Counter[str] = Counter()
        self._began = time.monotonic()

    def left(self) -> list[Scene]:
        """The scenes that are not done yet, in order."""
        return [scene for scene in scenes() if not self._progress.has(scene)]

    def advance(self, scene: Scene) -> None:
        """Set the business clock to the scene, and let the friends live up to it."""
        with self._engine.begin() as conn:
            clock.set_to(conn, scene.at)
        self._acts += Counter(self._living.until(scene.at))

    def open(self, at: datetime) -> None:
        """The binding list lies where its feed finds it, testers are friends, and the files are live from `at` on."""
        write_friends(self._people, self.settings.state / "demo" / "friends.csv")
        project = load_project(self.settings.project)
        self._living.befriend(project.policy.testers)
        with self._engine.begin() as conn:
            planning.apply(conn, planning.plan(conn, project, at), by="demo")

    def done(self, scene: Scene) -> None:
        """Note the scene as done; after the eve, and after each night's day, print what came of it."""
        block = None
        if scene.kind == "eve" or scene.is_last_of_night:
            seconds, self._began = time.monotonic() - self._began, time.monotonic()
            with self._engine.begin() as conn:
                figures = night(conn, self._since or scene.at - timedelta(days=1), scene.at)
            block = told(scene, figures, self._acts, seconds)
            self._since, self._acts = scene.at, Counter()
            print(block, flush=True)
        self._progress.done(scene, block, finished=scene.is_last)
