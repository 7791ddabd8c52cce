"""What became of the member up to one moment of her story, read from the tables as they are; it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Engine, text

from journey_engine.language.scenario import Happening
from journey_engine.trying.member import Heroine

Kind = Literal["step", "sent", "unsent", "refused", "stuck", "held"]


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened: a step's outcome, a send (`what` the message), a refused entry, or a stop."""

    at: datetime
    kind: Kind
    journey: str
    step: str = ""
    what: str = ""  # outcome | message | reason
    why: str = ""  # of an unsent message


@dataclass(frozen=True, slots=True)
class Visit:
    """Where the member's latest visit of a journey stands: the step and its due time while she waits."""

    arm: str
    step: str | None
    due_at: datetime | None
    ended: str | None
    has_goal: bool


@dataclass(frozen=True, slots=True)
class Chapter:
    """A moment with all that happened since the one before, and the state of things after it."""

    moment: Happening
    at: datetime
    lines: tuple[Line, ...]
    sends: tuple[str, ...]
    skips: tuple[str, ...]
    teams: tuple[str, ...]  # she was handed to
    calls: tuple[str, ...]  # endpoints
    tags: tuple[str, ...]
    attributes: dict[str, str]
    visits: dict[str, Visit] = field(default_factory=dict[str, Visit])  # the latest of each journey
    by_key: dict[tuple[str, str], Visit] = field(default_factory=dict[tuple[str, str], Visit])

    def visit(self, journey: str, key: str | None) -> Visit | None:
        """The latest visit of a journey, or the latest with that key."""
        return self.visits.get(journey) if key is None else self.by_key.get((journey, key))


_PATHS = text("""
select m.id, m.journey, line.ordinality, (line.value ->> 'at')::timestamptz as at, line.value ->> 'step' as step,
       line.value ->> 'outcome' as outcome
from moves m, jsonb_array_elements(m.path) with ordinality as line
where m.member_id = :member and m.id > :seen order by m.id, line.ordinality
""")
_SENDS = text("""
select id, journey, step, message, status, reason, settled_at from intents
where member_id = :member and status in ('accepted', 'skipped', 'unknown') and not id = any(:seen)
order by settled_at, id
""")
_QUIETLY = text("""
select e.id, e.at, e."of" as message, e.properties ->> 'step' as step, e.properties ->> 'reason' as reason from events e
where e.member_id = :member and e.name = 'skipped' and e.source = 'engine' and e.id > :seen order by e.id
""")
_REFUSALS = text("select journey, at, reason, entry_ref from refusals where member_id = :member order by at, journey")
_STUCK = text("select journey, since as at, reason from stuck where member_id = :member order by since, journey")
_HELD = text("select scope, name, since as at, reason from holds where released_at is null order by id")
_VISITS = text("""
select e.journey, e.entry_key, e.arm, w.step, w.due_at, e.end_reason, e.goal_at is not null as has_goal
from enrolments e left join waiting w on w.enrolment_id = e.id and e.ended_at is null
where e.member_id = :member order by e.entered_at, e.id
""")
_TEAMS = text("""
select id, properties ->> 'team' as team from events
where member_id = :member and name = 'handed_off' and id > :seen order by id
""")
_CALLS = text("select id, endpoint from calls where member_id = :member and id > :seen order by id")
_ATTRIBUTES = text("select attributes from members where id = :member")
_TAGS = text("""
select distinct tag from tags where member_id = :member and granted_at <= :now
and (expires_at is null or :now < expires_at) and (removed_at is null or :now < removed_at) order by tag
""")


