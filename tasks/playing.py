"""The demo's stage: simulated clock, friends and files made live; what is played on it are the flows themselves."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from journey_engine import clock, planning
from journey_engine.demo.living import Living
from journey_engine.demo.script import Scene
from journey_engine.demo.telling import told
from journey_engine.demo.world import friends, households, write_friends
from journey_engine.language.read import load_project
from journey_engine.line.channel import sandbox_url
from journey_engine.measures.night import night
from journey_engine.store import database
from tasks.ground import project_settings


class Stage:
    """One demo on one checkout; every call may be repeated after a kill."""

    def __init__(self) -> None:
        self.settings = project_settings()
        self._engine = database.open_engine(self.settings)
        self._people = friends(households())
        self._living = Living(sandbox_url(self.settings), self._people)

    def open(self, at: datetime) -> None:
        """The binding list lies where its feed finds it, and the files are live from `at` on."""
        write_friends(self._people, self.settings.state / "demo" / "friends.csv")
        project = load_project(self.settings.project)
        with self._engine.begin() as conn:
            planning.apply(conn, planning.plan(conn, project, at), by="demo")

    def advance(self, scene: Scene) -> Mapping[str, int]:
        """Set the business clock to the scene, and let the friends live up to it; how many did what."""
        with self._engine.begin() as conn:
            clock.set_to(conn, scene.at)
        return self._living.until(scene.at)

    def told(self, scene: Scene, since: datetime, acts: Mapping[str, int], seconds: float) -> str:
        """Print, and give back, the block of a night: all that happened in (since, scene]."""
        with self._engine.begin() as conn:
            block = told(scene, night(conn, since, scene.at), acts, seconds)
        print(block, flush=True)
        return block
