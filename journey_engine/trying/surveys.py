"""What the member of a story answers to the questions of surveys, heard as it is in the chat; it asks her nothing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert

from journey_engine.inbox import answering, surveys
from journey_engine.inbox.surveys import Said
from journey_engine.language.project import Project
from journey_engine.language.survey import button_for
from journey_engine.store.tables.happenings import events


def answer(connection: Connection, project: Project, member: int, answers: Mapping[str, str], at: datetime) -> None:
    """She answers these questions, each named by its message, by its button or, where none says so, in words."""
    questions = {
        survey.asked_by(name): question
        for survey in project.surveys.values()
        for name, question in survey.questions.items()
    }
    for message, words in answers.items():
        button = button_for(questions[message], words)
        if button is None:
            say(connection, project, member, "message", None, {"text": words}, at)
        else:
            say(connection, project, member, "click", message, {"button": button}, at)


def say(
    connection: Connection,
    project: Project,
    member: int,
    name: str,
    of: str | None,
    properties: dict[str, Any],
    at: datetime,
) -> None:
    """She taps a button of a message, or writes. No reply token is at hand in a story, so thanks are pushed."""
    row = {"member_id": member, "name": name, "of": of, "at": at, "properties": properties, "source": "line"}
    made: int = connection.execute(insert(events).values(row).returning(events.c.id)).scalar_one()
    said = Said(made, "story", str(made), member, at, name, of, properties)
    heard = surveys.hear(connection, project, [said], lambda _: False)
    answering.follow(connection, project, [replace(each, free=False) for each in heard], at)
