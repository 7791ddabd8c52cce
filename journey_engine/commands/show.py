"""`journeys show`: draws a journey in the terminal or into a file, as it is written now; it changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject, Spoken
from journey_engine.errors import UsageError


def show(
    journey: str,
    /,
    *,
    svg: Annotated[Path | None, Parameter(help="Draw it as a picture into this file.")] = None,
    html: Annotated[Path | None, Parameter(help="Make a page with the picture and what holds for all of it.")] = None,
    mermaid: Annotated[bool, Parameter(help="Print it as a mermaid flowchart, for wikis.")] = False,
    language: Spoken = None,
    settings: FromProject,
) -> None:
    """Draw a journey with its branches and where they come together again.

    Parameters
    ----------
    journey
        The journey's name.
    """
    from journey_engine.drawing import mermaid as flowcharts
    from journey_engine.drawing import svg as pictures
    from journey_engine.drawing.tree import tree
    from journey_engine.language.named import JOURNEY, find
    from journey_engine.language.read import load_project
    from journey_engine.saying.titles import Titles

    project = load_project(settings.project)
    spoken, titles = language or project.policy.language, Titles(project)
    drawn = find(JOURNEY, journey, project.journeys, spoken, "journeys")
    files = ((svg, pictures.svg), (html, pictures.page))
    for file, paint in files:
        if file is not None:
            _write(file, paint(drawn, titles, spoken))
            print(file)
    if mermaid:
        print(flowcharts.flowchart(drawn, spoken))
    elif svg is None and html is None:
        print(tree(drawn, titles, spoken))


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror}.", "Name a file in a folder that exists.", str(file)
        ) from None
