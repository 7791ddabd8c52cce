"""What is to go wrong in one run: drawn from a seed and a number alone, and frozen; it touches nothing.

A script has people and what they are to be sent, and rounds. In each round things happen first, LINE is told how to
fail, and then one or two senders work, of which some die at a named point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from random import Random
from typing import Any, Literal

Manner = Literal["threads", "processes", "stops"]
Harm = Literal["withdraw", "erase", "leave", "block", "downgrade"]

STOPS_EVERY = 40  # one run of so many stops the database
KILLS_EVERY = 8  # and one of so many kills senders that are processes
TIGHT_EVERY = 10  # in one of so many a cap of one a day meets two senders who decide about two at a time
# At these points no row of a member is locked by the sender that came there.
QUIET_POINTS = ("frozen", "claimed", "before_http", "after_http", "after_record")
POINTS = ("decided", *QUIET_POINTS[:4], "before_record", "recording", "after_record")
TOPICS = ("promotion", "news", "service", "transactional")
UNCLEAR = (
    "500_before",
    "500_after",
    "timeout_before",
    "timeout_after",
    "reset_before",
    "reset_after",
    "reset_midway",
)
REFUSING = ("429_rate", "429_monthly", "401", "down")
HARMLESS = ("slow", "odd_after")


@dataclass(frozen=True, slots=True)
class Person:
    """`known` to LINE under the id we have; `listed` is what LINE knows of her. `tier` and `photo` fill messages."""

    number: int
    known: bool = True
    listed: Literal["friend", "blocked", "deleted"] = "friend"
    named: bool = True
    good_photo: bool = True
    follows: bool = False  # wrote to the account just now: there is a reply token


@dataclass(frozen=True, slots=True)
class Wish:
    """One intent. `tag` marks it in what LINE receives; `at` and `until` are minutes of business time."""

    tag: str
    person: int
    message: str
    visit: int  # wishes of one person and visit share an enrolment, and go in order
    step: str
    at: int
    until: int
    priority: int = 50


@dataclass(frozen=True, slots=True)
class Crash:
    """Sender 0 or 1 dies when it comes to `point` for the `nth` time (from 1)."""

    sender: int
    point: str
    nth: int


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happens to a person (`what`: a topic to withdraw from; a visit to leave)."""

    harm: Harm
    person: int
    what: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """At minute `minute` of business time, after the machine's clock jumped by `jump` seconds, there is what happens
    `before`; LINE fails as `faults` say, and `senders` work; when one comes to `meanwhile` (point, nth), more happens.

    When one comes to `stop` (point, nth), the database is stopped at once and started again. `mended`: holds are
    released. `resident`: the senders sit and wait for what is due, and are told to end after a while.
    """

    minute: int
    jump: float = 0.0
    before: tuple[Event, ...] = ()
    faults: tuple[dict[str, Any], ...] = ()
    senders: int = 2
    crashes: tuple[Crash, ...] = ()
    meanwhile: tuple[str, int, tuple[Event, ...]] | None = None
    stop: tuple[str, int] | None = None
    mended: bool = False
    resident: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """One run. `number` and `seed` draw it again."""

    seed: int
    number: int
    manner: Manner
    people: tuple[Person, ...]
    wishes: tuple[Wish, ...]
    rounds: tuple[Round, ...]
    policy: dict[str, Any] = field(default_factory=dict[str, Any])
    line_quota: int | None = None
    drops_unknown: bool = False
    lease: float = 60.0
    give_up_after: int = 500
    batch: int = 100


def manner_of(number: int) -> Manner:
    """Which runs kill processes and which stop the database."""
    if number % STOPS_EVERY == STOPS_EVERY - 1:
        return "stops"
    return "processes" if number % KILLS_EVERY == 0 else "threads"


