"""A stage for timelines: a project in a database, what happens to its members, passes, and what became of them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta, timezone
from typing import Any

from sqlalchemy import Engine, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.language.project import Project
from journey_engine.moving.observing import Observer, PassReport
from journey_engine.moving.passing import run_pass
from journey_engine.moving.tick import tick
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.happenings import coverage, events
from journey_engine.store.tables.moving import enrolments, inside, journey_clocks, moves, refusals, waiting
from journey_engine.store.tables.operation import holds
from journey_engine.store.tables.people import members
from tests.compiler import rows
from tests.compiler.rows import at

TAIPEI = timezone(timedelta(hours=8))


def shown(instant: Any) -> str | None:
    """An instant as Taipei's wall time: 2026-03-02 10:00, with seconds when there are any."""
    if instant is None:
        return None
    local = instant.astimezone(TAIPEI)
    return f"{local:%Y-%m-%d %H:%M}" if local.second == 0 and local.microsecond == 0 else f"{local:%Y-%m-%d %H:%M:%S}"


class Stage:
    """One database with a project whose journeys are live since 2026-03-01 00:00 (all times are Taipei's)."""

    def __init__(self, engine: Engine, project: Project, live_since: str = "2026-03-01 00:00") -> None:
        self.engine = engine
        self.project = project
        self.ids: dict[str, int] = {}
        with engine.begin() as connection:
            for name in project.journeys:
                clock = {"journey": name, "live_since": at(live_since), "last_now": at(live_since), "seen": 0}
                connection.execute(insert(journey_clocks).values(clock))

    # ---- what happens ---------------------------------------------------------------------------------------------
    def member(self, key: str = "mei", **more: Any) -> int:
        with self.engine.begin() as connection:
            self.ids[key] = rows.member(connection, key, **more)
        return self.ids[key]

    def _id(self, key: str) -> int:
        return self.ids[key] if key in self.ids else self.member(key)

    def event(self, when: str, name: str, key: str = "mei", **more: Any) -> int:
        member_id = self._id(key)
        with self.engine.begin() as connection:
            return rows.event(connection, member_id, name, when, **more)

    def events(self, happened: Iterable[tuple[datetime, str, str, dict[str, Any]]]) -> None:
        """Many of them (when, name, key of a member who is here, more), told together."""
        with self.engine.begin() as connection:
            for when, name, key, more in happened:
                rows.event(connection, self.ids[key], name, str(shown(when)), **more)

    def tag(self, *args: Any, key: str = "mei", **more: Any) -> None:
        member_id = self._id(key)
        with self.engine.begin() as connection:
            rows.tag(connection, member_id, *args, **more)

    def segment(self, *args: Any, key: str = "mei") -> int:
        member_id = self._id(key)
        with self.engine.begin() as connection:
            return rows.segment(connection, member_id, *args)

    def attributes(self, when: str, key: str = "mei", **attributes: str) -> None:
        values = {"attributes": attributes, "changed_at": at(when), "arrived": rows.this_transaction()}
        with self.engine.begin() as connection:
            connection.execute(update(members).where(members.c.id == self._id(key)).values(values))

    def erase(self, when: str, key: str = "mei") -> None:
        values = {"erased_at": at(when), "arrived": rows.this_transaction()}
        with self.engine.begin() as connection:
            connection.execute(update(members).where(members.c.id == self._id(key)).values(values))

    def covered(self, feed: str, to: str) -> None:
        row = upsert(coverage).values(feed=feed, covered_to=at(to))
        with self.engine.begin() as connection:
            connection.execute(
                row.on_conflict_do_update(index_elements=["feed"], set_={"covered_to": row.excluded.covered_to})
            )

    def hold(self, journey: str, since: str) -> None:
        row = {"scope": "journey", "name": journey, "reason": "a test", "cure": "release it", "since": at(since)}
        with self.engine.begin() as connection:
            connection.execute(insert(holds).values(row))

    def release(self, when: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(update(holds).values(released_at=at(when), released_by="a test"))

    def status(self, journey: str, status: str) -> None:
        """Apply the journey anew with another status."""
        changed = self.project.journeys[journey].model_copy(update={"status": status})
        self.project = self.project.model_copy(update={"journeys": {**self.project.journeys, journey: changed}})

    # ---- passes ---------------------------------------------------------------------------------------------------
    def run(self, now: str, journey: str | None = None, observer: Observer | None = None) -> PassReport:
        """A pass of the journey (of the only one)."""
        name = journey or next(iter(self.project.journeys))
        return run_pass(self.engine, self.project, name, at(now), observer)

    def tick(self, now: str) -> list[PassReport]:
        return tick(self.engine, self.project, at(now))

    def tick_through(self, first: str, last: str, every: timedelta) -> None:
        now = at(first)
        while now <= at(last):
            tick(self.engine, self.project, now)
            now += every

    # ---- what became of it ----------------------------------------------------------------------------------------
    def rows(self, statement: Any) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(statement)]

    def path(self, key: str = "mei", journey: str | None = None, visit: int | None = None) -> list[str]:
        """Every line of her path so far: `2026-03-02 10:00 rest next`."""
        asked = (
            select(moves.c.path)
            .join(enrolments, enrolments.c.id == moves.c.enrolment_id)
            .where(moves.c.member_id == self.ids[key])
            .order_by(enrolments.c.journey, enrolments.c.entry_key, enrolments.c.visit, moves.c.id)
        )
        if journey:
            asked = asked.where(moves.c.journey == journey)
        if visit:
            asked = asked.where(enrolments.c.visit == visit)
        lines = [line for (path,) in self.rows(asked) for line in path]
        return [f"{shown(_instant(line['at']))} {line['step']} {line['outcome']}" for line in lines]

    def intents(self, key: str = "mei") -> list[str]:
        """`2026-03-02 10:00 hello`, in order."""
        asked = select(intents.c.at, intents.c.message).where(intents.c.member_id == self.ids[key])
        return [f"{shown(when)} {message}" for when, message in self.rows(asked.order_by(intents.c.at, intents.c.id))]

    def waits(self, key: str = "mei") -> list[str]:
        """`rest until 2026-03-03 10:00`: where she waits now."""
        asked = select(waiting.c.step, waiting.c.due_at).where(waiting.c.member_id == self.ids[key])
        return [f"{step} until {shown(due_at)}" for step, due_at in self.rows(asked.order_by(waiting.c.journey))]

    def ends(self, key: str = "mei") -> list[tuple[str | None, str | None]]:
        """(ended_at, end_reason) of all her visits, in order."""
        asked = select(enrolments.c.ended_at, enrolments.c.end_reason).where(enrolments.c.member_id == self.ids[key])
        order = asked.order_by(enrolments.c.entered_at, enrolments.c.id)
        return [(shown(ended_at), reason) for ended_at, reason in self.rows(order)]

    def goal(self, key: str = "mei") -> list[str | None]:
        asked = select(enrolments.c.goal_at).where(enrolments.c.member_id == self.ids[key]).order_by(enrolments.c.id)
        return [shown(goal_at) for (goal_at,) in self.rows(asked)]

    def refused(self, key: str = "mei") -> list[str]:
        asked = select(refusals.c.at, refusals.c.reason).where(refusals.c.member_id == self.ids[key])
        return [f"{shown(when)} {reason}" for when, reason in self.rows(asked.order_by(refusals.c.at))]

    def told(self, name: str, key: str = "mei") -> list[tuple[str | None, str | None, dict[str, str]]]:
        asked = select(events.c.at, events.c.of, events.c.properties).where(
            events.c.member_id == self.ids[key], events.c.name == name
        )
        return [(shown(when), of, properties) for when, of, properties in self.rows(asked.order_by(events.c.at))]

    def everything(self) -> dict[str, list[tuple[Any, ...]]]:
        """All that two ways of getting here must agree on, however many passes it took."""
        e, i, w, r = enrolments, intents, waiting, refusals
        enrolled = select(
            e.c.member_id, e.c.journey, e.c.entry_key, e.c.visit, e.c.entered_at, e.c.arm, e.c.arms, e.c.ended_at,
            e.c.end_reason, e.c.goal_at, e.c.goal_until,
        ).order_by(e.c.member_id, e.c.journey, e.c.entry_key, e.c.visit)  # fmt: skip
        sent = select(i.c.member_id, i.c.step, i.c.at, i.c.expires_at).order_by(i.c.member_id, i.c.at, i.c.step)
        rests = select(w.c.member_id, w.c.journey, w.c.step, w.c.arrived_at, w.c.due_at)
        refused = select(r.c.member_id, r.c.journey, r.c.at, r.c.reason)
        within = select(inside.c.member_id, inside.c.journey).order_by(inside.c.member_id, inside.c.journey)
        return {
            "enrolments": self.rows(enrolled),
            "intents": self.rows(sent),
            "waiting": self.rows(rests.order_by(w.c.member_id, w.c.journey, w.c.arrived_at)),
            "refusals": self.rows(refused.order_by(r.c.member_id, r.c.journey, r.c.at, r.c.reason)),
            "inside": self.rows(within),
            "paths": [(key, line) for key in sorted(self.ids) for line in self.path(key)],
        }


def _instant(text: str) -> Any:
    from datetime import datetime

    return datetime.fromisoformat(text)
