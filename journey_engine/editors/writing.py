"""The schemas as files of a project: where each lies and its exact text; it writes none of them."""

from __future__ import annotations

import json
from pathlib import Path

from journey_engine.editors.schemas import KINDS, schema
from journey_engine.language.gather import folder_of
from journey_engine.language.project import Project


def place(kind: str) -> str:
    """Where the schema of a kind of file lies in the folder of journeys; those that no file names are out of sight."""
    return "journey.schema.json" if kind == "journey" else f".schemas/{kind}.json"


def written(root: Path, project: Project) -> dict[Path, str]:
    """Every schema's text by its path, for the project below `root`."""
    folder = folder_of(root)
    return {
        folder / place(kind): json.dumps(schema(kind, project), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        for kind in KINDS
    }


def stale(root: Path, project: Project) -> list[Path]:
    """The schemas below `root` that are missing or not what they would be now."""
    return [path for path, text in written(root, project).items() if not _is(path, text)]


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
