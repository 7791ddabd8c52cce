"""The same journey as a loop over members in SQLAlchemy's ORM, as one would first write it; the engine never does."""

from __future__ import annotations

import zlib
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session, registry

from benchmarks import floors
from benchmarks.measuring import Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import FOLLOWED, REST, Ground, populate, project
from journey_engine.moving.passing import run_pass
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments, inside, moves, waiting
from journey_engine.store.tables.people import members as members_table
from journey_engine.store.tables.people import tags

_MEMBERS = 500
_COMMIT_EVERY = 100
_mapped = registry()


class _Record:
    def __init__(self, **values: Any) -> None:
        for name, value in values.items():
            setattr(self, name, value)


Member, Event, Enrolment, Inside, Waiting, Move, Intent, Tag = (
    type(table.name, (_Record,), {})
    for table in (members_table, events, enrolments, inside, waiting, moves, intents, tags)
)
for _kind, _table in (
    (Member, members_table), (Event, events), (Enrolment, enrolments), (Inside, inside), (Waiting, waiting),
    (Move, moves), (Intent, intents), (Tag, tags),
):  # fmt: skip
    _mapped.map_imperatively(_kind, _table)


def looping(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:
    """The first tick as a loop over some of the members, and as a pass over all of them; both told per member."""
    few = min(_MEMBERS, members)
    words = f"(benchmarks/looping.py: one member after the other, {few} of them, a commit every {_COMMIT_EVERY})"
    found = Comparison("first tick, times faster than", "an ORM loop", [words], 200, 500, members)
    found.floor_rows, found.faster = few, True
    journeys = project()
    with ground.lent() as engine:
        with ground.lent() as other:
            populate(other, 10)
            run_pass(other, journeys, "bench", FOLLOWED)
        for _ in range(repetitions):
            populate(engine, members)
            loop, _ = meter.of(lambda: _loop(engine, few))
            wanted = _written(engine, few)
            populate(engine, members)
            cost, _ = meter.of(lambda: run_pass(engine, journeys, "bench", FOLLOWED))
            expect("rows of the loop's members", wanted, _written(engine, few))
            found.add(cost, loop)
    return [found]


def _written(engine: Engine, few: int) -> dict[str, int]:
    """Rows by table of the first members."""
    with engine.connect() as connection:
        return {
            table: floors.count(connection, f"{table} where member_id <= {few}") for table in sorted(floors.WRITTEN)
        }


def _loop(engine: Engine, few: int) -> None:
    with Session(engine) as session:
        for number, member in enumerate(
            session.scalars(select(Member).order_by(members_table.c.id).limit(few)).all(), 1
        ):
            _enter(session, member, FOLLOWED)
            if number % _COMMIT_EVERY == 0:
                session.commit()
        session.commit()


def _enter(session: Session, member: Any, now: datetime) -> None:
    followed = session.scalars(select(Event).where(events.c.member_id == member.id, events.c.name == "follow")).first()
    if followed is None or session.get(Inside, ("bench", member.id, "")) is not None:
        return
    half = "one" if zlib.crc32(member.member_key.encode()) % 2 else "two"
    whose: dict[str, Any] = {"journey": "bench", "member_id": member.id}
    enrolment: Any = Enrolment(
        **whose, visit=1, version=1, entered_at=now, entry_ref=f"event:{followed.id}", entry={}, arm="journey",
        arms={"half": half},
    )  # fmt: skip
    session.add(enrolment)
    session.flush()
    key = enrolment.id
    session.add(Inside(**whose, entry_key="", enrolment_id=key))
    since = now - timedelta(days=30)
    bought = session.scalars(
        select(Event).where(events.c.member_id == member.id, events.c.name == "purchase", events.c.at > since)
    ).first()
    arm, step, tag = ("1", "known", "buyer") if bought is not None else ("otherwise", "fresh", "newcomer")
    session.add(Tag(member_id=member.id, tag=tag, granted_at=now, source=f"bench/{step}"))
    sends, message = ("greet", "hello") if half == "one" else ("tell", "story")
    expires = now + timedelta(days=1)
    session.add(
        Intent(
            **whose, enrolment_id=key, step=sends, message=message, at=now, expires_at=expires, priority=50, entry={}
        )
    )
    path = [("bought", arm), (step, "next"), ("half", half), (sends, "next")]
    told = [{"step": name, "at": now.isoformat(), "outcome": outcome} for name, outcome in path]
    session.add(Move(**whose, run_id=1, enrolment_id=key, version=1, now=now, path=told))
    due = now + timedelta(days=REST)
    session.add(Waiting(**whose, enrolment_id=key, step="rest", arrived_at=now, due_at=due, wake_at=due))
    session.flush()
