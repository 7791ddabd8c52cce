"""Friends who tap by a seeded rule, so that a simulated night has answers; the same seed taps the same way."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, fields
from typing import Any

import orjson

from journey_engine.errors import JourneysError
from journey_engine.sandbox.acting import perform
from journey_engine.sandbox.channel import Acceptance, Channel
from journey_engine.sandbox.complaints import is_object
from journey_engine.sandbox.messages import actions_in

_MINUTE_MS = 60_000
# What a friend picks in a date picker.
_PICKED = {"date": "2026-12-24", "time": "19:30", "datetime": "2026-12-24T19:30"}


class UnusableHabits(JourneysError):
    """The rule by which friends should act cannot be read."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"This is no rule to act by: {given!r}.",
            "Give seed (a whole number), tap, write and block (each 0 to 1), from_minutes and to_minutes.",
            "habits",
        )


@dataclass(frozen=True, slots=True)
class Habits:
    """Of the friends a request reached: the share that taps one of its actions, answers in words, or blocks.

    Which friend does what, and how many minutes after the message, follows from sha256(seed|messages|user) alone, so
    it does not matter in which order many senders' requests came in. Who gets the same again does the same again.
    """

    seed: int = 0
    tap: float = 0.4
    write: float = 0.02
    block: float = 0.005
    from_minutes: int = 1
    to_minutes: int = 120


def habits_from(given: Any) -> Habits:
    """The rule as a caller's JSON says it; raises UnusableHabits."""
    names = {one.name for one in fields(Habits)}
    if not is_object(given) or not set(given) <= names:
        raise UnusableHabits(given)
    said: dict[str, Any] = given
    if not all(isinstance(value, int | float) for value in said.values()):
        raise UnusableHabits(said)
    habits = Habits(**said)
    shares = (habits.tap, habits.write, habits.block)
    if min(shares) < 0 or sum(shares) > 1 or not 0 <= habits.from_minutes <= habits.to_minutes:
        raise UnusableHabits(said)
    return habits


def live(channel: Channel, habits: Habits) -> dict[str, int]:
    """Let friends do what has fallen due since the last call, each at its own instant; how many did what.

    An act falls due at the message's instant plus its delay; those still to come are done by a later call, so that
    calling often or seldom makes the same acts (as long as the rule stays the same).
    """
    now, since = channel.instants.now_ms(), channel.habits_until
    first = len(channel.acceptances)
    due: list[tuple[int, Acceptance, str, float, float]] = []
    for taken in channel.ledger(after=channel.habits_from - 1):
        if taken.at + habits.to_minutes * _MINUTE_MS > now:
            first = min(first, taken.number)
        missed, said = set(taken.missed), orjson.dumps(taken.messages)
        for user in taken.to:
            at, draw, pick = _drawn(habits, taken.at, said, user)
            if user not in missed and since < at <= now:
                due.append((at, taken, user, draw, pick))
    done: Counter[str] = Counter()
    for at, taken, user, draw, pick in sorted(due, key=lambda one: (one[0], one[1].number, one[2])):
        done[_answer(channel, habits, taken, user, at, draw, pick)] += 1
    channel.change({"k": "habits", "from": first, "until": now})
    return dict(done)


def _drawn(habits: Habits, came_at: int, said: bytes, user: str) -> tuple[int, float, float]:
    """The act's instant (ms), and two numbers in [0, 1): which act, and which of the message's actions."""
    digest = hashlib.sha256(b"%d|%s|%s" % (habits.seed, said, user.encode())).digest()
    draw, pick, pause = (int.from_bytes(digest[start : start + 4]) / 2**32 for start in (0, 4, 8))
    minutes = habits.from_minutes + pause * (habits.to_minutes - habits.from_minutes)
    return came_at + int(minutes * _MINUTE_MS), draw, pick


def _answer(channel: Channel, habits: Habits, taken: Acceptance, user: str, at: int, draw: float, pick: float) -> str:
    friend = channel.friends.get(user)
    if friend is None or friend.status != "friend":
        return "gone"
    act: dict[str, Any] = {"user": user, "at": at}
    if draw < habits.tap:
        actions = actions_in(taken.messages)
        if not actions:
            return "nothing"
        place = min(int(pick * len(actions)), len(actions) - 1)
        value = _PICKED.get(actions[place].get("mode", ""))
        perform(channel, {**act, "do": "tap", "acceptance": taken.number, "action": place, "value": value})
        return "tap"
    if draw < habits.tap + habits.write:
        perform(channel, {**act, "do": "write", "text": "謝謝"})
        return "write"
    if draw < habits.tap + habits.write + habits.block:
        perform(channel, {**act, "do": "block"})
        return "block"
    return "nothing"
