"""Plays one script on a stage and gathers what is left; it judges nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text

from tests.chaos import clocks, senders
from tests.chaos.evidence import Attempt, Evidence, Intent, Mark, Request, Taken
from tests.chaos.scripts import Round, Script
from tests.chaos.shops import befall, instant
from tests.chaos.stage import Stage

_DAY = 24 * 60  # minutes
_LATER = 15 * _DAY  # when everything has expired; still the same month

_INTENTS = text("select id, status, reason, not_before, expires_at, settled_at, request_id from intents order by id")
_REQUESTS = text("""
select id, endpoint, status, retry_key::text, recipients, attempts, unclear,
       extract(epoch from clock_timestamp() - attempted_at)::float8 as age
from requests order by id
""")
_ATTEMPTS = text("select request_id, outcome, status_code from attempts order by id")
_RELEASE = text("update holds set released_at = :now where released_at is null")
_QUOTA = text("select quota_used from channels")
_BOOKED = text("select coalesce(sum(reserved - released), 0)::int from quota_ledger")


def play(script: Script, stage: Stage) -> Evidence:
    """Play it from beginning to end; whatever the senders did to each other, this returns."""
    stage.set(script)
    evidence = Evidence(script)
    for place, round_ in enumerate(script.rounds):
        _play_round(evidence, stage, place, round_)
    minute = _heal(evidence, stage)
    _end(evidence, stage, minute + _LATER)
    return evidence


def _play_round(evidence: Evidence, stage: Stage, place: int, round_: Round) -> None:
    script, now = evidence.script, instant(round_.minute)
    with stage.engine.begin() as connection:
        if round_.jump:
            clocks.jump(connection, stage.sandbox, round_.jump)
        for event in round_.before:
            befall(connection, event, now)
        if round_.mended:
            connection.execute(_RELEASE, {"now": now})
    for order in round_.faults:
        stage.sandbox.fault(**order)
    stops = stage.stops
    if script.manner == "processes":
        died = _fork(evidence, stage, place, round_)
    else:
        died, errors = stage.threads.play(script, round_, stage.sandbox.url, _watch(stage, round_, now))
        evidence.errors += errors
        for point in died:
            evidence.reached[point] = evidence.reached.get(point, 0) + 1
    evidence.stops += stage.stops - stops
    _let_stragglers_arrive(round_)
    for order in stage.sandbox.faults.orders:
        evidence.struck[order.kind] = evidence.struck.get(order.kind, 0) + order.struck
    stage.sandbox.heal()
    evidence.marks.append(_mark(stage, now, died))


def _fork(evidence: Evidence, stage: Stage, place: int, round_: Round) -> list[str]:
    script = evidence.script
    job = {"seed": script.seed, "number": script.number, "round": place, "senders": round_.senders}
    died: list[str] = []
    for sender, (_, status) in enumerate(stage.zygote.play(**job, database=stage.url, url=stage.sandbox.url)):
        if status == -9:
            point = next(crash.point for crash in round_.crashes if crash.sender == sender)
            evidence.kills += 1
            evidence.reached[point] = evidence.reached.get(point, 0) + 1
            died.append(point)
        elif status != 0:
            evidence.errors.append(f"a sender ended with {status}: {stage.zygote.last_words()}")
    return died


def _watch(stage: Stage, round_: Round, now: datetime) -> Callable[[str, int], None]:
    """What is to happen while senders are at work, when the first of them comes to a point for the nth time."""
    once = threading.Lock()
    done: set[str] = set()

    def first(what: str, ordered: tuple[str, int] | None, point: str, times: int) -> bool:
        with once:
            if what in done or ordered is None or ordered != (point, times):
                return False
            done.add(what)
            return True

    def at(point: str, times: int) -> None:
        if first("stop", round_.stop, point, times):
            stage.restart_database()
        if round_.meanwhile is not None and first("events", round_.meanwhile[:2], point, times):
            with stage.engine.begin() as connection:
                for event in round_.meanwhile[2]:
                    befall(connection, event, now)

    return at


def _let_stragglers_arrive(round_: Round) -> None:
    """LINE may take up a slow request after its sender has died."""
    slow = [order["seconds"] for order in round_.faults if order["kind"] == "slow"]
    if slow:
        time.sleep(max(slow) + 0.02)


def _heal(evidence: Evidence, stage: Stage) -> int:
    """All is well again and the leases are over: what is owed goes out. Returns the minute."""
    script = evidence.script
    minute = script.rounds[-1].minute + 1
    if "quiet_hours" in script.policy:
        minute = -(-minute // _DAY) * _DAY  # the next noon
    with stage.engine.begin() as connection:
        clocks.jump(connection, stage.sandbox, script.lease + 1)
        connection.execute(_RELEASE, {"now": instant(minute)})
    stage.sandbox.post("quota", {"limit": None})
    _send_calmly(evidence, stage, minute)
    evidence.healed, evidence.healed_at = _intents(stage), instant(minute)
    evidence.marks.append(_mark(stage, instant(minute), []))
    return minute


def _end(evidence: Evidence, stage: Stage, minute: int) -> None:
    """Everything has expired, or is settled."""
    if any(intent.status not in ("accepted", "skipped", "unknown") for intent in evidence.healed):
        with stage.engine.begin() as connection:
            connection.execute(_RELEASE, {"now": instant(minute)})
        _send_calmly(evidence, stage, minute)
    evidence.marks.append(_mark(stage, instant(minute), []))
    evidence.ended_at = instant(minute)
    evidence.intents = _intents(stage)
    with stage.engine.connect() as connection:
        evidence.requests = [_request(row) for row in connection.execute(_REQUESTS)]
        evidence.attempts = [Attempt(*row) for row in connection.execute(_ATTEMPTS)]
        evidence.quota_used = connection.execute(_QUOTA).scalar()
        evidence.quota_booked = connection.execute(_BOOKED).scalar()
    evidence.ledger = [
        Taken(t.number, t.endpoint, t.retry_key, tuple(t.to), tuple(t.missed), t.silent, tuple(t.messages))
        for t in stage.sandbox.ledger()
    ]
    evidence.line_used = stage.sandbox.get("status")["quota"]["used"]
    evidence.other_bodies = stage.sandbox.channel.counts["key_with_other_body"]


def _send_calmly(evidence: Evidence, stage: Stage, minute: int) -> None:
    """One sender, in peace."""
    script = evidence.script
    pace = replace(senders.pace_of(script), timeout=10.0, connect=10.0, lease=60.0, patience=3.0, give_up_after=500)
    senders.send(script, Round(minute), stage.engine, stage.sandbox.url, pace)


def _mark(stage: Stage, now: datetime, died: list[str]) -> Mark:
    with stage.engine.connect() as connection:
        requests = [_request(row) for row in connection.execute(_REQUESTS) if row.status == "unknown"]
    return Mark(now, len(stage.sandbox.channel.acceptances), tuple(requests), tuple(died))


def _intents(stage: Stage) -> list[Intent]:
    with stage.engine.connect() as connection:
        return [Intent(*row) for row in connection.execute(_INTENTS)]


def _request(row: Any) -> Request:
    return Request(
        row.id, row.endpoint, row.status, row.retry_key, tuple(row.recipients), row.attempts, row.unclear, row.age
    )
