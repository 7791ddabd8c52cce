"""Plays a case through the engine on a real database, all members at once; what it gives compares by `==`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from unittest.mock import patch

from sqlalchemy import Connection, Engine, func, insert, select, text, type_coerce, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine import planning
from journey_engine.compiler.ranks import ranking
from journey_engine.language.grammar import parse_condition
from journey_engine.language.project import Project
from journey_engine.members.findings import say
from journey_engine.members.merging import merge_found
from journey_engine.moving import chunk, tick
from journey_engine.store.tables import metadata
from journey_engine.store.tables.calling import calls
from journey_engine.store.tables.delivery import intents
from journey_engine.store.tables.happenings import coverage, events
from journey_engine.store.tables.moving import enrolments, journey_clocks, moves, refusals, stuck, waiting
from journey_engine.store.tables.people import members, segment_members, stages, tags
from journey_engine.store.tables.ranks import cuts
from tests.agreement import coupons
from tests.agreement.histories import Case, Edit, Merge
from tests.agreement.outcomes import Outcome, Visit, by_reference, grant_line, in_order, told
from tests.agreement.people import answer, told_at
from tests.agreement.words import RANKS
from tests.reference.facts import Arrival, Called, Change, Event, Grant, Member, Stay, left_as_told
from tests.reference.ranks import name_of

_THIS_TRANSACTION = text("(pg_current_xact_id()::text)::bigint")
_DAY_ZERO = date(1970, 1, 1).toordinal()  # the database counts days from then


def by_engine(engine: Engine, case: Case) -> dict[str, Outcome]:
    """Each member's outcome by key, on a database that this empties first."""
    with engine.begin() as connection:
        _empty(connection)
        ids = _begin(connection, case)
        coupons.fill(connection)
    playing, project = _Playing(case, ids), coupons.with_pool(case.world.project)
    if case.edits:
        project = _applied(engine, project, case.live_since)
    for turn, now in enumerate(case.moments):
        if isinstance(now, Edit):
            project = _applied(engine, now.project, now.at)
            continue
        if isinstance(now, Merge):
            playing.merge(engine, now)
            continue
        with engine.begin() as connection:
            playing.tell(connection, now)
        many = 1 if case.in_long_stretches else chunk.MANY
        few_places = (
            0 if turn % 2 else chunk.FEW_PLACES
        )  # in turn who rests is set before her step first, or read there
        with patch.multiple(chunk, MANY=many, FEW_PLACES=few_places):
            tick.tick(engine, project, now)
        with engine.connect() as connection:
            playing.answer(connection, now)
    with engine.connect() as connection:
        coupons.each_is_one_visits(connection)
        return _read_database(connection, {number: key for key, number in ids.items()})


def _applied(engine: Engine, project: Project, now: datetime) -> Project:
    """What is live when the project was applied. Raises WouldStrand where it leaves somebody at no step."""
    with engine.begin() as connection:
        planning.apply(connection, planning.plan(connection, project, now), "agreement")
        return planning.live_project(connection)


def _empty(connection: Connection) -> None:
    names = ", ".join(table.name for table in metadata.sorted_tables)
    connection.execute(text(f"truncate {names} restart identity"))


def _begin(connection: Connection, case: Case) -> dict[str, int]:
    """All members as they are, and every journey live; the members' ids by key."""
    mark = select(text("(pg_snapshot_xmin(pg_current_snapshot())::text)::bigint")).scalar_subquery()
    clock = {"live_since": case.live_since, "last_now": case.live_since, "seen": mark}
    for name in case.world.project.journeys if not case.edits else ():  # where there are edits, applying begins them
        connection.execute(insert(journey_clocks).values(journey=name, **clock))
    for cut in case.cuts:
        leaf = next(leaf for leaf in map(parse_condition, RANKS) if name_of(leaf) == cut.subject)
        points = [value - _DAY_ZERO if cut.subject == "recency" else value for value in cut.values]
        rank = ranking(case.world.project, leaf).rank
        connection.execute(insert(cuts).values(rank=rank, as_of=cut.as_of, cuts=points, members=100))
    rows = [
        {
            "member_key": member.key,
            "attributes": dict(member.attributes),
            "zone": member.zone,
            "created_at": member.changed_at,
            "changed_at": member.changed_at,
        }
        for member, _ in case.members
    ]
    connection.execute(insert(members), rows)
    return {row.member_key: row.id for row in connection.execute(select(members.c.member_key, members.c.id))}


