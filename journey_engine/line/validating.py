"""Asks LINE itself whether it would take each message, by its validate endpoint; nothing is sent to anybody.

LINE takes 2,000 of these a second and counts none for the month's quota (reference, "Validate message objects").
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable

from journey_engine.language.project import Project
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.render import UnsendableMessage, compile_message, sample_of
from journey_engine.line.wire import Wire

_ENDPOINT = "validate/push"


def refused_by_line(project: Project, channel: Channel, names: Iterable[str] | None = None) -> dict[str, str]:
    """What LINE says against messages, by name; those it takes are left out. `names` None: all of the project.

    Each goes as a member gets it who has nothing but defaults. LINE's silence is told like a refusal.
    """
    told: dict[str, str] = {}
    bodies: dict[str, bytes] = {}
    for name in sorted(project.messages if names is None else names):
        try:
            messages = sample_of(compile_message(project, project.messages[name]))
        except UnsendableMessage as error:
            told[name] = error.reason
        else:
            bodies[name] = json.dumps({"messages": messages}).encode()
    answers = asyncio.run(_asked(channel, bodies))
    told |= {name: _said(answer) for name, answer in answers.items() if answer.meaning is not Meaning.ACCEPTED}
    return dict(sorted(told.items()))


async def _asked(channel: Channel, bodies: dict[str, bytes]) -> dict[str, Answer]:
    wire = await Wire.open(channel, Pace(together=8))
    try:
        return {name: await wire.send(_ENDPOINT, body, None) for name, body in bodies.items()}
    finally:
        await wire.close()


def _said(answer: Answer) -> str:
    where = f" ({', '.join(answer.properties)})" if answer.properties else ""
    return f"{answer.status or ''} {answer.detail}{where}".strip()
