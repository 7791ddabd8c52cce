"""A brand's own repository: the four journeys with the kit's rules laid over them; nothing that exists is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from journey_engine.errors import UsageError
from journey_engine.starting import shelf

# The example's own data stays with it; the kit brings feeds of plain files.
_NOT_COPIED = ("templates", "feeds")
_NAMES = {"gitignore": ".gitignore"}  # a file of that name would hide files of ours


class NotEmpty(UsageError):
    """Files that would be written are there already."""

    def __init__(self, folder: Path, files: tuple[str, ...]) -> None:
        shown = ", ".join(files[:5]) + (" …" if len(files) > 5 else "")
        super().__init__(f"There is already {shown}.", "Name a folder without them.", str(folder))


def contents() -> dict[str, bytes]:
    """All files of a new repository by path."""
    journeys = shelf.journeys_folder()
    copied = {f"journeys/{path}": content for path, content in _files(journeys) if path.parts[0] not in _NOT_COPIED}
    kit = {_NAMES.get(str(path), path.as_posix()): content for path, content in _files(shelf.KIT)}
    return {**copied, **kit}


def _files(folder: Path) -> Iterator[tuple[Path, bytes]]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(folder), path.read_bytes()


def start(folder: Path) -> tuple[str, ...]:
    """Write a new repository into `folder`, which is made if need be; returns what was written. Raises NotEmpty."""
    files = contents()
    there = tuple(name for name in files if (folder / name).exists())
    if there:
        raise NotEmpty(folder, there)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return tuple(files)
