"""Who enters a journey, when, how often and how fast, as frozen values; says nothing of how it is found out."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from cronsim import CronSim, CronSimError
from pydantic import BeforeValidator, Field, PlainSerializer

from journey_engine.language.days import NO_OFFSET, OffsetField, PaceField
from journey_engine.language.durations import Duration
from journey_engine.language.words import Miswritten, Words
from journey_engine.language.written import (
    NAME,
    ClockTime,
    Definition,
    DurationField,
    EventField,
    LocalTime,
    Name,
    RuleField,
)

_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)  # where a trial reading of a cron schedule begins
TRIGGERS = ("on", "joins", "every", "at", "date", "stage", "after", "by")


class Again(Definition):
    """Who may enter a second time.

    `never`, `after exit`, `after` a length counted from the previous entry, or `once a year` (calendar year in the
    member's zone). `per`: the rule holds for each value of that property of the trigger, and a member may be inside
    once for each.
    """

    kind: Literal["never", "after exit", "after", "once a year"]
    length: DurationField | None = None
    per: Name | None = None

    @classmethod
    def read(cls, value: Any) -> Any:
        """The written rule as text; other values pass through for pydantic to judge."""
        if not isinstance(value, str):
            return value
        text = " ".join(value.split())
        per = re.fullmatch(r"per (\S+)(?: (.+))?", text)
        if per is not None and NAME.fullmatch(per[1]):
            return cls._read(value, per[2] or "never", per[1])
        return cls._read(value, text, None)

    @classmethod
    def _read(cls, value: str, text: str, per: str | None) -> Again:
        match text:
            case "never" | "after exit" | "once a year":
                return cls(kind=text, per=per)
            case _ if text.startswith("after "):
                return cls(kind="after", length=Duration.read(text.removeprefix("after ")), per=per)
            case _:
                raise Miswritten(
                    Words(f"「{value}」沒有說明何時可以再次進入。", f"“{value}” does not say who may enter again."),
                    Words(
                        "請寫 never、after exit、after 90 days、once a year 或 per order_id。",
                        "Write never, after exit, after 90 days, once a year, or per order_id.",
                    ),
                )

    @property
    def text(self) -> str:
        rule = f"after {self.length}" if self.kind == "after" else self.kind
        if self.per is None:
            return rule
        return f"per {self.per}" if self.kind == "never" else f"per {self.per} {rule}"


AgainField = Annotated[Again, BeforeValidator(Again.read), PlainSerializer(lambda again: again.text, return_type=str)]


def _cron(value: Any) -> Any:
    text = " ".join(str(value).split())
    if _is_schedule(text):
        return text
    fields = text.split()
    if len(fields) == 5 and _is_schedule(" ".join((*fields[:2], "*", *fields[3:]))):
        raise Miswritten(
            Words(f"時間表「{value}」永遠不會到：沒有這樣的日子。", f"“{value}” never comes: there is no such day."),
            Words("請看第三格（日）和第四格（月）。", "Look at the third field (day) and the fourth (month)."),
        )
    raise Miswritten(
        Words(f"「{value}」不是 cron 時間表。", f"“{value}” is not a cron schedule."),
        Words(
            '五格：分 時 日 月 星期。每週一 10:00 寫 "0 10 * * 1"。',
            'Five fields: minute hour day month weekday. Mondays at 10:00: "0 10 * * 1".',
        ),
    )


def _is_schedule(text: str) -> bool:
    try:
        CronSim(text, _SOME_DAY)
    except CronSimError:
        return False
    return len(text.split()) == 5


CronField = Annotated[str, BeforeValidator(_cron)]


class Repeating(Definition):
    """`every: {cron: "0 10 * * 1", of: SEGMENT}`: all who are in the segment then, again and again (business zone)."""

    cron: CronField
    of: Name


class OneOff(Definition):
    """`at: {time: 2026-12-05 10:00, to: SEGMENT}`: one entry of all who are in the segment then (business zone)."""

    time: LocalTime  # naive: wall time in the business zone
    to: Name


class Dated(Definition):
    """`date: {of: birthday, offset: -3 days, at: "10:00", every: year, late: skip}`: a date of the member's own.

    The instant is the date (with `every: year` its anniversary; 29 February is 28 February in common years) moved by
    `offset`, at wall time `at` in the member's zone. `late`: what becomes of an instant that lay in the past when the
    date became known.
    """

    of: Name
    offset: OffsetField = NO_OFFSET
    at: ClockTime
    every: Literal["year"] | None = None
    late: Literal["skip", "now"] = "skip"


class Enter(Definition):
    """The trigger, exactly one of `TRIGGERS`, with the condition asked once, the rule of re-entry and the pace."""

    on: EventField | None = None
    joins: Name | None = None
    every: Repeating | None = None
    at: OneOff | None = None
    date: Dated | None = None
    stage: Name | None = None
    after: Name | None = None
    by: Literal["api"] | None = None
    if_: RuleField | None = Field(default=None, alias="if")
    again: AgainField
    existing: Literal["ignore", "include"] = "ignore"  # who is in the segment or stage when the journey goes live
    pace: PaceField | None = None
    restart: Literal["on new event"] | None = None  # a new trigger begins the first wait anew
