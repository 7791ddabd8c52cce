"""Hypothesis strategies for journeys with every trigger, rule and step, and the projects they stand in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from itertools import count
from typing import Any

from hypothesis import strategies as st

from journey_engine.language.project import Project
from tests.agreement.steps import Words, blocks, conditions
from tests.agreement.words import (
    ABOUT_JOURNEYS,
    BASES,
    CALENDAR,
    CLOCKS,
    CRONS,
    FADING,
    GOALS,
    LEAVES,
    LENGTHS,
    LIFTED,
    OFFSETS,
    PEOPLE,
    PLAIN,
    RANKS,
    SCORES,
)
from tests.reference.stories import SCHEMA, STAGES, feed

# What is not drawn, and why. Names are those of `KINDS` in counting.py, or of steps.
NOT_YET: dict[str, str] = {}

# What an example is mostly about: kinds of steps, and for each journey the triggers it may have.
FOCI: dict[str, tuple[tuple[str, ...], dict[str, tuple[str, ...]]]] = {
    "plain": (("first_of",), {"alpha": ("on", "on", "follow", "follow", "joins", "at"), "beta": ("on",)}),
    "waits": (("window", "date", "date", "since entry", "wait"), {"alpha": ("purchase", "follow")}),
    "steps": (("call", "call", "set", "hand_off", "branch"), {"alpha": ("purchase",), "beta": ("by",)}),
    "clocks": ((), {"alpha": ("every", "at"), "beta": ("date",), "gamma": ("date", "every")}),
    "segments": ((), {"alpha": ("joins",), "beta": ("stage",), "gamma": ("after",)}),
    "keys": (("first_of", "branch"), {"alpha": ("key",), "beta": ("key",), "gamma": ("yearly",)}),
    "restart": (("first_of",), {"alpha": ("restart",), "beta": ("restart key",), "gamma": ("restart",)}),
    "pace": ((), {"alpha": ("pace",), "beta": ("pace",), "gamma": ("on",)}),
    "edits": (("wait", "first_of"), {"alpha": ("on", "on", "follow", "purchase"), "beta": ("on", "by")}),
}
APART = frozenset({"edits"})  # foci that have a file of their own


@dataclass(frozen=True)
class World:
    """A project with the wall date its story begins on (in each member's own zone)."""

    project: Project
    base: datetime

    def __repr__(self) -> str:
        return f"a world that begins on {self.base:%Y-%m-%d}"  # the whole project is too long to be read


def _enter(draw: Callable[..., Any], kind: str, base: str) -> dict[str, Any]:
    """The trigger of this kind, with who may enter again."""
    again = draw(st.sampled_from(("never", "after exit", "after exit", "after 2 days")))
    per = draw(st.sampled_from(("per order_id", "per order_id after exit", "per order_id after 1 day")))
    existing = draw(st.sampled_from(("ignore", "include")))
    on = draw(st.sampled_from(("purchase", "visit where page = 'home'", "click of hello")))
    late = draw(st.sampled_from(("skip", "now")))
    match kind:
        case "joins":
            return {"joins": "lapsed", "again": again, "existing": existing}
        case "stage":
            return {"stage": "grow", "again": again, "existing": existing}
        case "after":
            return {"after": "alpha", "again": draw(st.sampled_from(("after exit", "after 2 days")))}
        case "by":
            return {"by": "api", "again": again}
        case "at":
            return {"at": {"time": f"{base[:8]}{int(base[8:]) + 2:02d} 10:00", "to": "lapsed"}, "again": again}
        case "every":
            return {"every": {"cron": draw(st.sampled_from(CRONS)), "of": "lapsed"}, "again": "after exit"}
        case "date":
            of = draw(st.sampled_from(("renews", "birthday")))
            date = {"of": of, "offset": draw(st.sampled_from(OFFSETS)), "at": draw(st.sampled_from(CLOCKS))}
            yearly = {"every": "year"} if of == "birthday" or draw(st.booleans()) else {}
            return {"date": date | {"late": late} | yearly, "again": "after exit"}
        case "key":
            return {"on": draw(st.sampled_from(("purchase", "purchase", "refund"))), "again": per}
        case "yearly":
            return {"on": on, "again": draw(st.sampled_from(("once a year", "per order_id once a year")))}
        case "restart":
            return {"on": draw(st.sampled_from(("visit", "purchase"))), "again": again, "restart": "on new event"}
        case "restart key":
            return {"on": "purchase", "again": per, "restart": "on new event"}
        case "pace":
            pace = draw(st.sampled_from(("40 per day", "7 per hour", "15 per day")))
            return {"on": on, "again": again, "pace": pace}
        case "on":
            return {"on": on, "again": again}
        case _:
            return {"on": kind, "again": again}


@st.composite
def journeys(
    draw: Callable[..., Any], name: str, targets: tuple[str, ...], base: str, across: bool, focus: str
) -> dict[str, Any]:
    """A live journey that may hand on to `targets`; `across`: what it decides may rest on what other journeys do."""
    often, triggers = FOCI[focus]
    enter = _enter(draw, draw(st.sampled_from(triggers.get(name, ("follow",)))), base)
    tag = "vip" if across or name == "alpha" else name
    asked = PLAIN + CALENDAR + PEOPLE + FADING + SCORES + RANKS + (ABOUT_JOURNEYS if across else ())
    asked += (f"mood_{name} = 'bright'", f"mood_{name} is not known") + (LIFTED * 3 if "per" in enter["again"] else ())
    # A message that one journey skips ends in vain what another waits for; the first of the chain is walked first.
    never = frozenset(NOT_YET) if across or name == "alpha" else frozenset({*NOT_YET, "quiet"})
    words = Words(name, enter.get("on", ""), asked, tag, targets, often, never, count(1))
    if draw(st.integers(0, 3)) == 0:
        enter["if"] = draw(conditions(asked))
    journey: dict[str, Any] = {"journey": name, "title": name, "status": "live", "enter": enter}
    if draw(st.integers(0, 5)) == 0:
        journey["refollow"] = "resume"
    if draw(st.booleans()):
        journey["leave"] = {"if": draw(conditions(LEAVES))}
    if draw(st.booleans()):
        within, then = draw(st.sampled_from(LENGTHS)), draw(st.sampled_from(("stay", "leave")))
        journey["goal"] = {"if": draw(st.sampled_from(GOALS)), "within": within, "then": then}
        journey["holdout"] = draw(st.sampled_from(("0%", "0%", "30%")))
    steps = draw(blocks(words, 0, 5))
    is_edited, restarts = focus == "edits", "restart" in enter
    if restarts or is_edited or draw(st.booleans()):  # long enough that clocks or the journey are changed meanwhile
        steps = {"first": _first(draw, restarts or is_edited), **steps}
    if targets and not {"go_to", "stop"} & set(next(reversed(steps.values()))):
        steps["on"] = {"go_to": draw(st.sampled_from(targets))}
    return journey | {"steps": steps}


def _first(draw: Callable[..., Any], restarts: bool) -> dict[str, Any]:
    """A wait of days, of several kinds if it may be begun anew."""
    length = draw(st.sampled_from(("2 days", "3 days")))
    if not restarts or draw(st.booleans()):
        return {"wait": length}
    exit_ = draw(st.sampled_from(("purchase", "refund", "click of hello", "visit where page = 'home'")))
    bought = {"until": exit_, "do": {"ended": {"send": "thanks"}}}
    return {"wait": {"first_of": [bought]}, "at_most": length, "otherwise": {"do": {"nudge": {"send": "offer"}}}}


@st.composite
def worlds(draw: Callable[..., Any], across: bool = True, fed: bool = True, focus: str = "plain") -> World:
    """A project of three journeys in a chain; if `fed`, orders may come by a feed."""
    changing = [base for base in BASES if base not in ("2026-06-01", "2026-12-28")]  # clocks, within days
    bases = (*changing, *BASES) if focus == "edits" else tuple(BASES)
    base = draw(st.sampled_from(bases)) if focus != "keys" else "2026-12-28"
    chain = {"alpha": ("beta",), "beta": ("gamma",), "gamma": ()}
    drawn = [draw(journeys(name, targets, base, across, focus)) for name, targets in chain.items()]
    feeds = [feed("orders", "purchase")] if fed and draw(st.booleans()) else []
    policy: dict[str, Any] = {"zone": draw(st.sampled_from(("Asia/Taipei", "Asia/Taipei", "America/New_York")))}
    country = draw(st.sampled_from(("TW", "US", None)))
    policy["calendar"] = {"country": country, "closed": [base], "open": [f"{base[:8]}{int(base[8:]) + 2:02d}"]}
    policy["endpoints"] = {"crm": {"url": "https://crm.example.com/hooks", "secret": "env:CRM_SECRET"}}
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
