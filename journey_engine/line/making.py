"""What is made of definitions once and serves for many decisions: compiled messages; it sends nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.line import holding
from journey_engine.line.render import Rendering, UnsendableMessage, compile_message


@dataclass(slots=True)
class Made:
    """What was made of one project's definitions, and serves as long as they do: messages."""

    project: Project
    renderings: dict[str, Rendering] = field(default_factory=dict[str, Rendering])


def compile_all(
    connection: Connection, project: Project, names: Iterable[str], now: datetime, *, tracked: bool = False
) -> dict[str, Rendering]:
    """The named messages compiled, with links of our own if `tracked`; one that cannot be is held, with the reason."""
    renderings: dict[str, Rendering] = {}
    for name in sorted(set(names) & set(project.messages)):
        try:
            renderings[name] = compile_message(project, project.messages[name], tracked=tracked)
        except UnsendableMessage as error:
            holding.hold_message(connection, name, error.reason, now)
    return renderings
