"""What drawn members are like, how that changes, and what is answered to calls about them; each from a number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from tests.reference.facts import Arrival, Called, Change, Event, Grant, Stay


def attributes(base: datetime, chance: Random) -> dict[str, str]:
    """Some of the schema's attributes, now and then with a text that is none of their kind."""
    birthday = (base + timedelta(days=chance.randint(0, 20) - 365 * 30)).date()
    chosen = {
        "tier": chance.choice((None, "金卡", "白金", "一般")),
        "points": chance.choice((None, "100", "99.5", "many", "")),
        "birthday": chance.choice((None, birthday.isoformat(), birthday.isoformat(), "30 February", "2000-02-29")),
        "renews": chance.choice((None, *[_renews(base, chance)] * 4, "soon")),
    }
    return {name: value for name, value in chosen.items() if value is not None}


def _renews(base: datetime, chance: Random) -> str:
    days = chance.randint(-3, 12) - (365 if chance.random() < 0.3 else 0)
    return (base + timedelta(days=days)).date().isoformat()


def changes(base: datetime, chance: Random, some_time: Callable[[], datetime]) -> list[Change]:
    """The member's row as it comes anew, with another tier or date."""
    told = [some_time() for _ in range(chance.choice((0, 0, 1, 2)))]
    several = (
        {"tier": "金卡"},
        {"renews": _renews(base, chance)},
        {"renews": None},
        {"birthday": _renews(base, chance)},
    )
    return [Change(at, chance.choice(several)) for at in sorted(told)]


def answer(seed: str, called: Called, now: datetime) -> Event | None:
    """What becomes of a call that went out in the pass at `now`: heard at once or later, for good or bad, or never."""
    chance = Random(seed)
    delays = (timedelta(), timedelta(minutes=1), timedelta(hours=3), max(called.due_at - now, timedelta()), None)
    delay = chance.choice(delays)
    if delay is None:
        return None
    name = chance.choice(("answered", "answered", "call_failed"))
    properties = {"step": called.step, "endpoint": called.endpoint}
    return Event(now + delay, name, properties=properties, source="engine")


def told_at(arrival: Arrival) -> datetime:
    """When this is told, which is when it happens or later."""
    match arrival:
        case Event() | Change():
            return arrival.arrives_at or arrival.at
        case Grant():
            return arrival.arrives_at or arrival.granted_at
        case Stay():
            return arrival.arrives_at or arrival.since
