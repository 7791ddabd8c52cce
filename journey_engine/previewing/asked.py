"""The previews somebody asked for: one message or all, for a member or with values told; it opens no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from journey_engine.errors import UsageError
from journey_engine.language.message import Message
from journey_engine.language.named import find
from journey_engine.language.project import Project
from journey_engine.language.read import load_project
from journey_engine.language.words import Language, Words
from journey_engine.previewing.preview import Preview, preview_of
from journey_engine.settings import Settings

MESSAGE = Words("訊息", "message")


class NoValue(UsageError):
    """A value was not given as name=value."""

    def __init__(self, given: str) -> None:
        super().__init__(f"“{given}” gives no value.", "Write --with name=小美, once for each value.", "--with")


def values_from(given: Sequence[str]) -> dict[str, str]:
    """`name=小美`, … as values by name; raises NoValue."""
    values: dict[str, str] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not equals or not name:
            raise NoValue(each)
        values[name] = value
    return values


def previews_for(
    project: Project, message: str, member: str, values: Mapping[str, Any], settings: Settings, language: Language
) -> list[Preview]:
    """Of one message, or of all if `message` is empty; with `member`, her values are read from the database.

    `values` stand above hers. Without a member nothing is read, and samples stand for what is missing. Raises NoSuch,
    Several and what opening the database raises.
    """
    chosen = [find(MESSAGE, message, project.messages, language, "journeys/messages")] if message else _sorted(project)
    if not member:
        return [preview_of(project, one, values, member=False) for one in chosen]
    from journey_engine import clock
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.connect() as connection:
        return for_member(connection, project, chosen, member, values, clock.now(connection))


def for_member(
    connection: Connection,
    project: Project,
    chosen: Sequence[Message],
    member: str,
    values: Mapping[str, Any],
    now: datetime,
) -> list[Preview]:
    """The chosen messages as they would go to a member at `now` (aware). Raises NoSuch and Several."""
    from journey_engine.explaining.members import find_member
    from journey_engine.previewing import standing

    who = find_member(connection, member, project.policy, project.policy.language)
    return [
        preview_of(
            project,
            one,
            {**standing.values_for(connection, who, one.message, now), **values},
            member=True,
            against=list(standing.against(connection, project, who, one, now)),
        )
        for one in chosen
    ]


def of_files(folder: Path) -> list[dict[str, Any]]:
    """Every message of the project as its files are now, with sample values, as the phone page takes them.

    Raises what reading the files raises.
    """
    project = load_project(folder)
    return [preview_of(project, one, {}, member=False).as_json(project.policy.language) for one in _sorted(project)]


def _sorted(project: Project) -> list[Message]:
    return [project.messages[name] for name in sorted(project.messages)]