class _Playing:
    """Tells the database what the members' histories say, each thing once, in the order of its telling."""

    def __init__(self, case: Case, ids: dict[str, int]) -> None:
        self.coverage = list(case.coverage)
        self.erased = [(ids[member.key], member) for member, _ in case.members if member.erased_at]
        self.waiting: list[tuple[int, Arrival]] = [
            (ids[member.key], arrival) for member, arrivals in case.members for arrival in arrivals
        ]
        self.open: list[tuple[int, Stay]] = []
        self.keys = {ids[member.key]: member.key for member, _ in case.members}
        self.ids = ids
        self.members = [member.key for member, _ in case.members]
        self.answered = 0  # the highest number of a call that was seen

    def tell(self, connection: Connection, now: datetime) -> None:
        here = [(member, arrival) for member, arrival in self.waiting if told_at(arrival) <= now]
        self.waiting = [(member, arrival) for member, arrival in self.waiting if told_at(arrival) > now]
        self._close(connection, now)
        rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for member, arrival in here:
            if isinstance(arrival, Change):
                self._change(connection, member, arrival)
                continue
            table, row = _row(arrival, now)
            rows[table].append({"member_id": member, **row})
        tables = {"events": events, "tags": tags, "segment": segment_members, "stage": stages}
        for name, those in rows.items():
            connection.execute(insert(tables[name]), those)
        self.open += [(member, stay) for member, stay in here if isinstance(stay, Stay) and not left_as_told(stay, now)]
        for covered in [covered for covered in self.coverage if (covered.arrives_at or covered.covered_to) <= now]:
            row = upsert(coverage).values(feed=covered.feed, covered_to=covered.covered_to)
            further = func.greatest(coverage.c.covered_to, row.excluded.covered_to)
            connection.execute(row.on_conflict_do_update(index_elements=["feed"], set_={"covered_to": further}))
            self.coverage.remove(covered)
        for number, member in self.erased:
            if member.erased_at and member.erased_at <= now:
                values = {"erased_at": member.erased_at, "arrived": _THIS_TRANSACTION}
                connection.execute(update(members).where(members.c.id == number).values(values))
        self.erased = [(number, member) for number, member in self.erased if not _past(member, now)]

    def merge(self, engine: Engine, found: Merge) -> None:
        """They are one from now on, and what is told of either is told of her."""
        left_of = {self.ids[self.members[gone]]: self.ids[self.members[left]] for left, gone in found.pairs}
        with engine.begin() as connection:
            for gone, left in left_of.items():
                say(connection, gone, left, "agreement", "one card", found.at)
        assert merge_found(engine, found.at).members == len(left_of)
        self.waiting = [(left_of.get(member, member), arrival) for member, arrival in self.waiting]

    def answer(self, connection: Connection, now: datetime) -> None:
        """Each call that went out in the pass at `now` is answered, or not."""
        asked = select(calls, enrolments.c.entry_key, enrolments.c.visit).join(
            enrolments, enrolments.c.id == calls.c.enrolment_id
        )
        for row in connection.execute(asked.where(calls.c.id > self.answered).order_by(calls.c.id)).all():
            self.answered = row.id
            call = f"{self.keys[row.member_id]} {row.journey} {row.entry_key} {row.visit} {row.step}"
            event = answer(call, Called(row.step, row.endpoint, row.at, row.expires_at), now)
            if event is not None:
                properties = {**event.properties, "call": str(row.id)}
                self.waiting.append((row.member_id, replace(event, properties=properties)))

    def _change(self, connection: Connection, member: int, change: Change) -> None:
        gone = [name for name, value in change.attributes.items() if value is None]
        known = {name: value for name, value in change.attributes.items() if value is not None}
        merged = members.c.attributes.concat(type_coerce(known, JSONB)) if known else members.c.attributes
        for name in gone:
            merged = merged.op("-")(name)
        values = {"attributes": merged, "changed_at": change.at, "arrived": _THIS_TRANSACTION}
        connection.execute(update(members).where(members.c.id == member).values(values))

    def _close(self, connection: Connection, now: datetime) -> None:
        over = [(member, stay) for member, stay in self.open if left_as_told(stay, now)]
        self.open = [one for one in self.open if one not in over]
        for member, stay in over:
            table, named, since = (
                (segment_members, segment_members.c.segment, segment_members.c.joined_at)
                if stay.kind == "segment"
                else (stages, stages.c.stage, stages.c.since)
            )
            same = (table.c.member_id == member) & (named == stay.name) & (since == stay.since)
            connection.execute(update(table).where(same).values(left_at=stay.left_at, arrived=_THIS_TRANSACTION))


