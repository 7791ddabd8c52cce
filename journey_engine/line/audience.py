"""The audience of a wave through the gate, before the sender decides about it: passed, or the message is held.

A suite reads these columns, all text: `member`, `recipient` (LINE user id, empty if none is known), `message`, `topic`,
`journey`, `step`, `alive`, `friend`, `consent` (yes or no), `against` (why the sender will pass her over: erased, left,
expired, not a friend, no consent; empty if nothing stands against it), `local_hour` (0 to 23, the member's). Whom quiet
hours put off is not in it: she is judged when she is due again. It sends nothing.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Connection,
    Engine,
    MetaData,
    Select,
    Table,
    Text,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    text,
)

from journey_engine.data.staging import ROW, SCHEMA, make_schema
from journey_engine.gate import gate, suites
from journey_engine.gate.marking import mark
from journey_engine.gate.row_rules import outcome
from journey_engine.gate.verdict import Verdict
from journey_engine.language.project import Project
from journey_engine.line.deciding import carried_zones, quiet_end, quiet_now
from journey_engine.line.holding import hold_wave
from journey_engine.line.quiet import zone_or
from journey_engine.line.standing import against_sending, first_reason, instant, recipient_of
from journey_engine.line.waves import unjudged
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import consents, friendships, members
from journey_engine.store.tables.waves import waves

COLUMNS = (
    "member", "recipient", "message", "topic", "journey", "step", "alive", "friend", "consent", "against", "local_hour",
)  # fmt: skip
_REMEMBERED = 7  # waves of a message whose median is its usual size
_FEWEST = 3


@dataclass(frozen=True, slots=True)
class Wave:
    """What was judged: how many of one message, and what the suite said; `held` if nothing of it goes now."""

    message: str
    recipients: int
    verdict: Verdict

    @property
    def held(self) -> bool:
        return self.verdict.held

    def __str__(self) -> str:
        if not self.held:
            return f"{self.message}: {self.recipients:,} may go"
        return f"{self.message}: {self.recipients:,} HELD: {'; '.join(self.verdict.reasons)}"


def judge_waves(engine: Engine, project: Project, expectations: Path, now: datetime) -> list[Wave]:
    """Judge every message that is about to reach more than the policy's `gate: above`; those that fail are held.

    `expectations` is the folder of the suites. Great Expectations is imported only if there is such a message. Raises
    NoSuchSuite and BrokenSuite: then nothing of these messages goes until the suite is mended. Several at once judge a
    wave once.
    """
    with engine.connect() as connection:
        names = unjudged(connection, project, now)
    if not names or project.policy.gate.intents is None:
        return []
    suite = suites.read(expectations, project.policy.gate.intents)
    with _alone(engine) as connection:
        names = unjudged(connection, project, now)  # another one may have judged them meanwhile
        return [_judge(engine, project, suite, name, now) for name in names]


@contextmanager
def _alone(engine: Engine) -> Generator[Connection]:
    """The lock goes with its session, so a killed judge leaves none behind."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("select pg_advisory_lock(7402137)"))
        try:
            yield connection
        finally:
            connection.execute(text("select pg_advisory_unlock(7402137)"))


def _judge(engine: Engine, project: Project, suite: suites.Suite, message: str, now: datetime) -> Wave:
    with engine.begin() as connection:
        table, last, count = _stage(connection, project, message, now)
    try:
        with engine.begin() as connection:
            usual = _usual(connection, message)
        sizes = {"recipients": float(count), "usual_recipients": usual or float(count)}
        few = count <= project.policy.gate.above  # quiet hours put the rest off
        judged = gate.Judged({}, ()) if few else gate.judge(engine.url, table, suite, sizes)
        with engine.begin() as connection:
            verdict = Verdict(()) if few else _verdict(connection, table, suite, judged)
            wave = Wave(message, count, verdict)
            _remember(connection, wave, not few, last, now)
        return wave
    finally:
        with engine.begin() as connection:
            connection.execute(text(f'drop table if exists {SCHEMA}."{table.name}"'))


