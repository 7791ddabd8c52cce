"""`journeys read`: says a journey in plain sentences, as its file is written now; it changes nothing."""

from __future__ import annotations

from typing import Annotated, Literal

from cyclopts import Parameter

from journey_engine.commands import FromProject


def read(
    journey: str,
    /,
    *,
    language: Annotated[
        Literal["zh-TW", "en"] | None, Parameter(help="The policy's language if none is given.")
    ] = None,
    settings: FromProject,
) -> None:
    """Say a journey in plain sentences: who enters, what happens step by step, what ends it.

    Parameters
    ----------
    journey
        The journey's name.
    """
    from journey_engine.language.named import JOURNEY, find
    from journey_engine.language.read import load_project
    from journey_engine.saying.journeys import told, written
    from journey_engine.saying.titles import Titles

    project = load_project(settings.project)
    spoken = language or project.policy.language
    print(written(told(find(JOURNEY, journey, project.journeys, spoken, "journeys"), Titles(project)), spoken))