def script_of(seed: int, number: int) -> Script:
    """The script with this number of this seed; the same for ever."""
    draw = Random(f"{seed}/{number}")
    manner = manner_of(number)
    crowd = draw.random() < 0.2  # a multicast big enough to be halved
    people = tuple(_person(draw, n, crowd) for n in range(1, draw.randint(12, 30) if crowd else draw.randint(3, 8)))
    wishes = _wishes(draw, people, crowd)
    script = Script(
        seed=seed,
        number=number,
        manner=manner,
        people=people,
        wishes=wishes,
        rounds=tuple(_rounds(draw, manner, people, wishes)),
        policy=_policy(draw),
        line_quota=draw.randint(1, len(wishes)) if draw.random() < 0.12 else None,
        drops_unknown=draw.random() < 0.3,
        lease=0.05 if draw.random() < 0.1 else 60.0,
        give_up_after=draw.choice((500, 500, 3)),
        batch=draw.choice((2, 7, 100)),
    )
    return _tight(script) if number % TIGHT_EVERY == TIGHT_EVERY - 3 else script


def _tight(script: Script) -> Script:
    """While one of her messages is under way, the other sender decides about the next."""
    rest = {name: said for name, said in script.policy.items() if name != "when_capped"}
    rounds = tuple(replace(round_, senders=2) for round_ in script.rounds)
    return replace(script, policy={**rest, "caps": {"all": "1 per day"}}, batch=2, rounds=rounds)


def _person(draw: Random, number: int, crowd: bool) -> Person:
    bad = draw.random() < (0.12 if crowd else 0.05)
    return Person(
        number,
        known=not bad,
        listed=draw.choices(("friend", "blocked", "deleted"), (0.9, 0.06, 0.04))[0],
        named=draw.random() < 0.85,
        good_photo=draw.random() < 0.7,
        follows=not bad and not crowd and draw.random() < 0.35,
    )


# Shared ones have the same body for all, and nobody gets one twice: so who and what says which intent it was.
SHARED = tuple(f"shared_{topic}" for topic in TOPICS)
PERSONAL = (*(f"own_{topic}" for topic in TOPICS), "pair", "chips", "hush", "named", "album", "broken")
_WEIGHTS = (6, 3, 2, 3, 3, 2, 2, 2, 2, 1)


def _wishes(draw: Random, people: tuple[Person, ...], crowd: bool) -> tuple[Wish, ...]:
    made: list[Wish] = []
    common = draw.choice(SHARED)
    for person in people:
        visits = draw.randint(1, 3)
        left, own = list(SHARED), dict(zip(PERSONAL, _WEIGHTS, strict=True))
        wanted = [common] if crowd else [None] * draw.randint(1, 5)
        for _ in wanted if crowd and draw.random() < 0.7 else [*wanted, None]:
            shared = common if crowd and common in left else None
            if shared is None and left and draw.random() < 0.35:
                shared = draw.choice(left)
            if shared is not None:
                left.remove(shared)
            message = shared or draw.choices(list(own), list(own.values()))[0]
            own.pop(message, None)
            at = draw.choice((0, 0, 0, 0, 0, 0, 0, 1, 30, 600))
            visit, step = draw.randint(1, visits), draw.choice(("plain", "plain", "gold", "soft"))
            if any((wish.person, wish.visit, wish.step) == (person.number, visit, step) for wish in made):
                step = "plain"
            made.append(
                Wish(
                    tag=f"i{len(made)}",
                    person=person.number,
                    message=message,
                    visit=visit,
                    step=step,
                    at=at,
                    until=at + draw.choice((20, 90, 24 * 60, 24 * 60, 5 * 24 * 60)),
                    priority=draw.choice((50, 50, 80)),
                )
            )
    return tuple(made)


