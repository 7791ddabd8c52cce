"""What this checkout and its environment say about where things are; it never opens or creates any of them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from journey_engine.errors import JourneysError

STATE_FOLDER = ".journeys"
SOURCE = "JOURNEYS_SOURCE_"  # and a name in capitals: the address of a database


class NotAProject(JourneysError):
    """The folder named as project does not exist."""

    def __init__(self, project: Path) -> None:
        super().__init__("There is no such folder.", "Name an existing one with --project DIR.", str(project))


@dataclass(frozen=True, slots=True)
class LineCredentials:
    """What LINE's console gives a Messaging API channel; empty strings where the environment says nothing."""

    channel_id: str = ""
    channel_secret: str = field(default="", repr=False)
    channel_access_token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """One project folder with its state folder, database and LINE channel.

    `database_url` and `prefect_database_url` are as the environment gave them; None means the embedded server.
    `prefect_url` is the address of a Prefect server that others run, without `/api`; None: the checkout's own.
    """

    project: Path
    database_url: str | None = field(default=None, repr=False)
    prefect_database_url: str | None = field(default=None, repr=False)
    prefect_url: str | None = None
    line: LineCredentials = field(default_factory=LineCredentials)
    sources: tuple[tuple[str, str], ...] = field(default=(), repr=False)  # addresses of databases that feeds query

    def source(self, name: str) -> str | None:
        """The address of a database that feeds query; None if nobody gave it."""
        return dict(self.sources).get(name)

    @property
    def state(self) -> Path:
        """The ignored folder that holds this checkout's state: database, logs, sandbox ledger.

        A folder of journeys that lies inside another project, such as its templates, has one of its own there, so that
        marketers find no state among their files.
        """
        around = next((each for each in self.project.parents if (each / "journeys" / "policy.yaml").is_file()), None)
        if around is None or (self.project / "journeys").is_dir() or not (self.project / "policy.yaml").is_file():
            return self.project / STATE_FOLDER
        return around / STATE_FOLDER / self.project.name

    @property
    def journeys(self) -> Path:
        """The marketers' folder."""
        return self.project / "journeys"

    @property
    def expectations(self) -> Path:
        """The folder of Great Expectations suites, one JSON file each."""
        return self.project / "expectations"


def load(project: Path | None = None, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of `project` (default: the working directory) under `environ` (default: the process's own).

    Raises NotAProject if the folder does not exist.
    """
    env = os.environ if environ is None else environ
    folder = (project or Path.cwd()).resolve()
    if not folder.is_dir():
        raise NotAProject(folder)
    return Settings(
        project=folder,
        database_url=env.get("DATABASE_URL") or None,
        prefect_database_url=env.get("PREFECT_SERVER_DATABASE_CONNECTION_URL")
        or env.get("PREFECT_API_DATABASE_CONNECTION_URL")
        or None,
        prefect_url=env.get("PREFECT_API_URL", "").removesuffix("/").removesuffix("/api") or None,
        line=LineCredentials(
            channel_id=env.get("LINE_CHANNEL_ID", ""),
            channel_secret=env.get("LINE_CHANNEL_SECRET", ""),
            channel_access_token=env.get("LINE_CHANNEL_ACCESS_TOKEN", ""),
        ),
        sources=tuple(
            (name.removeprefix(SOURCE).lower(), url) for name, url in sorted(env.items()) if name.startswith(SOURCE)
        ),
    )
