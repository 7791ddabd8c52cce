"""The written forms inside a definition (condition, event, tag grant, share …) as pydantic types; reads no files."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import BaseModel, BeforeValidator, ConfigDict, GetCoreSchemaHandler, PlainSerializer
from pydantic_core import CoreSchema, core_schema

from journey_engine.language.conditions import Condition, EventQuery
from journey_engine.language.durations import Duration
from journey_engine.language.grammar import parse_condition, parse_event
from journey_engine.language.words import Miswritten, Words

NAME = re.compile(r"[a-z][a-z0-9_]{0,29}")


class Definition(BaseModel):
    """Base of all models read from files: frozen, and a word it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


def _name(text: str) -> str:
    if NAME.fullmatch(text) is None:
        raise Miswritten(
            Words(f"「{text}」不能當名稱。", f"“{text}” cannot be a name."),
            Words(
                "名稱用小寫英文字母開頭，只含 a-z、0-9、_，最多 30 個字元。",
                "A name begins with a letter a-z and has only a-z, 0-9 and _, at most 30 characters.",
            ),
        )
    return text


@dataclass(frozen=True, slots=True)
class JudgedBy:
    """The function that judges a text; what an AfterValidator does, without studying the function for each field."""

    func: Callable[[str], str]

    def __get_pydantic_core_schema__(self, source_type: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.func, core_schema.str_schema())


Name = Annotated[str, JudgedBy(_name)]