class Reader:
    """Reads chapter after chapter of one story; each line is told once."""

    def __init__(self, engine: Engine, heroine: Heroine) -> None:
        self._engine = engine
        self._member = heroine.id
        self._moves = self._events = self._teams = self._calls = 0
        self._intents: list[int] = []
        self._told: set[tuple[Any, ...]] = set()

    def read(self, moment: Happening, now: datetime) -> Chapter:
        """What is new since the last call, and how things stand at `now`."""
        given = {"member": self._member, "now": now}
        with self._engine.connect() as connection:
            sends = self._sends(connection)
            steps = self._paths(connection)
            others = [*_in_place(steps, [*sends, *self._skipped(connection, steps)]), *self._once(connection)]
            teams, calls = self._outside(connection)
            by_key = {
                (row.journey, row.entry_key): Visit(row.arm, row.step, row.due_at, row.end_reason, row.has_goal)
                for row in connection.execute(_VISITS, given)  # the latest comes last
            }
            tags = tuple(connection.execute(_TAGS, given).scalars())
            attributes = connection.execute(_ATTRIBUTES, given).scalar_one()
        lines = sorted(others, key=lambda line: line.at)  # stable: steps of one instant stay in their order
        return Chapter(
            moment=moment,
            at=now,
            lines=tuple(lines),
            sends=tuple(line.what for line in sends if line.kind == "sent"),
            skips=tuple(line.what for line in others if line.kind == "unsent"),
            teams=teams,
            calls=calls,
            tags=tags,
            attributes=attributes,
            visits={journey: visit for (journey, _), visit in by_key.items()},
            by_key=by_key,
        )

    def _outside(self, connection: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The teams she was handed to, and the endpoints that were called."""
        teams = connection.execute(_TEAMS, {"member": self._member, "seen": self._teams}).all()
        calls = connection.execute(_CALLS, {"member": self._member, "seen": self._calls}).all()
        self._teams = max([self._teams, *(row.id for row in teams)])
        self._calls = max([self._calls, *(row.id for row in calls)])
        return tuple(row.team for row in teams), tuple(row.endpoint for row in calls)

    def _paths(self, connection: Connection) -> list[Line]:
        rows = connection.execute(_PATHS, {"member": self._member, "seen": self._moves}).all()
        self._moves = max([self._moves, *(row.id for row in rows)])
        return [Line(row.at, "step", row.journey, row.step, row.outcome) for row in rows]

    def _sends(self, connection: Connection) -> list[Line]:
        lines: list[Line] = []
        for row in connection.execute(_SENDS, {"member": self._member, "seen": self._intents}).all():
            self._intents.append(row.id)
            kind: Kind = "sent" if row.status == "accepted" else "unsent"
            lines.append(Line(row.settled_at, kind, row.journey, row.step, row.message, row.reason or row.status))
        return lines

    def _skipped(self, connection: Connection, steps: list[Line]) -> list[Line]:
        """Messages that the engine itself passed over, in quiet hours; its event does not name the journey."""
        whose = {(line.step, line.at): line.journey for line in steps}
        rows = connection.execute(_QUIETLY, {"member": self._member, "seen": self._events}).all()
        self._events = max([self._events, *(row.id for row in rows)])
        return [
            Line(row.at, "unsent", whose[row.step, row.at], row.step, row.message, row.reason)
            for row in rows
            if (row.step, row.at) in whose
        ]

    def _once(self, connection: Connection) -> Iterable[Line]:
        """What has no number of its own: refused entries, a member who got stuck, a message LINE would refuse."""
        given = {"member": self._member}
        for row in connection.execute(_REFUSALS, given):
            yield from self._new(Line(row.at, "refused", row.journey, row.entry_ref, row.reason))
        for row in connection.execute(_STUCK, given):
            yield from self._new(Line(row.at, "stuck", row.journey, "", row.reason))
        for row in connection.execute(_HELD):
            yield from self._new(Line(row.at, "held", row.name, row.scope, row.reason))

    def _new(self, line: Line) -> Iterable[Line]:
        key = (line.kind, line.journey, line.step, line.at)
        if key not in self._told:
            self._told.add(key)
            yield line


def _in_place(steps: list[Line], sends: list[Line]) -> list[Line]:
    """The path with each send instead of the step that wanted it; one that went out later stands behind the path."""
    by_step = {(line.journey, line.step, line.at): line for line in sends}
    placed = [by_step.pop((line.journey, line.step, line.at), line) for line in steps]
    return [*placed, *by_step.values()]
