"""`/add/SOURCE`: counts who comes by a source of replies.yaml and leads on to the account; it knows nobody.

LINE's follow event does not say where a friend came from. So the chat opens with the source's words ready to be sent,
and whoever sends them is known; who only adds the account stays without a source. Opened without being a friend, the
chat shows LINE's page for adding the account (LINE URL scheme, `oaMessage`).
"""

from __future__ import annotations

import asyncio
import logging
from urllib.parse import quote

from sqlalchemy import Connection, text
from sqlalchemy.exc import SQLAlchemyError
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from journey_engine import clock
from journey_engine.language.reply import Friends, Source
from journey_engine.receiver.desk import Desk
from journey_engine.receiver.links import NO_LINK, page, to
from journey_engine.receiver.visitors import is_person

_LOG = logging.getLogger(__name__)
_COUNT = text("""
insert into source_visits as v (source, day, visits)
values (:source, cast(cast(:now as timestamptz) at time zone :zone as date), 1)
on conflict (source, day) do update set visits = v.visits + 1
""")


def routes(desk: Desk) -> list[BaseRoute]:
    """The route for the sources of friends."""

    async def add(request: Request) -> Response:
        project = await desk.project()
        friends = project.replies.friends if project is not None and project.replies is not None else None
        name = request.path_params["source"]
        if project is None or friends is None or name not in friends.sources:
            return page(404, NO_LINK)
        if is_person(request.method, request.headers):
            await asyncio.to_thread(_counted, desk, name, project.policy.zone)
        return to(address(friends, friends.sources[name]))

    return [Route("/add/{source}", add, methods=["GET", "HEAD"])]


def address(friends: Friends, source: Source) -> str:
    """Where LINE opens: the chat with the source's words ready, or the page for adding the account."""
    account = quote(friends.account, safe="")
    if source.says:
        return f"https://line.me/R/oaMessage/{account}/?{quote(source.says, safe='')}"
    return f"https://line.me/R/ti/p/{account}"


def count(connection: Connection, source: str, zone: str) -> None:
    """One more who came this way today, by the business clock."""
    connection.execute(_COUNT, {"source": source, "now": clock.now(connection), "zone": zone})


def _counted(desk: Desk, source: str, zone: str) -> None:
    """Count, if that can be: nobody is kept from becoming a friend for it."""
    try:
        with desk.engine.begin() as connection:
            count(connection, source, zone)
    except (SQLAlchemyError, OSError):
        _LOG.warning("A visit of source %s is not counted: the database is away.", source)
