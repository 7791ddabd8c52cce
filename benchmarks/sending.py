"""A drain of the sender with LINE answered in this process, beside the bare statements on the same rows.

The floor is what the rules require, by hand and knowing the answer: for each batch it reads who is meant and whether
she may get it (still inside, not erased, a friend, consenting, reached how, and her name where the message says it),
writes the request and holds the intent, commits; then it writes the attempt, closes both, and writes the event, among
the events that are there already: an empty copy of that table would have indexes that nothing else has. It finds out no
order, asks for no cap or earlier message of the visit, makes no body, and learns of no row it wrote.

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
TABLES = ("requests", "attempts", "intents")
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
    # Looked up one by one: all enrolments, members and accounts read for each batch would take three times as long.
    "select set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true)",
    "select i.id, i.message, n.value, case i.message when 'hello' then m.attributes ->> 'name' end"
    " from public.intents i join enrolments e on e.id = i.enrolment_id and e.ended_at is null"
    " join members m on m.id = i.member_id and m.erased_at is null"
    " join identities n on n.member_id = i.member_id and n.kind = 'line'"
    " join friendships f on f.member_id = i.member_id and f.status = 'friend'"
    " where i.request_id between :low and :high and not exists (select from consents c where c.member_id = i.member_id"
    " and c.topic = i.topic and not c.granted)",
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
    "with settled as (update floor.intents set status = 'accepted', settled_at = :now"
    " where request_id between :low and :high returning member_id, message, step)"
    " insert into public.events (member_id, name, at, of, properties, source) select member_id, 'accepted', :now,"
    " message, jsonb_build_object('step', step), 'floor' from settled",
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
    words = "bare look at who may get it, claim and record of the same rows, in the same batches"
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
            accepted = f"{place}.intents where status = 'accepted'"
            expect(accepted, floors.count(connection, accepted), members)
        for source in ("floor", "sender"):
            told = f"events where name = 'accepted' and source = '{source}'"
            expect(told, floors.count(connection, told), members)
