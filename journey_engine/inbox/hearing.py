"""Fetches what the sandbox's friends did into the inbox, from where it last stood; never asks a live account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import urllib3
from sqlalchemy import Connection, text

from journey_engine.errors import JourneysError
from journey_engine.inbox import inbox

_PAGE = 1_000
_PATIENCE = urllib3.Timeout(connect=2.0, read=30.0)

# The row is locked, so that two ticks at once do not read the same page twice.
_STAND = text("""
    insert into channels as c (channel, heard) values (:channel, 0)
    on conflict (channel) do update set heard = c.heard returning heard
""")
_MOVE_ON = text("update channels set heard = :heard where channel = :channel")


class SandboxSilent(JourneysError):
    """The sandbox does not answer; what its friends did is read when it does."""

    def __init__(self, url: str, cause: object) -> None:
        super().__init__(f"The sandbox does not answer: {cause}.", "Start it with journeys up.", url)


def hear(connection: Connection, url: str, now: datetime, channel: str = "sandbox") -> int:
    """Store every event above where this channel stands; returns how many were new.

    `url` is the sandbox's address; `now` the business instant of arrival. In the caller's transaction, so that
    the place moves on only with what was stored. Raises SandboxSilent.
    """
    stand: int = connection.execute(_STAND, {"channel": channel}).scalar_one()
    stored = 0
    for events, last in _pages(url, stand):
        stored += inbox.store(connection, events, now)
        connection.execute(_MOVE_ON, {"channel": channel, "heard": last})
    return stored


def _pages(url: str, after: int) -> Iterator[tuple[list[dict[str, Any]], int]]:
    """Pages of webhook events above `after`, each with the number of its last one."""
    with urllib3.PoolManager(timeout=_PATIENCE, retries=False) as http:
        more = True
        while more:
            try:
                answer = http.request("GET", f"{url}/sandbox/taps?after={after}&limit={_PAGE}")
            except urllib3.exceptions.HTTPError as error:
                raise SandboxSilent(url, error) from error
            if answer.status != 200:
                raise SandboxSilent(url, f"status {answer.status}")
            page = orjson.loads(answer.data)
            after, more = int(page["next"]), bool(page["more"])
            yield [row["event"] for row in page["taps"]], after