def _policy(draw: Random) -> dict[str, Any]:
    said: dict[str, Any] = {}
    if draw.random() < 0.3:
        said["caps"] = draw.choice(
            (
                {"promotion": "1 per 7 days"},
                {"all": "2 per 2 hours"},
                {"promotion": "1 per 3 hours", "all": "3 per 7 days"},
                {"news": "1 per day", "promotion": "2 per day"},
            )
        )
        if draw.random() < 0.5:
            said["when_capped"] = {"promotion": "defer 2 days", "news": "skip"}
    if draw.random() < 0.12:
        said["quota"] = draw.randint(1, 12)
    if draw.random() < 0.2:
        said["quiet_hours"] = "21:00-08:00"
    return said


_RESIDENT: dict[Manner, float] = {"threads": 0.04, "processes": 0.25, "stops": 0.5}
_STEPS = (0, 1, 1, 10, 45, 240, 600, 1440)  # minutes between rounds
_JUMPS = (0.0, 0.0, 0.0, 90.0, 3_600.0, 22 * 3600.0, 23.5 * 3600, 25 * 3600.0)


def _rounds(draw: Random, manner: Manner, people: tuple[Person, ...], wishes: tuple[Wish, ...]) -> list[Round]:
    rounds: list[Round] = []
    minute = 0
    for place in range(draw.choice((1, 2, 2))):
        if place:
            minute += draw.choice(_STEPS)
        events: Callable[[], tuple[Event, ...]] = lambda: tuple(  # noqa: E731
            _event(draw, people, wishes) for _ in range(draw.randint(1, 4))
        )
        crashes = _crashes(draw, manner)
        rounds.append(
            Round(
                minute=minute,
                jump=draw.choice(_JUMPS) if place else 0.0,
                before=events() if place and draw.random() < 0.6 else (),
                faults=_faults(draw),
                senders=2 if draw.random() < 0.6 or len(crashes) == 2 else 1,
                crashes=crashes,
                meanwhile=(draw.choice(QUIET_POINTS), draw.randint(1, 3), events()) if draw.random() < 0.2 else None,
                stop=(draw.choice(POINTS), draw.choice((1, 1, 2))) if manner == "stops" else None,
                mended=place > 0 and draw.random() < 0.7,
                resident=draw.random() < _RESIDENT[manner],
            )
        )
    return rounds


def _crashes(draw: Random, manner: Manner) -> tuple[Crash, ...]:
    if manner == "stops":
        return ()
    dying = (0, 1) if draw.random() < 0.25 else (0,) if manner == "processes" or draw.random() < 0.5 else ()
    return tuple(Crash(sender, draw.choice(POINTS), draw.choice((1, 1, 1, 2, 4))) for sender in dying)


def _event(draw: Random, people: tuple[Person, ...], wishes: tuple[Wish, ...]) -> Event:
    harm: Harm = draw.choice(("withdraw", "erase", "leave", "block", "downgrade"))
    wish = draw.choice(wishes)
    match harm:
        case "withdraw":
            return Event(harm, wish.person, draw.choice(TOPICS))
        case "leave":
            return Event(harm, wish.person, str(wish.visit))
        case _:
            return Event(harm, wish.person)


def _faults(draw: Random) -> tuple[dict[str, Any], ...]:
    if draw.random() < 0.12:
        return ()
    orders: list[dict[str, Any]] = []
    for _ in range(draw.randint(1, 3)):
        kind = draw.choice((*UNCLEAR, *UNCLEAR, *REFUSING, *HARMLESS))
        order: dict[str, Any] = {"kind": kind, "endpoint": draw.choice(("push", "push", "multicast", "reply", None))}
        if kind in ("slow", "timeout_before", "timeout_after"):
            order["seconds"] = 0.03 if kind == "slow" else 30.0
        if draw.random() < 0.7:
            order["count"] = draw.choice((1, 1, 2, 5))
        else:
            order |= {"rate": draw.choice((0.2, 0.5, 1.0)), "seed": draw.randrange(1_000)}
        if order["endpoint"] is None and kind in ("401", "down", "429_monthly"):
            order["endpoint"] = "push"  # else the question for the quota would be struck first, and nothing be sent
        orders.append(order)
    return tuple(orders)
