"""What was handed off to people: what is open for which team, and closing it, which is an event; it moves nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from journey_engine.errors import UsageError
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import hand_offs
from journey_engine.store.tables.people import members


class NotOpen(UsageError):
    """A hand-off was closed that is not there, or that somebody closed before."""

    def __init__(self, number: int, by: str | None) -> None:
        what = f"Hand-off {number} does not exist." if by is None else f"Hand-off {number} was closed by {by} already."
        super().__init__(what, "See what is open with: journeys hand-offs.", str(number))


@dataclass(frozen=True, slots=True)
class HandedOff:
    """One hand-off that is open; `at`: the step's instant."""

    number: int
    team: str
    at: datetime
    journey: str
    step: str
    member_key: str
    note: str


def open_hand_offs(connection: Connection, team: str | None = None) -> list[HandedOff]:
    """All that is open (for the team), the oldest first."""
    h = hand_offs.c
    asked = (
        select(h.id, h.team, h.at, h.journey, h.step, members.c.member_key, h.note)
        .join(members, members.c.id == h.member_id)
        .where(h.closed_at.is_(None))
        .order_by(h.at, h.id)
    )
    if team is not None:
        asked = asked.where(h.team == team)
    return [HandedOff(*row) for row in connection.execute(asked)]


def close(connection: Connection, number: int, by: str, now: datetime) -> HandedOff:
    """Close one at `now`, in the caller's transaction, and write `handed_back` for its member. Raises NotOpen."""
    h = hand_offs.c
    held = connection.execute(select(hand_offs).where(h.id == number).with_for_update()).one_or_none()
    if held is None or held.closed_at is not None:
        raise NotOpen(number, None if held is None else held.closed_by)
    at = max(now, held.at)
    connection.execute(update(hand_offs).where(h.id == number).values(closed_at=at, closed_by=by))
    told = {"member_id": held.member_id, "name": "handed_back", "at": at, "source": "engine"}
    connection.execute(insert(events).values(**told, properties={"team": held.team}))
    key = connection.execute(select(members.c.member_key).where(members.c.id == held.member_id)).scalar_one()
    return HandedOff(number, held.team, held.at, held.journey, held.step, key, held.note)
