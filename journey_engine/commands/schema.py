"""`journeys schema`: writes what editors complete and underline by; it judges no file."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINDINGS, FINE, FromProject


def schema(
    *,
    check: Annotated[bool, Parameter(help="Write nothing; say which are out of date.")] = False,
    settings: FromProject,
) -> int:
    """Write journeys/journey.schema.json, and one for each other kind of file, with this project's names."""
    from journey_engine.editors.writing import stale, written
    from journey_engine.language.read import load_project

    project = load_project(settings.project)
    root = settings.project
    if check:
        old = [path.relative_to(root).as_posix() for path in stale(root, project)]
        print("\n".join(f"{file}  out of date; run `journeys schema`" for file in old) or "All schemas are up to date.")
        return FINDINGS if old else FINE
    for path, text in written(root, project).items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(path.relative_to(root).as_posix())
    return FINE