@dataclass(frozen=True, slots=True)
class ReadBy:
    """The function that makes the value out of what is written, and how it is `stored`; None: as it is.

    Pydantic need not know how such a value is built. With a BeforeValidator it plans the whole tree of conditions anew
    for each field: half of every command's start.
    """

    func: Callable[[Any], Any]
    stored: Callable[[Any], Any] | None = None

    def __get_pydantic_core_schema__(self, source_type: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        stored = None if self.stored is None else core_schema.plain_serializer_function_ser_schema(self.stored)
        instance = core_schema.is_instance_schema(source_type)
        return core_schema.no_info_before_validator_function(self.func, instance, serialization=stored)


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition and the text it was written as."""

    text: str
    condition: Condition


@dataclass(frozen=True, slots=True)
class EventRule:
    """An event pattern ("follow where source = 'qr'", "click of welcome_hello") and its text; without a window."""

    text: str
    query: EventQuery


@dataclass(frozen=True, slots=True)
class TagGrant:
    """`skincare +1 for 90 days`: the tag, the strength it adds, and how long this grant lasts (None: for ever)."""

    tag: str
    strength: Decimal = Decimal(1)
    lasts: Duration | None = None

    @property
    def text(self) -> str:
        strength = "" if self.strength == 1 else f" {self.strength:+}"
        return f"{self.tag}{strength}" + (f" for {self.lasts}" if self.lasts else "")


_GRANT = re.compile(r"([a-z][a-z0-9_]{0,29})(?:\s+([+-]\d+(?:\.\d+)?))?(?:\s+for\s+(.+))?")


def _one_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    raise Miswritten(
        Words("這裡要寫一段文字，不是清單或下一層。", "One text must stand here, not a list or a nested block."),
        Words("如果文字以 { 或 [ 開頭，請加引號。", "If the text begins with { or [, put it in quotes."),
    )


def _rule(value: Any) -> Rule:
    if isinstance(value, Rule):
        return value
    text = _one_text(value)
    return Rule(text, parse_condition(text))


def _event_rule(value: Any) -> EventRule:
    if isinstance(value, EventRule):
        return value
    text = _one_text(value)
    return EventRule(text, parse_event(text))


def _duration(value: Any) -> Duration:
    return value if isinstance(value, Duration) else Duration.read(_one_text(value))


def _grant(value: Any) -> TagGrant:
    if isinstance(value, TagGrant):
        return value
    match = _GRANT.fullmatch(_one_text(value).strip())
    if match is None:
        raise Miswritten(
            Words(f"「{value}」不是標籤的寫法。", f"“{value}” is not how a tag is written."),
            Words("例如寫 vip 或 skincare +1 for 90 days。", "Write for example: vip, or: skincare +1 for 90 days."),
        )
    return TagGrant(match[1], Decimal(match[2] or 1), Duration.read(match[3]) if match[3] else None)


def read_grant(text: str) -> TagGrant:
    """The grant written as `text`. Raises Miswritten."""
    return _grant(text)


def _share(value: Any) -> Decimal:
    """A share written as a percentage ("10%"), kept as a fraction of 1 with at most four decimals."""
    if isinstance(value, Decimal):
        return value
    match = re.fullmatch(r"([0-9]{1,3}(?:\.[0-9]{1,2})?)\s*[%％]", _one_text(value).strip())
    if match is None or Decimal(match[1]) > 100:
        raise Miswritten(
            Words(f"「{value}」不是比例。", f"“{value}” is not a share."),
            Words("請寫 0% 到 100%，小數最多兩位。", "Write a percentage from 0% to 100%, with at most two decimals."),
        )
    return Decimal(match[1]) / 100


def clock_time(value: Any) -> time:
    """The wall time written as `09:30`. Raises Miswritten."""
    if isinstance(value, time):
        return value
    match = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", _one_text(value).strip())
    if match is None:
        raise Miswritten(
            Words(f"「{value}」不是時刻。", f"“{value}” is not a time of day."),
            Words("時刻寫成 09:30。", "Write it as 09:30."),
        )
    return time(int(match[1]), int(match[2]))


def _percent(share: Decimal) -> str:
    return f"{(share * 100).normalize():f}%"


def _text(value: Any) -> str:
    return str(value.text)


# Types of fields: text in the file and in the stored JSON, a value in Python.
RuleField = Annotated[Rule, ReadBy(_rule, _text)]
EventField = Annotated[EventRule, ReadBy(_event_rule, _text)]
GrantField = Annotated[TagGrant, ReadBy(_grant, _text)]
DurationField = Annotated[Duration, ReadBy(_duration, str)]
Share = Annotated[Decimal, ReadBy(_share, _percent)]
ClockTime = Annotated[time, ReadBy(clock_time, lambda at: at.strftime("%H:%M"))]


def _otherwise(value: Any) -> Any:
    """`otherwise:` with nothing after it (the reader gives an empty text), or `otherwise: true`."""
    if value is None or value is True:
        return value
    if value in ("", "true", "yes"):
        return True
    raise Miswritten(
        Words("otherwise 後面不寫值。", "Nothing is written after “otherwise”."),
        Words("寫成 otherwise:，要做的事寫在 do 裡。", "Write it as otherwise: and put what happens under do."),
    )


OtherwiseMark = Annotated[Literal[True] | None, BeforeValidator(_otherwise)]


def _local_time(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    try:
        return datetime.strptime(" ".join(str(value).split()), "%Y-%m-%d %H:%M")  # noqa: DTZ007 (a wall time has no zone)
    except ValueError:
        raise Miswritten(
            Words(f"「{value}」不是日期加時刻。", f"“{value}” is not a date with a time."),
            Words("寫成 2026-12-05 10:00（公司所在時區）。", "Write it as 2026-12-05 10:00 (business zone)."),
        ) from None


LocalTime = Annotated[
    datetime, BeforeValidator(_local_time), PlainSerializer(lambda at: f"{at:%Y-%m-%d %H:%M}", return_type=str)
]


def lifted(value: Any, inner: str, words: tuple[str, ...]) -> Any:
    """The mapping with `words` moved out of its mapping `inner` to beside it; the value itself if there are none."""
    if not isinstance(value, dict):
        return value
    outer = cast("dict[str, Any]", value)
    below = cast("dict[str, Any]", outer.get(inner)) if isinstance(outer.get(inner), dict) else {}
    moved = {word: below[word] for word in words if word in below and word not in outer}
    if not moved:
        return outer
    return {**outer, **moved, inner: {word: what for word, what in below.items() if word not in moved}}
