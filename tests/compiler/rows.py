"""A small declared world and literal rows in it, for tests of the compiler and the engine."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Connection, insert

from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import members, segment_members, stages, tags
from tests.alike import alike

SCHEMA: dict[str, Any] = {
    "attributes": {
        "tier": {"type": "text"},
        "city": {"type": "text"},
        "points": {"type": "number"},
        "birthday": {"type": "date"},
    },
    "events": {
        "purchase": {"value": "money", "key": "order_id", "properties": {"store": "text", "quantity": "number"}},
        "refund": {"value": "money", "key": "order_id"},
        "visit": {"properties": {"page": "text"}},
        "booking": {"key": "booking_id", "properties": {"starts_at": "time", "day": "date", "city": "text"}},
    },
}


def at(text: str) -> datetime:
    """`2026-03-02 10:00` in Taipei (UTC+8) as an aware instant; seconds may follow."""
    return datetime.fromisoformat(f"{text}+08:00")


DAY = timedelta(days=1)


def message(name: str) -> dict[str, Any]:
    return {"message": name, "title": name, "topic": "promotion", "say": [{"text": "hello"}]}


@alike
def world(
    *journeys: dict[str, Any], feeds: dict[str, str] | None = None, zone: str = "Asia/Taipei", **policy: Any
) -> Project:
    """A project of these journeys. `feeds`: feed name -> the event it brings."""
    made = [{"title": "t", "status": "live", **journey} for journey in journeys]
    return Project.model_validate(
        {
            "schema": SCHEMA,
            "policy": {"zone": zone, **policy},
            "stages": {"stages": [{"stage": "acquire", "otherwise": True}]},
            "journeys": {journey["journey"]: journey for journey in made},
            "messages": {name: message(name) for name in ("hello", "nudge", "thanks", "coupon", "story")},
            "feeds": {name: _feed(name, event) for name, event in (feeds or {}).items()},
        }
    )


def _feed(name: str, event: str) -> dict[str, Any]:
    return {
        "feed": name,
        "from": {"file": f"{name}.csv"},
        "suite": name,
        "member": {"by": "customer_number", "from": "customer"},
        "brings": [{"event": event, "at": {"from": "time", "zone": "UTC"}}],
    }


def member(
    connection: Connection, key: str = "m1", born: str = "2026-01-01 00:00", zone: str | None = None, **attributes: str
) -> int:
    row = {
        "member_key": key,
        "attributes": attributes,
        "zone": zone,
        "created_at": at(born),
        "changed_at": at(born),
    }
    return connection.execute(insert(members).values(row).returning(members.c.id)).scalar_one()


def event(
    connection: Connection,
    member_id: int,
    name: str,
    when: str,
    *,
    of: str | None = None,
    value: str | None = None,
    **properties: str,
) -> int:
    row = {
        "member_id": member_id,
        "name": name,
        "at": at(when),
        "of": of,
        "value": None if value is None else Decimal(value),
        "properties": properties,
        "source": "test",
    }
    return connection.execute(insert(events).values(row).returning(events.c.id)).scalar_one()


def tag(
    connection: Connection,
    member_id: int,
    name: str,
    granted: str,
    expires: str | None = None,
    removed: str | None = None,
    strength: str = "1",
) -> None:
    row = {
        "member_id": member_id,
        "tag": name,
        "strength": Decimal(strength),
        "granted_at": at(granted),
        "expires_at": at(expires) if expires else None,
        "removed_at": at(removed) if removed else None,
        "source": "test",
    }
    connection.execute(insert(tags).values(row))


def segment(connection: Connection, member_id: int, name: str, joined: str, left: str | None = None) -> int:
    row = {"segment": name, "member_id": member_id, "joined_at": at(joined), "left_at": at(left) if left else None}
    return connection.execute(insert(segment_members).values(row).returning(segment_members.c.id)).scalar_one()


def stage(connection: Connection, member_id: int, name: str, since: str, left: str | None = None) -> None:
    row = {"stage": name, "member_id": member_id, "since": at(since), "left_at": at(left) if left else None}
    connection.execute(insert(stages).values(row))


def this_transaction() -> Any:
    """The number under which a changed row arrives anew."""
    from sqlalchemy import text

    return text("(pg_current_xact_id()::text)::bigint")
