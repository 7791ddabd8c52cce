"""Taps on links, each kept before it is answered, beside a bare redirect and the bare rows; the crowd is a process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from sqlalchemy import Engine, text
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from benchmarks import floors
from benchmarks.measuring import Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import FOLLOWED, Ground, populate, project
from journey_engine.line.link_tokens import Token, last_day, seal
from journey_engine.line.linking import key_in_use
from journey_engine.moving.passing import run_pass
from journey_engine.receiver.serving import application, open_desk, server_for
from journey_engine.running import places
from journey_engine.settings import Settings

_CONNECTIONS = 64
_MOST = 10_000  # a tap is a request of its own: more of them tell nothing new
_TARGET = "https://shop.example/new"
_LINK = text("insert into links (message, link, target, made_at) values ('hello', 'new', :to, :now) returning id")
ROWS = (
    "insert into floor.clicks (id, link_id, intent_id, member_id, at, counted) select id, link_id, intent_id,"
    " member_id, at, counted from public.clicks",
    "insert into floor.events (id, member_id, name, at, of, properties, source, arrived) select id, member_id, name,"
    " at, of, properties, source, arrived from public.events where source = 'link'",
)


def redirecting(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """Each of the members, or of so many of them, taps her own link once."""
    words = "as many bare redirects of the same server, and the same rows in one statement"
    members = min(members, _MOST)
    found = Comparison("taps led on and kept", words, ROWS, 3.0, 2.0, members)
    with ground.lent() as engine, tempfile.TemporaryDirectory() as folder:
        paths = Path(folder) / "paths"
        journeys = project()
        for _ in range(repetitions):
            populate(engine, members)
            run_pass(engine, journeys, "bench", FOLLOWED)
            paths.write_text("\n".join(_paths(engine)))
            with open_desk(engine, Settings(project=Path(folder))) as desk, _served(application(desk)) as port:
                cost, led = meter.of(lambda port=port: _tapped(port, paths))
            expect("led on", led, members)
            floors.like(engine, "clicks", "events")
            with _served(_bare()) as port:
                floor, led = meter.of(lambda port=port: _floor(engine, port, paths))
            expect("led on", led, members)
            floors.same_counts(engine, "clicks")
            found.add(cost, floor)
    return [found]


def _paths(engine: Engine) -> list[str]:
    with engine.begin() as connection:
        link = connection.execute(_LINK, {"to": _TARGET, "now": FOLLOWED}).scalar_one()
        key, day = key_in_use(connection), last_day(FOLLOWED, timedelta(days=10_000))
        sent = connection.scalars(text("select id from intents order by id")).all()
    return [f"/r/{seal(Token(link, intent, day), key)}" for intent in sent]


def _bare() -> Starlette:
    async def answer(_request: Request) -> Response:
        return Response(status_code=302, headers={"location": _TARGET})

    return Starlette(routes=[Route("/r/{token}", answer)])


@contextmanager
def _served(app: Starlette) -> Generator[int]:
    listener, server = places.bind(24271), server_for(app)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    yield listener.getsockname()[1]
    server.should_exit = True
    thread.join()


def _tapped(port: int, paths: Path) -> int:
    command = [sys.executable, "-m", "benchmarks.tapping", str(port), str(paths), str(_CONNECTIONS)]
    return int(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def _floor(engine: Engine, port: int, paths: Path) -> int:
    led = _tapped(port, paths)
    floors.run(engine, ROWS)
    return led
