"""`journeys gate`: what the gate said of feeds and of messages before they went; it judges and releases nothing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, HELD, FromProject

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from journey_engine.gate.gate_history import Story
    from journey_engine.language.project import Project
    from journey_engine.settings import Settings


def gate(
    what: str = "",
    /,
    *,
    html: Annotated[bool, Parameter(help="Write it as a page, with its history.")] = False,
    out: Annotated[
        Path | None, Parameter(help="The page's folder; `reports` in the state folder if not named.")
    ] = None,
    settings: FromProject,
) -> int:
    """Tell what the gate said of a feed, a batch (by number) or a message; of all if none is named.

    Ends with 3 while one of them is held.
    """
    from journey_engine.planning import live_project
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as connection:
        project = live_project(connection)
        stories = [_story(connection, what)] if what else _all(connection)
    for story in stories:
        print(_page(story, project, settings, out) if html else _told(story, project, bool(what)))
    if not stories:
        print("Nothing has been judged.")
    return HELD if any(story.holds for story in stories) else FINE


def _story(connection: Connection, what: str) -> Story:
    from journey_engine.gate import gate_history
    from journey_engine.gate.mistakes import NeverJudged

    find = gate_history.of_batch(connection, int(what)) if what.isdigit() else gate_history.of_feed(connection, what)
    found = find or gate_history.of_message(connection, what)
    if found is None:
        feeds, messages = gate_history.names(connection)
        raise NeverJudged(what, [*feeds, *messages])
    return found


def _all(connection: Connection) -> list[Story]:
    from journey_engine.gate import gate_history

    feeds, messages = gate_history.names(connection)
    found = [gate_history.of_feed(connection, feed) for feed in feeds]
    found += [gate_history.of_message(connection, message) for message in messages]
    return [story for story in found if story is not None]


def _told(story: Story, project: Project, in_full: bool) -> str:
    from journey_engine.reporting.gate_page import gate_page
    from journey_engine.reporting.markdown import markdown
    from journey_engine.reporting.writing import title_of

    if in_full:
        return markdown(gate_page(story, title_of(story, project), project.policy.zone), project.policy.language)
    last = story.last
    failed = [o.title or o.rule for o in last.verdict.outcomes if not o.passed]
    said = (
        f"{last.status}, {last.read:,} read, {last.quarantined:,} quarantined" if story.kind == "feed" else last.status
    )
    told = f"{story.kind} {story.name}: {said}, {len(last.verdict.outcomes)} rules"
    return told + (f", failed: {'; '.join(failed)}" if failed else ", all passed")


def _page(story: Story, project: Project, settings: Settings, out: Path | None) -> Path:
    from journey_engine.reporting import writing

    return writing.gate_file(story, project, out or writing.folder(settings), with_rows=True)
