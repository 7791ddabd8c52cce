"""The steps and waits that have no steps inside them, as frozen values; says nothing of how they run."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from journey_engine.language.days import NO_OFFSET, HoursField, OffsetField
from journey_engine.language.durations import Duration
from journey_engine.language.written import (
    ClockTime,
    Definition,
    DurationField,
    EventField,
    GrantField,
    Name,
    RuleField,
)


class PlainStep(Definition):
    """What every step may have beside its verb."""

    if_: RuleField | None = Field(default=None, alias="if")  # false: the step is passed by
    at_once: bool = False  # decide on what is known, without waiting for the coverage of feeds


class Send(PlainStep):
    """A message; `quiet` says what quiet hours do to it; `expires` after its own instant it is not sent any more."""

    send: Name
    expires: DurationField = Duration(24, "hour")
    quiet: Literal["wait", "skip"] = "wait"


class Window(Definition):
    """Goes on at once inside these hours (on allowed days), else when they next begin."""

    window: HoursField


class DateOf(Definition):
    """A date attribute of the member, or `entry.PROPERTY` (a date or a time), moved by `offset`, at wall time `at`."""

    date: str
    offset: OffsetField = NO_OFFSET
    at: ClockTime | None = None
    every: Literal["year"] | None = None
    late: Literal["skip", "now"] = "skip"

    @property
    def property(self) -> str | None:
        """The name of the entry's property; None: an attribute is meant."""
        return self.date.removeprefix("entry.") if self.date.startswith("entry.") else None


class Experiment(Definition):
    """What an experiment asks: does `measure` happen within that time of being assigned; read once `sample` is full."""

    measure: EventField
    within: DurationField
    sample: int = Field(gt=0)  # members over all arms; later ones are not counted


class Tag(PlainStep):
    tag: GrantField


class Untag(PlainStep):
    untag: Name


class Set(PlainStep):
    """Attributes of the member get these values: a constant, or `entry.PROPERTY`."""

    set: dict[Name, str] = Field(min_length=1)


class HandOff(PlainStep):
    """People take over: a note to a team, who close it; the journey goes on."""

    hand_off: str
    note: str = ""


class GoTo(PlainStep):
    """Ends here as finished and hands the member on; the next journey's own `if` and `again` apply."""

    go_to: Name


class Stop(PlainStep):
    """Ends here as finished, for a stated reason."""

    stop: str
