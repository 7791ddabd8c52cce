"""All that was written down about one member in journeys: a few reads of her own rows; it draws no conclusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Row, Select, select

from journey_engine.store.tables.calling import calls
from journey_engine.store.tables.delivery import attempts, intents, requests
from journey_engine.store.tables.happenings import coverage, events
from journey_engine.store.tables.moving import (
    definitions,
    enrolments,
    entrances,
    hand_offs,
    journey_clocks,
    moves,
    refusals,
    stuck,
    waiting,
)
from journey_engine.store.tables.operation import holds
from journey_engine.store.tables.people import friendships, members, merges

Rows = Sequence[Row[Any]]
# What is told outside of journeys, too.
CONTACT = ("follow", "unfollow", "came_from", "reply", "answer", "click")


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a journey, live in [applied_at, replaced_at)."""

    version: int
    body: Any
    applied_at: datetime
    replaced_at: datetime | None


@dataclass(frozen=True, slots=True)
class Record:
    """Rows by table, all of one member (of one journey, if one was asked about), oldest first.

    `events`: those that entrances, refusals and decisions name, by number. `requests` and `attempts` are of her
    intents. `covered_to` by feed. `versions` by journey. `contact`: what passed outside of journeys, too.
    `merges`: other profiles that turned out to be hers, each with its `key`.
    """

    now: datetime
    enrolments: Rows
    moves: Rows
    refusals: Rows
    entrances: Rows
    waiting: Rows
    intents: Rows
    requests: Mapping[int, Row[Any]]
    attempts: Rows
    hand_offs: Rows
    calls: Rows
    stuck: Rows
    events: Mapping[int, Row[Any]]
    holds: Rows
    covered_to: Mapping[str, datetime]
    live_since: Mapping[str, datetime]
    versions: Mapping[str, Sequence[Version]]
    is_friend: bool
    contact: Rows = ()
    merges: Rows = ()

    def version(self, journey: str, number: int) -> Version | None:
        """That version of the journey."""
        return next((one for one in self.versions.get(journey, ()) if one.version == number), None)

    def version_at(self, journey: str, at: datetime) -> Version | None:
        """The version that was live at an instant; the first one before there was any."""
        known = self.versions.get(journey, ())
        live = [one for one in known if one.applied_at <= at and (one.replaced_at is None or at < one.replaced_at)]
        return (live or list(known[:1]) or [None])[-1]


def read_record(connection: Connection, member: int, journey: str | None, now: datetime) -> Record:
    """Read everything in the caller's snapshot."""

    def of(table: Any, *order: Any) -> Rows:
        asked: Select[Any] = select(table).where(table.c.member_id == member)
        if journey is not None:
            asked = asked.where(table.c.journey == journey)
        return connection.execute(asked.order_by(*order)).all()

    enrolled = of(enrolments, enrolments.c.entered_at, enrolments.c.id)
    moved = of(moves, moves.c.id)
    refused = of(refusals, refusals.c.at)
    entering = of(entrances, entrances.c.at)
    meant = of(intents, intents.c.at, intents.c.id)
    asked_for = _requests(connection, meant)
    return Record(
        now=now,
        enrolments=enrolled,
        moves=moved,
        refusals=refused,
        entrances=entering,
        waiting=of(waiting, waiting.c.journey, waiting.c.arrived_at),
        intents=meant,
        requests=asked_for,
        attempts=connection.execute(
            select(attempts).where(attempts.c.request_id.in_(list(asked_for))).order_by(attempts.c.id)
        ).all(),
        hand_offs=of(hand_offs, hand_offs.c.at, hand_offs.c.id),
        calls=of(calls, calls.c.at, calls.c.id),
        stuck=of(stuck, stuck.c.since),
        events=_events(connection, [*enrolled, *refused, *entering], moved),
        holds=connection.execute(select(holds).where(holds.c.released_at.is_(None)).order_by(holds.c.id)).all(),
        covered_to=_pairs(connection, select(coverage.c.feed, coverage.c.covered_to)),
        live_since=_pairs(connection, select(journey_clocks.c.journey, journey_clocks.c.live_since)),
        versions=_versions(connection, journey),
        is_friend=_is_friend(connection, member),
        contact=_contact(connection, member) if journey is None else (),
        merges=_merges(connection, member),
    )


def _is_friend(connection: Connection, member: int) -> bool:
    known = select(friendships.c.member_id).where(friendships.c.member_id == member, friendships.c.status == "friend")
    return connection.execute(known).first() is not None


def _contact(connection: Connection, member: int) -> Rows:
    columns = (events.c.name, events.c.at, events.c.of, events.c.properties)
    asked = select(*columns).where(events.c.member_id == member, events.c.name.in_(CONTACT))
    return connection.execute(asked.order_by(events.c.at, events.c.id)).all()


def _merges(connection: Connection, member: int) -> Rows:
    asked = select(merges, members.c.member_key.label("key")).join(members, members.c.id == merges.c.merged_id)
    return connection.execute(asked.where(merges.c.survivor_id == member).order_by(merges.c.id)).all()


def _pairs(connection: Connection, asked: Select[Any]) -> dict[str, datetime]:
    return {row[0]: row[1] for row in connection.execute(asked)}


def _requests(connection: Connection, meant: Rows) -> dict[int, Row[Any]]:
    wanted = [row.request_id for row in meant if row.request_id is not None]
    r = requests.c
    columns = (
        r.id,
        r.status,
        r.reason,
        r.frozen_at,
        r.settled_at,
        r.attempts,
        r.unclear,
        r.line_request_id,
        r.endpoint,
    )
    return {row.id: row for row in connection.execute(select(*columns).where(r.id.in_(wanted)))}


def _events(connection: Connection, entered: Sequence[Row[Any]], moved: Rows) -> dict[int, Row[Any]]:
    """The events named by entry references and by reasons of decisions."""
    named = {int(row.entry_ref.removeprefix("event:")) for row in entered if row.entry_ref.startswith("event:")}
    reasons = [line.get("why") for row in moved for line in row.path]
    reasons += [getattr(row, "why", None) for row in entered]
    known = [cast("dict[str, Any]", why) for why in reasons if isinstance(why, dict)]
    named |= {why["event"] for why in known if why.get("event") is not None}
    return {row.id: row for row in connection.execute(select(events).where(events.c.id.in_(named)))}


def _versions(connection: Connection, journey: str | None) -> dict[str, list[Version]]:
    d = definitions.c
    asked = select(d.name, d.version, d.body, d.applied_at, d.replaced_at).where(d.kind == "journey")
    if journey is not None:
        asked = asked.where(d.name == journey)
    found: dict[str, list[Version]] = {}
    for row in connection.execute(asked.order_by(d.name, d.version)):
        found.setdefault(row.name, []).append(Version(row.version, row.body, row.applied_at, row.replaced_at))
    return found
