"""Where the running parts of a checkout are found: their URLs, folders and environment; it starts none of them."""

from __future__ import annotations

import getpass
import os
import socket
from pathlib import Path

from journey_engine.errors import JourneysError
from journey_engine.settings import Settings
from journey_engine.store import database

HOST = "127.0.0.1"
PREFECT_PORT = 4200
_PORTS_TRIED = 100


class NoFreePort(JourneysError):
    """Every port tried is taken."""

    def __init__(self, first: int) -> None:
        super().__init__(f"Ports {first} to {first + _PORTS_TRIED - 1} are all taken.", "End what holds them.", HOST)


def bind(wished: int, host: str = HOST) -> socket.socket:
    """A listening socket on `wished`, or on the next free port above it. Raises NoFreePort."""
    for port in range(wished, wished + _PORTS_TRIED):
        # The protocol is named because asyncio switches Nagle's delay off only where it is: else each answer whose body
        # follows its headers costs 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        # A port whose last connections linger is free; one that somebody listens on is not.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen(1024)
        except OSError:
            listener.close()
            continue
        return listener
    raise NoFreePort(wished)


def processes_folder(settings: Settings) -> Path:
    """The folder of pid files and logs."""
    return settings.state / "processes"


def prefect_url_file(settings: Settings) -> Path:
    """Where the server writes the address it got: one line, `http://127.0.0.1:4200`."""
    return settings.state / "prefect.url"


def sandbox_url_file(settings: Settings) -> Path:
    """Where the sandbox writes the address it got."""
    return settings.state / "sandbox.url"


def receiver_url_file(settings: Settings) -> Path:
    """Where the receiver writes the address it got."""
    return settings.state / "receiver.url"


def prefect_url(settings: Settings) -> str:
    """The address of Prefect's server and UI: the one it wrote down, else the environment's, else the wished-for."""
    return written_url(prefect_url_file(settings)) or settings.prefect_url or f"http://{HOST}:{PREFECT_PORT}"


def written_url(file: Path) -> str | None:
    """The address in such a file, or None while there is none."""
    return file.read_text(encoding="utf-8").strip() or None if file.exists() else None


def write_url(file: Path, url: str) -> None:
    """Write an address down so that a reader sees all of it or none."""
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".new")
    draft.write_text(f"{url}\n", encoding="utf-8")
    draft.replace(file)


def environment(settings: Settings) -> dict[str, str]:
    """What every process of the checkout is told on top of its surroundings; holds no secret.

    The process worker keeps scratch folders below TMPDIR, which two users of one machine cannot share.
    """
    scratch = settings.state / f"scratch-{getpass.getuser()}"
    scratch.mkdir(parents=True, exist_ok=True)
    return {
        "PREFECT_API_URL": f"{prefect_url(settings)}/api",
        "PREFECT_HOME": str(settings.project / ".prefect"),
        "JOURNEYS_PROJECT": str(settings.project),
        "TMPDIR": str(scratch),
        "DO_NOT_TRACK": "1",
        "PYTHONUNBUFFERED": "1",
    }


def server_environment(settings: Settings) -> dict[str, str]:
    """As `environment`, with the database that only Prefect's server may know (it holds a password)."""
    url = database.prefect_url(settings).render_as_string(hide_password=False)
    return {**environment(settings), "PREFECT_SERVER_DATABASE_CONNECTION_URL": url}


def surroundings(settings: Settings) -> dict[str, str]:
    """The whole environment of a child process: this one's own, with what `environment` adds."""
    return {**os.environ, **environment(settings)}
