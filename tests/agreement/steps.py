"""Hypothesis strategies for the steps of one journey, all kinds, nested up to three deep; it knows no triggers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from tests.agreement.words import CLOCKS, DAYS, EVENTS, LENGTHS, MESSAGES, OFFSETS, WINDOWS

DEEPEST = 3


@dataclass(frozen=True)
class Words:
    """What the steps of one journey may speak of, and the kinds of steps that are to come often."""

    journey: str
    entry: str  # the event that lets members in, if one does
    conditions: tuple[str, ...]
    tag: str  # that it gives and takes
    targets: tuple[str, ...]  # journeys to hand on to
    often: tuple[str, ...]
    never: frozenset[str]
    numbers: Iterator[int]


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
    kinds = ["send", "wait", "wait", "tag", "untag", "clock", "set", "hand_off", "window"]
    inner = {"first_of", "branch", "split", "date", "call"}
    if depth < DEEPEST:
        kinds += ["first_of", "first_of", "first_of", "branch", "branch", "split", "date", "call"]
    if depth:
        kinds += ["stop", *["go_to"] * (2 * len(words.targets))]
    kinds += [kind for kind in words.often for _ in range(5) if depth < DEEPEST or kind not in inner]
    kinds = [kind for kind in kinds if kind not in words.never]
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
            return step | ({"quiet": "skip"} if "quiet" not in words.never and draw(st.booleans()) else {})
        case "wait":
            until = {"until": draw(st.sampled_from(CLOCKS))} if draw(st.booleans()) else {}
            return draw(_counted({"wait": length} | until | draw(_days()), words))
        case "clock":
            return {"wait": draw(st.sampled_from(CLOCKS))} | draw(_days())
        case "window":
            return {"wait": {"window": draw(st.sampled_from(WINDOWS))}} | draw(_days())
        case "date":
            return {"wait": draw(_dates(words)), "do": inner(), "otherwise": {"do": inner()}}
        case "first_of":
            exits = [{"until": draw(st.sampled_from(EVENTS)), "do": inner()} for _ in range(draw(st.integers(1, 3)))]
            wait = {"wait": {"first_of": exits}, "at_most": length, "otherwise": {"do": inner()}}
            return draw(_counted(wait, words))
        case "branch":
            arms = [{"if": draw(conditions(words.conditions)), "do": inner()} for _ in range(draw(st.integers(1, 2)))]
            return {"branch": [*arms, {"otherwise": "true", "do": inner()}]}
        case "split":
            shares = draw(st.sampled_from((("50%", "50%"), ("20%", "80%"), ("0%", "100%"))))
            return {"split": {name: {"share": share, "do": inner()} for name, share in zip("ab", shares, strict=True)}}
        case "call":
            at_most = draw(st.sampled_from(("90 minutes", "1 day", "2 days")))
            return {"call": "crm", "at_most": at_most, "failed": {"do": inner()}}
        case _:
            return draw(_plain(kind, words))


@st.composite
def _plain(draw: Callable[..., Any], kind: str, words: Words) -> dict[str, Any]:
    match kind:
        case "tag":
            return {"tag": words.tag + draw(st.sampled_from(("", " +2 for 1 day", " +3 for 36 hours")))}
        case "untag":
            return {"untag": words.tag}
        case "set":
            moods = ("bright", "dark", *_of_purchase(words, "entry.category"))
            return {"set": {f"mood_{words.journey}": draw(st.sampled_from(moods))}}
        case "hand_off":
            return {"hand_off": draw(st.sampled_from(("care", "shop"))), "note": "please"}
        case "go_to":
            return {"go_to": draw(st.sampled_from(words.targets))}
        case _:
            return {"stop": "enough"}


@st.composite
def _counted(draw: Callable[..., Any], wait: dict[str, Any], words: Words) -> dict[str, Any]:
    is_asked = "since entry" not in words.never and draw(st.integers(0, 1 if "since entry" in words.often else 6)) == 0
    return wait | ({"count": "since entry"} if is_asked else {})


@st.composite
def _days(draw: Callable[..., Any]) -> dict[str, Any]:
    return {"on": draw(st.sampled_from(DAYS))} if draw(st.integers(0, 2)) == 0 else {}


@st.composite
def _dates(draw: Callable[..., Any], words: Words) -> dict[str, Any]:
    entry = _of_purchase(words, "entry.starts_at", "entry.starts_at", "entry.day")
    of = draw(st.sampled_from(("renews", "renews", "birthday", *entry)))
    date = {"date": of, "offset": draw(st.sampled_from(OFFSETS)), "late": draw(st.sampled_from(("skip", "now")))}
    if draw(st.booleans()):
        date["at"] = draw(st.sampled_from(CLOCKS))
    if of == "birthday" or (of == "renews" and draw(st.booleans())):
        date["every"] = "year"
    return date


def _of_purchase(words: Words, *names: str) -> tuple[str, ...]:
    """These properties of the entry, where it is a purchase that has them."""
    return names if words.entry == "purchase" else ()
