"""A scenario: what happens to one member day by day and what a journey should do then; it runs nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from typing import Annotated, Any

from pydantic import Field

from journey_engine.language.catalog import Topic
from journey_engine.language.words import Miswritten, Words
from journey_engine.language.written import Definition, GrantField, Name, ReadBy


@dataclass(frozen=True, slots=True)
class Moment:
    """`day 0 09:00`: wall time in the member's zone, days counted from the story's first; `day -30` lies before it."""

    day: int
    at: time

    def __str__(self) -> str:
        return f"day {self.day} {self.at:%H:%M}"


def _moment(value: Any) -> Any:
    if isinstance(value, Moment):
        return value
    match = re.fullmatch(r"day (-?[0-9]{1,3}) ([01]?[0-9]|2[0-3]):([0-5][0-9])", " ".join(str(value).split()))
    if match is None:
        raise Miswritten(
            Words(f"「{value}」不是故事裡的時間。", f"“{value}” is not a time in a story."),
            Words("寫成 day 0 09:00。", "Write it as day 0 09:00."),
        )
    return Moment(int(match[1]), time(int(match[2]), int(match[3])))


MomentField = Annotated[Moment, ReadBy(_moment, str)]


class Expect(Definition):
    """What is so once the moment has passed; a word that is not written is not asked.

    `sends` are the messages since the moment before, in order, `skips` those that were due and not sent, `hand_off` the
    team she was handed to, `calls` the endpoints called; `tags` are in force then, and `attributes` are so, among
    others; `at` is the step where the member waits, and `until` how long; `in`, `outside`, `finished` and `left` name
    journeys. `key`: what is asked is the visit with that key (`again: per KEY`), else the latest.
    """

    sends: tuple[Name, ...] | None = None
    skips: tuple[Name, ...] | None = None
    hand_off: str | None = None
    calls: tuple[Name, ...] | None = None
    tags: tuple[Name, ...] | None = None
    attributes: dict[Name, str] = Field(default_factory=dict[str, str])
    at: Name | None = None
    until: MomentField | None = None
    in_: Name | None = Field(default=None, alias="in")
    outside: Name | None = None
    finished: Name | None = None
    left: Name | None = None
    goal: bool | None = None
    key: str | None = None


# A story may say that a refresh put the member into a segment or took her out (`of` names it); no feed brings that.
SEGMENT_CHANGES = frozenset({"joined_segment", "left_segment"})
# Or that a night found her in another stage. A story that does not say so lives through the nights themselves.
STAGE_CHANGED = "stage_changed"


# Under `member`, beside the attributes: an IANA zone of her own, else she lives in the business zone.
ZONE = "zone"

# Under `given`, what an endpoint does with the calls of a story.
CALLED = ("answers", "fails", "silent")


class Happening(Definition):
    """One moment: an event with its properties (`of` a message for a click, a journey for `enter`), answers to surveys
    (`answers: {nps_recommend: 9}`, by the messages that ask), attributes or consents that change, an expectation, or
    several of these."""

    at: MomentField
    happens: Name | None = None
    of: Name | None = None
    with_: dict[Name, str] = Field(alias="with", default_factory=dict[str, str])
    answers: dict[Name, str] = Field(default_factory=dict[str, str])
    changes: dict[Name, str] = Field(default_factory=dict[str, str])
    consents: dict[Topic, bool] = Field(default_factory=dict[Topic, bool])
    expect: Expect | None = None

    @property
    def is_something(self) -> bool:
        """Whether anything happens, and not only is expected."""
        return self.happens is not None or bool(self.answers or self.changes or self.consents)


class Scenario(Definition):
    """One document of `journeys/scenarios/*.yaml`.

    `given` pins holdout (`holdout: no`), arms (`offer: coupon`), and what becomes of calls (`crm: fails`, or `silent`;
    else each is answered at once). Only this journey runs, those it leads to, those that are expected of, and those
    named in `beside`. `member` holds attributes, `consents` and `tags` what she has when the story begins. A date may
    be written `day 30`.
    """

    scenario: str
    journey: Name
    beside: tuple[Name, ...] = ()
    member: dict[Name, str] = Field(default_factory=dict[str, str])
    consents: dict[Topic, bool] = Field(default_factory=dict[Topic, bool])
    tags: tuple[GrantField, ...] = ()
    given: dict[Name, str] = Field(default_factory=dict[str, str])
    story: tuple[Happening, ...] = Field(min_length=1)

    @property
    def holdout(self) -> bool | None:
        """Whether the member is pinned into the holdout or out of it; None: not said, and like most she is out."""
        pinned = self.given.get("holdout")
        return None if pinned is None else pinned in ("yes", "true")

    @property
    def arms(self) -> dict[str, str]:
        """Which arm the member is pinned to, by name of the split."""
        return {step: arm for step, arm in self.given.items() if step != "holdout" and arm not in CALLED}

    @property
    def calls(self) -> dict[str, str]:
        """What becomes of calls to an endpoint, where it is said: one of CALLED."""
        return {endpoint: outcome for endpoint, outcome in self.given.items() if outcome in CALLED}


_DAY = re.compile(r"day (-?[0-9]{1,3})(?: ([01]?[0-9]|2[0-3]):([0-5][0-9]))?")


def story_day(text: str) -> tuple[int, time | None] | None:
    """`day 30` or `day 30 14:00` as a value of a date or a time; None if the text is something else."""
    match = _DAY.fullmatch(" ".join(text.split()))
    if match is None:
        return None
    return int(match[1]), None if match[2] is None else time(int(match[2]), int(match[3]))
