"""A sender's drain as the work of a process that is killed."""

from __future__ import annotations

from dataclasses import replace

from journey_engine.line.channel import Channel
from journey_engine.line.sending import send_due
from journey_engine.sandbox.server import TOKEN
from journey_engine.store import database
from tests.line.shop import BRISK, NOON, project_of


def sending(database_url: str, sandbox_url: str) -> None:
    """One drain of what is due at noon."""
    channel = Channel("sandbox", sandbox_url, TOKEN)
    send_due(database.engine_on(database_url), project_of(), NOON, channel, pace=replace(BRISK, lease=600))
