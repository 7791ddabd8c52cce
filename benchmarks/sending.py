"""A drain of the sender with LINE answered in this process, beside the bare statements on the same rows.

A sender's process reads LINE's SDK once, however much it sends (some 1.5 CPU seconds): that has been done before.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any
from unittest.mock import patch

from sqlalchemy import Engine

from benchmarks import floors
from benchmarks.measuring import Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import FOLLOWED, Ground, populate, project
from journey_engine.line import sending as sender
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.freezing import Frozen
from journey_engine.line.quota import Figures
from journey_engine.line.requesting import Outcome
from journey_engine.moving.passing import run_pass

_TOGETHER = 500  # outcomes recorded in one transaction, as the caller hands them over
TABLES = ("requests", "attempts", "intents", "events")
_NOW = FOLLOWED + timedelta(minutes=1)

# The pass that wants the messages sent is run once; every repetition begins with the rows it wrote.
KEEP = (
    "create schema floor_kept",
    *(f"create table floor_kept.{table} as table public.{table}" for table in ("enrolments", "intents")),
)
RESTORE = tuple(
    f"insert into {table} overriding system value select * from floor_kept.{table}"
    for table in ("enrolments", "intents")
)

CLAIM = (
    "insert into floor.requests (id, channel, endpoint, retry_key, recipients, body, body_hash, status, frozen_at,"
    " attempted_at, lease_until, attempts) select id, channel, endpoint, retry_key, recipients, body, body_hash,"
    " 'attempting', frozen_at, attempted_at, attempted_at + interval '2 min', 1 from public.requests"
    " where id between :low and :high",
    "update floor.intents i set status = 'frozen', request_id = p.request_id, recipient = p.recipient, topic = p.topic"
    " from public.intents p where p.id = i.id and p.request_id between :low and :high and i.status = 'pending'",
)
RECORD = (
    "insert into floor.attempts select * from public.attempts where request_id between :low and :high",
    "update floor.requests r set status = 'accepted', settled_at = :now, lease_until = null,"
    " line_request_id = p.line_request_id from public.requests p where p.id = r.id and r.id between :low and :high",
    "update floor.intents set status = 'accepted', settled_at = :now where request_id between :low and :high",
    "insert into floor.events (id, member_id, name, at, of, properties, source, arrived) select e.id, e.member_id,"
    " e.name, e.at, e.of, e.properties, e.source, e.arrived from public.intents i join public.events e"
    " on e.member_id = i.member_id and e.name = 'accepted' where i.request_id between :low and :high",
)


class Answering:
    """Stands where the HTTP side stands, and has every request accepted at once."""

    def __init__(self, _channel: Channel, _pace: Pace, grant: Any) -> None:
        self.stopped: Answer | None = None
        self._grant = grant
        self._offered: deque[Frozen] = deque()

    def __enter__(self) -> Answering:
        return self

    def __exit__(self, *_: object) -> None:
        return

    @property
    def under_way(self) -> int:
        return len(self._offered)

    def stop(self) -> None:
        return

    def figures(self) -> Figures:
        return Figures(None, 0)

    def offer(self, requests: Sequence[Frozen]) -> None:
        self._offered.extend(requests)

    def heard(self) -> list[Outcome]:
        some = [self._offered.popleft() for _ in range(min(_TOGETHER, len(self._offered)))]
        if some:
            self._grant(some[0].endpoint, len(some))
        return [Outcome(each, Answer(Meaning.ACCEPTED, 200, f"r{each.request}", "{}")) for each in some]


def sending(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """Everything due: half of it personal (a push each), half of it the same for all (multicasts of up to 500)."""
    statements = [*CLAIM, *RECORD]
    words = "bare claim and record of the same rows, in the same batches"
    found = Comparison("sender without HTTP", words, statements, 1.5, 1.1, members)
    journeys = project()
    channel = Channel("bench", "http://127.0.0.1:1", "none")
    import_module("linebot.v3.messaging")
    with ground.lent() as engine, patch.object(sender, "Caller", Answering):
        populate(engine, members)
        run_pass(engine, journeys, "bench", FOLLOWED)
        floors.run(engine, KEEP)
        for _ in range(repetitions):
            populate(engine, members)
            floors.run(engine, RESTORE)
            floors.like(engine, *TABLES)
            floors.run(engine, ["insert into floor.intents select * from intents"])
            floors.run(engine, ["analyze intents", "analyze enrolments", "analyze floor.intents"])
            cost, report = meter.of(lambda: sender.send_due(engine, journeys, _NOW, channel))
            expect("accepted", (report.accepted, report.skipped, report.open), (members, {}, 0))
            floors.run(engine, ["analyze requests", "analyze intents", "analyze attempts", "analyze events"])
            floor, _ = meter.of(lambda: bare(engine, _NOW))
            _same(engine, members)
            found.add(cost, floor)
        floors.run(engine, ["drop schema floor_kept cascade"])
    return [found]


def bare(engine: Engine, now: datetime) -> None:
    """Claim and record what the sender claimed and recorded, again, into the tables of `floor`."""
    last = floors.last_numbers(engine, "requests")["requests"]
    for low in range(1, last + 1, _TOGETHER):
        span = {"low": low, "high": low + _TOGETHER - 1, "now": now}
        floors.run(engine, CLAIM, {"low": span["low"], "high": span["high"]})
        floors.run(engine, RECORD, span)


def _same(engine: Engine, members: int) -> None:
    floors.same_counts(engine, "requests", "attempts", "intents")
    with engine.connect() as connection:
        for place in ("floor", "public"):
            for table in ("intents where status", "events where name"):
                expect(f"{place}.{table}", floors.count(connection, f"{place}.{table} = 'accepted'"), members)
