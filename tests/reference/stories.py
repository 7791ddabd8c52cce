"""Short words for telling a member's story: a small project, instants, and paths as text; it checks nothing."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from journey_engine.language.project import Project
from tests.alike import alike
from tests.reference.facts import Arrival, Covered, Enrolment, Event, Grant, Member, Memory, Stay
from tests.reference.interpreter import Life

TAIPEI = "Asia/Taipei"
DAY_0 = datetime(2026, 3, 2)  # noqa: DTZ001 (a Monday; wall time of the zone asked for)

SCHEMA = {
    "attributes": {
        "tier": {"type": "text"},
        "points": {"type": "number"},
        "birthday": {"type": "date"},
        "renews": {"type": "date"},
        "mood_alpha": {"type": "text"},
        "mood_beta": {"type": "text"},
        "mood_gamma": {"type": "text"},
    },
    "events": {
        "purchase": {
            "value": "money",
            "key": "order_id",
            "properties": {"category": "text", "quantity": "number", "starts_at": "time", "day": "date"},
        },
        "refund": {"value": "money", "key": "order_id"},
        "visit": {"properties": {"page": "text"}},
    },
    "tags": {"fond": {"half_life": "2 days"}},
    "rfm": {"event": "purchase", "within": "10 days"},
    "scores": {
        "keen": {
            "gives": [
                {"on": "purchase where value >= 500", "points": "5"},
                {"on": "visit", "points": "1.5", "at_most": "4"},
                {"on": "refund", "points": "-4"},
            ],
            "half_life": "3 days",
            "cap": "12",
        },
        "known": {"gives": [{"on": "purchase", "points": "1"}, {"on": "click", "points": "2"}]},
    },
}
STAGES = {"stages": [{"stage": "grow", "if": "purchase"}, {"stage": "acquire", "otherwise": "true"}]}


def feed(name: str, *events: str) -> dict[str, Any]:
    """A daily feed that brings these events."""
    at = {"from": "at", "zone": TAIPEI}
    return {
        "feed": name,
        "from": {"file": f"{name}.csv"},
        "suite": name,
        "member": {"by": "customer_number", "from": "member"},
        "brings": [{"event": event, "at": at, "key": ["id"]} for event in events],
    }


@alike
def project(*journeys: dict[str, Any], feeds: Iterable[dict[str, Any]] = (), **policy: Any) -> Project:
    """A project of these journeys (as in their files) in Taipei; nothing is quiet or held out unless said."""
    return Project.model_validate(
        {
            "schema": SCHEMA,
            "policy": {"zone": TAIPEI, **policy},
            "stages": STAGES,
            "feeds": {one["feed"]: one for one in feeds},
            "journeys": {one["journey"]: one for one in journeys},
        }
    )


def journey(steps: dict[str, Any], name: str = "welcome", **more: Any) -> dict[str, Any]:
    """A live journey that everybody enters who follows, once."""
    enter = {"on": "follow", "again": "never"} | more.pop("enter", {})
    return {"journey": name, "title": name, "status": "live", "enter": enter, "steps": steps} | more


def at(text: str, zone: str = TAIPEI) -> datetime:
    """`"1 09:30"`: 09:30 on the day after the first Monday of March 2026, in the zone."""
    day, _, clock = text.partition(" ")
    hours, minutes, *seconds = (float(part) for part in clock.split(":"))
    wall = DAY_0 + timedelta(days=int(day), hours=hours, minutes=minutes, seconds=seconds[0] if seconds else 0)
    return wall.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def told(instant: datetime, zone: str = TAIPEI) -> str:
    """The reverse of `at`; seconds only where there are any."""
    wall = instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    clock = f"{wall:%H:%M:%S.%f}".rstrip("0").rstrip(".") if wall.second or wall.microsecond else f"{wall:%H:%M}"
    return f"{(wall - DAY_0).days} {clock}"


def event(when: str, name: str, arrives: str | None = None, **more: Any) -> Event:
    return Event(at(when), name, arrives_at=at(arrives) if arrives else None, **more)


def grant(when: str, tag: str, until: str | None = None) -> Grant:
    return Grant(at(when), tag, expires_at=at(until) if until else None)


def stay(since: str, name: str, left: str | None = None, kind: str = "segment") -> Stay:
    return Stay(at(since), kind, name, at(left) if left else None)


def covered(feed_name: str, to: str, arrives: str) -> Covered:
    return Covered(feed_name, at(to), at(arrives))


def live(
    told_project: Project,
    arrivals: Iterable[Arrival],
    ticks: Iterable[str],
    coverage: Iterable[Covered] = (),
    member: Member | None = None,
) -> Memory:
    """What has become of one member after these ticks."""
    life = Life(told_project, member or Member("m1", at("-100 00:00")), arrivals, coverage)
    for tick in ticks:
        life.tick(at(tick))
    return life.memory


def path(enrolment: Enrolment, zone: str = TAIPEI) -> list[str]:
    """The enrolment's path, a text a line: `rest 1 09:00 next`."""
    return [f"{taken.step} {told(taken.at, zone)} {taken.outcome}" for taken in enrolment.path]


def paths(memory: Memory, name: str = "welcome") -> list[list[str]]:
    return [path(visit) for visit in memory.visits(name)]


def sends(memory: Memory) -> list[str]:
    """Every message meant to be sent: `hello 0 09:00 until 1 09:00`."""
    intents = [intent for visit in memory.enrolments for intent in visit.intents]
    return [f"{one.message} {told(one.at)} until {told(one.expires_at)}" for one in intents]


def refusals(memory: Memory) -> list[str]:
    return [f"{one.journey} {told(one.at)} {one.reason}" for one in memory.refusals]