def _stage(connection: Connection, project: Project, message: str, now: datetime) -> tuple[Table, int, int]:
    """The audience as a committed table, the greatest number of an intent that is judged with it, and its size."""
    last = connection.execute(select(func.coalesce(func.max(intents.c.id), 0))).scalar_one()
    make_schema(connection)
    number = connection.execute(text("select pg_current_xact_id()::text")).scalar_one()
    columns = (Column(name, Text) for name in COLUMNS)
    table = Table(f"wave_{number}", MetaData(), Column(ROW, BigInteger), *columns, schema=SCHEMA)
    typed = ", ".join(f"{name} text" for name in COLUMNS)
    connection.execute(text(f'create unlogged table {SCHEMA}."{table.name}" ({ROW} bigint, {typed})'))
    connection.execute(insert(table).from_select([ROW, *COLUMNS], _audience(connection, project, message, now, last)))
    connection.execute(text(f'analyze {SCHEMA}."{table.name}"'))
    return table, last, connection.execute(select(func.count()).select_from(table)).scalar_one()


def _audience(connection: Connection, project: Project, message: str, now: datetime, last: int) -> Select[Any]:
    c, at = intents.c, instant(now)
    named = project.messages.get(message)
    topic: ColumnElement[Any] = literal(named.topic if named else None, Text)
    withheld = exists().where(consents.c.member_id == c.member_id, consents.c.topic == topic, ~consents.c.granted)
    friend = exists().where(friendships.c.member_id == c.member_id, friendships.c.status == "friend")
    gone = (members.c.erased_at <= at).is_(True)
    query = (
        select(
            c.id, cast(c.member_id, Text), recipient_of(c.member_id), c.message, topic, c.journey, c.step,
            _yes(~gone), _yes(friend), _yes(~withheld),
            first_reason(against_sending(c, topic, at)), _local_hour(connection, project, now),
        )
        .select_from(
            intents.outerjoin(members, members.c.id == c.member_id).outerjoin(
                enrolments, enrolments.c.id == c.enrolment_id
            )
        )
        .where(c.status == "pending", c.message == message, c.at <= at, c.expires_at > at, c.id <= last)
        .where((c.not_before <= at).is_not(False))
    )  # fmt: skip
    quiet = quiet_now(connection, project, now)
    return query.where(quiet_end(quiet).is_(None)) if quiet else query


def _local_hour(connection: Connection, project: Project, now: datetime) -> ColumnElement[Any]:
    """The hour of the day where each member lives."""
    business = project.policy.zone
    hours = {name: str(now.astimezone(zone_or(name, business)).hour) for name in carried_zones(connection) if name}
    own = literal(str(now.astimezone(zone_or(None, business)).hour))
    return case(hours, value=members.c.zone, else_=own) if hours else own


def _yes(condition: ColumnElement[bool]) -> ColumnElement[str]:
    return case((condition, "yes"), else_="no")


def _usual(connection: Connection, message: str) -> float | None:
    """The median size of the message's last waves; None before three."""
    query = select(waves.c.recipients).where(waves.c.message == message, waves.c.verdict["judged"].as_boolean())
    sizes = list(connection.execute(query.order_by(waves.c.id.desc()).limit(_REMEMBERED)).scalars())
    return float(median(sizes)) if len(sizes) >= _FEWEST else None


def _verdict(connection: Connection, table: Table, suite: suites.Suite, judged: gate.Judged) -> Verdict:
    marked = mark(connection, table, judged.rows, suite.path)
    found = dict(judged.outcomes)
    for rule, concerned, broken in zip(judged.rows, marked.concerned, marked.broken, strict=True):
        if rule.expectation is not None:
            found[rule.reason] = outcome(rule.expectation, marked.read, concerned, broken, None)
    return Verdict(tuple(found[rule.rule] for rule in suite.expectations if rule.rule in found))


def _remember(connection: Connection, wave: Wave, judged: bool, last: int, now: datetime) -> None:
    status = "held" if wave.held else "passed"
    told = {**wave.verdict.to_json(), "judged": judged}
    values = {"message": wave.message, "now": now, "judged_to": last, "recipients": wave.recipients}
    connection.execute(insert(waves).values(**values, status=status, verdict=told))
    if wave.held:
        hold_wave(connection, wave.message, wave.recipients, "; ".join(wave.verdict.reasons), now)
