"""Hypothesis strategies for journeys of all step kinds, nested up to three deep, and the projects they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from hypothesis import strategies as st

from journey_engine.language.project import Project
from tests.reference.stories import SCHEMA, STAGES, feed

DEEPEST = 3
MESSAGES = ("hello", "offer", "thanks")
LENGTHS = ("90 minutes", "6 hours", "24 hours", "1 day", "2 days", "3 days", "1 week")
CLOCKS = ("00:00", "02:30", "09:00", "10:00", "21:00")
# The day a story begins, a few days before some zones change their clocks (or none, in June), with those zones.
BASES = {
    "2026-03-05": ("America/New_York",),
    "2026-03-26": ("Europe/London", "Australia/Lord_Howe"),
    "2026-10-22": ("Europe/London", "America/New_York"),
    "2026-10-01": ("Australia/Lord_Howe",),
    "2026-06-01": ("America/New_York",),
}
EVENTS = (
    "purchase",
    "purchase where category = '保養'",
    "purchase where value >= 500",
    "visit",
    "visit where page = 'home'",
    "refund",
    "click of hello",
    "click of offer",
)
PLAIN = (
    "purchase since entry",
    "no purchase since entry",
    "purchase",
    "purchase before entry",
    "purchase at least 2 times within 3 days",
    "purchase at most 1 times since entry",
    "no purchase within 2 days",
    "purchase within 36 hours where category = '保養'",
    "sum of purchase.value within 7 days >= 800",
    "sum of purchase.value since entry between 1 and 999",
    "sum of purchase.quantity >= 3",
    "days since last purchase between 2 and 4",
    "days since last visit >= 1",
    "refund",
    "refund since entry",
    "visit within 6 hours",
    "visit where not page = 'home'",
    "visit where (page = 'home' or page is not known)",
    "click of hello since entry",
    "no click of offer within 2 days",
    "message hello was sent",
    "skipped of offer",
    "tag vip",
    "not tag vip",
    "tag vip strength >= 3",
    "in segment lapsed",
    "not in segment lapsed",
    "stage is grow",
    "tier = '金卡'",
    "tier != '金卡'",
    "tier in ('金卡', '白金')",
    "points >= 100",
    "points is known",
    "birthday within next 3 days",
    "birthday in this month",
    "entry.value >= 500",
)
ABOUT_JOURNEYS = ("in journey beta", "not in journey gamma", "finished journey beta", "finished journey alpha")
# Their time is short, so that leaving does not swallow everything else.
LEAVES = (
    "refund since entry",
    "no purchase within 2 days",
    "purchase at least 2 times since entry",
    "days since last purchase between 3 and 5",
    "tag vip strength >= 3",
    "stage is grow and purchase since entry",
    "in segment lapsed",
    "sum of purchase.value since entry >= 1500",
    "visit within 6 hours and not tag vip",
    "birthday within next 1 day",
    "unfollow before entry",
    "click of offer within 36 hours",
    "no visit within 24 hours and purchase",
)
GOALS = (
    "purchase since entry",
    "purchase since entry where value >= 500",
    "click of offer since entry",
    "refund since entry",
)


@dataclass(frozen=True)
class World:
    """A project with the wall date its story begins on (in each member's own zone)."""

    project: Project
    base: datetime

    def __repr__(self) -> str:
        return f"a world that begins on {self.base:%Y-%m-%d}"  # the whole project is too long to be read


@st.composite
def conditions(draw: Callable[..., Any], leaves: tuple[str, ...]) -> str:
    """One of `leaves`, or two joined."""
    one = draw(st.sampled_from(leaves))
    match draw(st.integers(0, 5)):
        case 0:
            return f"{one} and {draw(st.sampled_from(leaves))}"
        case 1:
            return f"{one} or not ({draw(st.sampled_from(leaves))})"
        case _:
            return one


@dataclass(frozen=True)
class Words:
    """What the steps of one journey may speak of."""

    conditions: tuple[str, ...]
    tag: str  # that it gives and takes
    targets: tuple[str, ...]  # journeys to hand on to
    numbers: Iterator[int]


@st.composite
def blocks(draw: Callable[..., Any], words: Words, depth: int, longest: int) -> dict[str, Any]:
    """Steps in their written order; a step that ends the way comes last."""
    steps: dict[str, Any] = {}
    for _ in range(draw(st.integers(0 if depth else 1, longest))):
        step = draw(steps_of(words, depth))
        steps[f"s{next(words.numbers)}"] = step
        if "go_to" in step or "stop" in step:
            break
    return steps


@st.composite
def steps_of(draw: Callable[..., Any], words: Words, depth: int) -> dict[str, Any]:
    """One step of any kind, sometimes with its `if`."""
    kinds = ["send", "wait", "wait", "tag", "untag", "clock"]
    if depth < DEEPEST:
        kinds += ["first_of", "first_of", "first_of", "branch", "branch", "split"]
    if depth:
        kinds += ["stop", *["go_to"] * (2 * len(words.targets))]
    step = draw(_of_kind(draw(st.sampled_from(kinds)), words, depth))
    if draw(st.integers(0, 4)) == 0:
        step["if"] = draw(conditions(words.conditions))
    if draw(st.integers(0, 5)) == 0:
        step["at_once"] = True
    return step


@st.composite
def _of_kind(draw: Callable[..., Any], kind: str, words: Words, depth: int) -> dict[str, Any]:
    def inner() -> dict[str, Any]:
        return draw(blocks(words, depth + 1, 2))

    length = draw(st.sampled_from(LENGTHS))
    match kind:
        case "send":
            step: dict[str, Any] = {"send": draw(st.sampled_from(MESSAGES)), "expires": length}
            return step | ({"quiet": "skip"} if draw(st.booleans()) else {})
        case "wait":
            return {"wait": length} | ({"until": draw(st.sampled_from(CLOCKS))} if draw(st.booleans()) else {})
        case "clock":
            return {"wait": draw(st.sampled_from(CLOCKS))}
        case "first_of":
            exits = [{"until": draw(st.sampled_from(EVENTS)), "do": inner()} for _ in range(draw(st.integers(1, 3)))]
            return {"wait": {"first_of": exits}, "at_most": length, "otherwise": {"do": inner()}}
        case "branch":
            arms = [{"if": draw(conditions(words.conditions)), "do": inner()} for _ in range(draw(st.integers(1, 2)))]
            return {"branch": [*arms, {"otherwise": "true", "do": inner()}]}
        case "split":
            shares = draw(st.sampled_from((("50%", "50%"), ("20%", "80%"), ("0%", "100%"))))
            return {"split": {name: {"share": share, "do": inner()} for name, share in zip("ab", shares, strict=True)}}
        case "tag":
            return {"tag": words.tag + draw(st.sampled_from(("", " +2 for 1 day", " +3 for 36 hours")))}
        case "untag":
            return {"untag": words.tag}
        case "go_to":
            return {"go_to": draw(st.sampled_from(words.targets))}
        case _:
            return {"stop": "enough"}


@st.composite
def journeys(draw: Callable[..., Any], name: str, targets: tuple[str, ...], base: str, across: bool) -> dict[str, Any]:
    """A live journey that may hand on to `targets`; `across`: what it decides may rest on what other journeys do."""
    tag = "vip" if across or name == "alpha" else name
    words = Words(PLAIN + (ABOUT_JOURNEYS if across else ()), tag, targets, count(1))
    enter: dict[str, Any] = {"again": draw(st.sampled_from(("never", "after exit", "after exit", "after 2 days")))}
    match draw(st.integers(0, 9)) if name == "alpha" else 3:
        case 0:
            enter["joins"] = "lapsed"
        case 1:
            enter["at"] = {"time": f"{base[:8]}{int(base[8:]) + 2:02d} 10:00", "to": "lapsed"}
        case 2 | 3 | 4:
            enter["on"] = draw(st.sampled_from(("purchase", "visit where page = 'home'", "click of hello")))
        case _:
            enter["on"] = "follow"
    if draw(st.integers(0, 3)) == 0:
        enter["if"] = draw(conditions(words.conditions))
    journey: dict[str, Any] = {"journey": name, "title": name, "status": "live", "enter": enter}
    if draw(st.booleans()):
        journey["leave"] = {"if": draw(conditions(LEAVES))}
    if draw(st.booleans()):
        within, then = draw(st.sampled_from(LENGTHS)), draw(st.sampled_from(("stay", "leave")))
        journey["goal"] = {"if": draw(st.sampled_from(GOALS)), "within": within, "then": then}
        journey["holdout"] = draw(st.sampled_from(("0%", "0%", "30%")))
    steps = draw(blocks(words, 0, 5))
    if draw(st.booleans()):  # long enough that clocks are changed meanwhile
        steps = {"first": {"wait": draw(st.sampled_from(("2 days", "3 days")))}, **steps}
    if targets and draw(st.integers(0, 2)) and not {"go_to", "stop"} & set(next(reversed(steps.values()))):
        steps["on"] = {"go_to": draw(st.sampled_from(targets))}
    return journey | {"steps": steps}


@st.composite
def worlds(draw: Callable[..., Any], across: bool = True, fed: bool = True) -> World:
    """A project of three journeys in a chain; if `fed`, orders may come by a feed."""
    base = draw(st.sampled_from(tuple(BASES)))
    drawn = [draw(journeys("alpha", ("beta",), base, across)), draw(journeys("beta", ("gamma",), base, across))]
    drawn.append(draw(journeys("gamma", (), base, across)))
    feeds = [feed("orders", "purchase")] if fed and draw(st.booleans()) else []
    policy: dict[str, Any] = {"zone": draw(st.sampled_from(("Asia/Taipei", "Asia/Taipei", "America/New_York")))}
    if draw(st.booleans()):
        policy["quiet_hours"] = draw(st.sampled_from(("21:00-09:00", "12:00-14:00")))
    if draw(st.integers(0, 3)) == 0:
        policy["global_holdout"] = "20%"
    project = Project.model_validate(
        {
            "schema": SCHEMA,
            "policy": policy,
            "stages": STAGES,
            "segments": {"lapsed": {"segment": "lapsed", "title": "lapsed", "is": "no purchase within 60 days"}},
            "feeds": {one["feed"]: one for one in feeds},
            "journeys": {one["journey"]: one for one in drawn},
        }
    )
    return World(project, datetime.fromisoformat(base))
