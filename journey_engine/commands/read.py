"""`journeys read`: says a journey in plain sentences, as its file is written now; it changes nothing."""

from __future__ import annotations

from journey_engine.commands import FromProject, Spoken


def read(
    journey: str,
    /,
    *,
    language: Spoken = None,
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
