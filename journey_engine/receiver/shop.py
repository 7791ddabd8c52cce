"""`POST /events`: what a shop's own systems say happened, checked row by row and kept; it makes no event itself."""

from __future__ import annotations

import hmac
import os
from typing import Any, cast

import orjson
from sqlalchemy import Engine, text
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from journey_engine.inbox.shop_rows import NotThisRow, row_of
from journey_engine.language.project import Project
from journey_engine.receiver.answering import Refused, answer, body_of
from journey_engine.receiver.desk import Desk

MOST_ROWS = 500
MOST_BYTES = 4 * 2**20

# The instant is read by the business clock: more than five minutes ahead of it is a mistake. The same id again is the
# same event; another one under it is refused.
_STORE = text("""
with clocked as materialized (select clock_timestamp() + coalesce((select "offset" from clock), interval '0') as now),
said as (
    select body, place, coalesce((body ->> 'at')::timestamptz, c.now) as at, c.now
    from jsonb_array_elements(cast(:rows as jsonb)) with ordinality as each (body, place), clocked c),
judged as (
    select s.*, case
        when at > now + interval '5 minutes' then 'ahead'
        when body ->> 'who' is not null and not (body ->> 'makes')::boolean and not exists (
            select from identities i where i.kind = body ->> 'by' and i.value = body ->> 'who' or exists (
                select from jsonb_each_text(body -> 'also') a where i.kind = a.key and i.value = a.value)) then 'nobody'
        when exists (select from inbox b where b.source = 'shop' and b.webhook_event_id = s.body ->> 'id'
            and b.body - 'at' - 'makes' <> s.body - 'at' - 'makes') then 'other'
        else 'kept' end as fate
    from said s),
stored as (
    insert into inbox (source, webhook_event_id, body, received_at, live, heard_at)
    select 'shop', id, body, now, true, clock_timestamp()
    from (select distinct on (body ->> 'id') body ->> 'id' as id, place, now,
                 body || jsonb_build_object('at', to_jsonb(at)) as body
          from judged where fate = 'kept' order by body ->> 'id', place) once
    order by place
    on conflict (source, webhook_event_id) do nothing)
select place, fate from judged order by place
""")
_FATES = {
    "ahead": ("It lies more than 5 minutes ahead.", "Look at the clock that gave its instant."),
    "nobody": ("Nobody is known by this identity.", "Send it again later, or write receiver: {create: yes}."),
    "other": ("Another event was sent with this id.", "Give each event an id of its own, for ever."),
}


def routes(desk: Desk) -> list[BaseRoute]:
    """The shop's route."""

    async def events(request: Request) -> Response:
        project = await desk.project()
        if project is None:
            raise Refused(503, "Nothing was applied yet.", "Run `journeys apply`.")
        _authorize(project, request.headers.get("authorization", ""))
        rows = _rows_in(await body_of(request, MOST_BYTES))
        told = await run_in_threadpool(_keep, desk.engine, project, rows)
        desk.ring(())
        return answer(told, 422 if told["refused"] and not told["kept"] else 200)

    return [Route("/events", events, methods=["POST"])]


def _authorize(project: Project, header: str) -> None:
    key = project.policy.receiver.key or ""
    wanted = os.environ.get(key.removeprefix("env:"), "") if key.startswith("env:") else ""
    if not wanted:
        cure = "Write receiver: {key: env:NAME} in policy.yaml, and put the key into the environment."
        raise Refused(403, "No key is set, so no shop may send events.", cure)
    scheme, _, shown = header.partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(shown.strip().encode(), wanted.encode()):
        raise Refused(401, "The key is missing or wrong.", "Send authorization: Bearer KEY.")


def _rows_in(body: bytes) -> list[Any]:
    try:
        said: Any = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise Refused(400, "The body is no JSON.", "Send JSON in UTF-8.") from error
    rows: Any = cast("dict[str, Any]", said).get("events") if isinstance(said, dict) else None
    if not isinstance(rows, list):
        raise Refused(400, "The body holds no list of events.", 'Send {"events": [{…}, …]}.')
    listed = cast("list[Any]", rows)
    if len(listed) > MOST_ROWS:
        raise Refused(
            413, f"These are {len(listed):,} events, and {MOST_ROWS} are taken at once.", "Send them in parts."
        )
    return listed


def _keep(engine: Engine, project: Project, rows: list[Any]) -> dict[str, Any]:
    """Keep the good rows in one transaction; how many, and what is wrong with each of the others."""
    good: list[tuple[int, dict[str, Any]]] = []
    refused: list[dict[str, Any]] = []
    for number, said in enumerate(rows):
        try:
            good.append((number, row_of(project, said)))
        except NotThisRow as error:
            refused.append({"number": number, "message": error.reason, "cure": error.cure})
    if good:
        written = orjson.dumps([row for _, row in good]).decode().replace("\\u0000", "\\ufffd")
        with engine.begin() as connection:
            found = connection.execute(_STORE, {"rows": written}).all()
        for (number, _), (_, fate) in zip(good, found, strict=True):
            if fate in _FATES:
                message, cure = _FATES[fate]
                refused.append({"number": number, "message": message, "cure": cure})
    refused.sort(key=lambda each: each["number"])
    return {"kept": len(rows) - len(refused), "refused": refused}