def _past(member: Member, now: datetime) -> bool:
    return member.erased_at is not None and member.erased_at <= now


def _row(arrival: Arrival, now: datetime) -> tuple[str, dict[str, Any]]:
    match arrival:
        case Event(at=at, name=name, of=of, value=value, properties=properties, source=source):
            row = {"at": at, "name": name, "of": of, "value": value, "properties": dict(properties), "source": source}
            return "events", row
        case Grant(granted_at=at, tag=tag, strength=strength, expires_at=expires_at, source=source):
            row = {"granted_at": at, "tag": tag, "strength": strength, "expires_at": expires_at, "source": source}
            return "tags", row
        case Stay(kind="segment", name=name, since=since):
            return "segment", {"segment": name, "joined_at": since, "left_at": left_as_told(arrival, now)}
        case Stay(name=name, since=since):
            return "stage", {"stage": name, "since": since, "left_at": left_as_told(arrival, now)}


def _read_database(connection: Connection, keys: dict[int, str]) -> dict[str, Outcome]:
    assert connection.execute(select(stuck.c.journey, stuck.c.reason)).all() == []
    outcomes = {key: Outcome() for key in keys.values()}
    visits: dict[int, Visit] = {}
    for row in connection.execute(select(enrolments).order_by(enrolments.c.id)):
        visit = Visit(
            told(row.entered_at),
            row.entry_ref.partition(":")[0],
            row.arm,
            arms=row.arms,
            ended=f"{told(row.ended_at)} {row.end_reason}" if row.ended_at else "inside",
            goal_at=told(row.goal_at),
        )
        visits[row.id] = outcomes[keys[row.member_id]].visits[f"{row.journey} {row.entry_key} {row.visit}"] = visit
    for row in connection.execute(select(moves).order_by(moves.c.id)):
        visits[row.enrolment_id].path += [f"{one['step']} {told(one['at'])} {one['outcome']}" for one in row.path]
    for row in connection.execute(select(intents).order_by(intents.c.at, intents.c.id)):
        line = f"{row.step} {row.message} {told(row.at)} until {told(row.expires_at)}"
        visits[row.enrolment_id].sends.append(line)
    for row in connection.execute(select(waiting)):
        visits[row.enrolment_id].waits = f"{row.step} since {told(row.arrived_at)}"
    for row in connection.execute(select(tags).where(tags.c.source != "operator")):
        line = grant_line(row.source, row.tag, row.granted_at, row.expires_at, row.removed_at)
        outcomes[keys[row.member_id]].grants.append(line)
    for row in connection.execute(select(events).where(events.c.source == "engine")):
        outcomes[keys[row.member_id]].told.append(f"{row.name} {row.of} {told(row.at)}")
    for row in connection.execute(select(refusals)):
        outcomes[keys[row.member_id]].refused.append(f"{row.journey} {told(row.at)} {row.reason}")
    for row in connection.execute(select(members.c.id, members.c.attributes)):
        outcomes[keys[row.id]].attributes = dict(row.attributes)
    return {key: in_order(outcome) for key, outcome in outcomes.items()}


def differences(engine: Engine, case: Case) -> Iterable[tuple[str, Outcome, Outcome]]:
    """Members about whom the two do not agree: key, by the reference, by the engine."""
    engines = by_engine(engine, case)
    for key, (ours, _) in by_reference(case).items():
        if ours != engines[key]:
            yield key, ours, engines[key]
