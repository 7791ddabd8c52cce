"""The schemas as files of a project: where each lies and its exact text; it writes none of them."""

from __future__ import annotations

import json
from pathlib import Path

from journey_engine.editors.schemas import KINDS, schema
from journey_engine.language.project import Project


def place(kind: str) -> str:
    """Where the schema of a kind of file lies: journeys name theirs at their head, the others are out of sight."""
    return "journeys/journey.schema.json" if kind == "journey" else f"journeys/.schemas/{kind}.json"


def written(project: Project) -> dict[str, str]:
    """Every schema's text by its place below the project."""
    return {
        place(kind): json.dumps(schema(kind, project), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
        for kind in KINDS
    }


def stale(root: Path, project: Project) -> list[str]:
    """The schemas below `root` that are missing or not what they would be now."""
    texts = written(project)
    return [file for file, text in texts.items() if not _is(root / file, text)]


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text(encoding="utf-8") == text
