"""The written forms inside a definition (condition, event, tag grant, share …) as pydantic types; each keeps its text."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import time
from decimal import Decimal
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, PlainSerializer

from journey_engine.language.conditions import Condition, EventQuery
from journey_engine.language.durations import Duration

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


class Definition(BaseModel):
    """Base of all models read from files: frozen, and a word it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


def _name(text: str) -> str:
    if NAME.fullmatch(text) is None:
        raise ValueError(f"“{text}” is no name; use a-z, 0-9 and _, beginning with a letter, at most 30 characters")
    return text


Name = Annotated[str, AfterValidator(_name)]


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the text it was written as."""

    text: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class EventRule:
    """An event pattern ("follow where source = 'store_qr'", "click of welcome_hello") and its text; without a window."""

    text: str
    query: EventQuery


@dataclass(frozen=True, slots=True)
class TagGrant:
    """`skincare +1 for 90 days`: the tag, how much strength is added, and how long this grant lasts (None: for ever)."""

    tag: str
    strength: Decimal = Decimal(1)
    lasts: Duration | None = None

    @property
    def text(self) -> str:
        strength = "" if self.strength == 1 else f" {self.strength:+}"
        return f"{self.tag}{strength}" + (f" for {self.lasts}" if self.lasts else "")


_GRANT = re.compile(r"([a-z][a-z0-9_]{0,29})(?:\s+([+-]\d+(?:\.\d+)?))?(?:\s+for\s+(.+))?")


def _rule(value: Any) -> Rule:
    from journey_engine.language.grammar import parse_condition

    return value if isinstance(value, Rule) else Rule(str(value), parse_condition(str(value)))


def _event_rule(value: Any) -> EventRule:
    from journey_engine.language.grammar import parse_event

    return value if isinstance(value, EventRule) else EventRule(str(value), parse_event(str(value)))


def _duration(value: Any) -> Duration:
    return value if isinstance(value, Duration) else Duration.read(str(value))


def _grant(value: Any) -> TagGrant:
    if isinstance(value, TagGrant):
        return value
    match = _GRANT.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"“{value}” is no tag; write for example “vip” or “skincare +1 for 90 days”")
    return TagGrant(match[1], Decimal(match[2] or 1), Duration.read(match[3]) if match[3] else None)


def _share(value: Any) -> Decimal:
    """A share written as a percentage ("10%"), kept as a fraction of 1 with at most four decimals."""
    if isinstance(value, Decimal):
        return value
    match = re.fullmatch(r"(\d{1,3}(?:\.\d{1,2})?)\s*%", str(value).strip())
    if match is None or Decimal(match[1]) > 100:
        raise ValueError(f"“{value}” is no share; write a percentage from 0% to 100%, with at most two decimals")
    return Decimal(match[1]) / 100


def _clock_time(value: Any) -> time:
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", str(value).strip())
    if match is None:
        raise ValueError(f"“{value}” is no time of day; write it as 09:30")
    return time(int(match[1]), int(match[2]))


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _text(value: Any) -> str:
    return str(value.text)


# Types of fields: text in the file and in the stored JSON, a value in Python.
RuleField = Annotated[Rule, BeforeValidator(_rule), PlainSerializer(_text, return_type=str)]
EventField = Annotated[EventRule, BeforeValidator(_event_rule), PlainSerializer(_text, return_type=str)]
GrantField = Annotated[TagGrant, BeforeValidator(_grant), PlainSerializer(_text, return_type=str)]
DurationField = Annotated[Duration, BeforeValidator(_duration), PlainSerializer(str, return_type=str)]
Share = Annotated[Decimal, BeforeValidator(_share), PlainSerializer(_percent, return_type=str)]
ClockTime = Annotated[
    time, BeforeValidator(_clock_time), PlainSerializer(lambda at: at.strftime("%H:%M"), return_type=str)
]
