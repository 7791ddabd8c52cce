"""How far the demo of this checkout has come: the scenes that are done and what was told; it plays none."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from journey_engine.demo.script import Scene
from journey_engine.settings import Settings


@dataclass
class Progress:
    """`until` is the instant of the last scene that is done; `told` the blocks printed so far."""

    path: Path
    until: datetime | None = None
    told: list[str] = field(default_factory=list[str])
    finished: bool = False

    @classmethod
    def of(cls, settings: Settings) -> Progress:
        """What the checkout's state folder says; nothing is done where it says nothing."""
        path = settings.state / "demo" / "progress.json"
        if not path.exists():
            return cls(path)
        said = json.loads(path.read_text(encoding="utf-8"))
        return cls(path, datetime.fromisoformat(said["until"]), said["told"], said["finished"])

    def has(self, scene: Scene) -> bool:
        """Whether this scene is done."""
        return self.until is not None and scene.at <= self.until

    def done(self, scene: Scene, block: str | None, finished: bool) -> None:
        """Note a scene as done, all at once: a kill leaves the old note or the new one."""
        self.until, self.finished = scene.at, finished
        if block is not None:
            self.told.append(block)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.path.with_suffix(".new")
        said = {"until": scene.at.isoformat(), "told": self.told, "finished": finished}
        draft.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        draft.replace(self.path)
