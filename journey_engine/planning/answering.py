"""Answers given beside the files, as a rollback needs them: `welcome.survey=thank`; they become the journey's words."""

from __future__ import annotations

from collections.abc import Iterable

from journey_engine.errors import UsageError
from journey_engine.language.project import Project


class NotAnAnswer(UsageError):
    """An answer names no journey of the project, or is not written as one."""

    def __init__(self, answer: str, cure: str) -> None:
        super().__init__(f"“{answer}” answers nothing here.", cure, answer)


def answered(project: Project, moved: Iterable[str] = (), reschedule: Iterable[str] = ()) -> Project:
    """The project with these answers in its journeys: `moved` as JOURNEY.OLD=NEW, `reschedule` as JOURNEY.STEP.

    Raises NotAnAnswer.
    """
    journeys = dict(project.journeys)
    for answer in moved:
        place, _, to = answer.partition("=")
        name, _, step = place.partition(".")
        if name not in journeys or not step or not to:
            raise NotAnAnswer(answer, "Write --moved JOURNEY.OLD_STEP=NEW_STEP.")
        journeys[name] = journeys[name].model_copy(update={"moved": {**journeys[name].moved, step: to}})
    for answer in reschedule:
        name, _, step = answer.partition(".")
        if name not in journeys or not step:
            raise NotAnAnswer(answer, "Write --reschedule JOURNEY.STEP.")
        journeys[name] = journeys[name].model_copy(update={"reschedule": (*journeys[name].reschedule, step)})
    return project.model_copy(update={"journeys": journeys})
