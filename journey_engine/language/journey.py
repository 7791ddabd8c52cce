"""A journey as a frozen value: trigger, leave, goal, holdout and nested steps; says nothing of how it runs."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from journey_engine.language.durations import Duration
from journey_engine.language.written import (
    ClockTime,
    Definition,
    DurationField,
    EventField,
    GrantField,
    Name,
    RuleField,
    Share,
)

Status = Literal["draft", "live", "paused", "retired"]


class Again(Definition):
    """Who may enter a second time: `never`, `after exit`, or `after` a length counted from the previous entry."""

    kind: Literal["never", "after exit", "after"]
    length: DurationField | None = None

    @classmethod
    def read(cls, value: Any) -> Any:
        """`never | after exit | after N days` as text; other values pass through for pydantic to judge."""
        if not isinstance(value, str):
            return value
        text = " ".join(value.split())
        if text in ("never", "after exit"):
            return cls(kind="never" if text == "never" else "after exit")
        if text.startswith("after "):
            return cls(kind="after", length=Duration.read(text.removeprefix("after ")))
        raise ValueError(f"“{value}” does not say who may enter again; write never, after exit, or after 90 days")

    @property
    def text(self) -> str:
        return f"after {self.length}" if self.kind == "after" else self.kind


AgainField = Annotated[Again, BeforeValidator(Again.read), PlainSerializer(lambda again: again.text, return_type=str)]


class OneOff(Definition):
    """`at: {time: 2026-12-05 10:00, to: SEGMENT}`: one entry of all who are in the segment then (business zone)."""

    time: datetime  # naive: wall time in the business zone
    to: Name


class Enter(Definition):
    """The trigger, exactly one of `on`, `joins`, `at`, with the condition asked once and the rule of re-entry."""

    on: EventField | None = None
    joins: Name | None = None
    at: OneOff | None = None
    if_: RuleField | None = Field(default=None, alias="if")
    again: AgainField


class Leave(Definition):
    """May end the journey at any moment, in waits too."""

    if_: RuleField = Field(alias="if")


class Goal(Definition):
    """Counts once for every entrant in (entry, entry + within]."""

    if_: RuleField = Field(alias="if")
    within: DurationField
    credit: Literal["last send"] = "last send"
    then: Literal["leave", "stay"]


class _Step(Definition):
    if_: RuleField | None = Field(default=None, alias="if")  # false: the step is passed by
    at_once: bool = False  # decide on what is known, without waiting for the coverage of feeds


class Send(_Step):
    """A message; `quiet` says what quiet hours do to it; after `expires` (from its own instant) it is not sent any more."""

    send: Name
    expires: DurationField = Duration(24, "hour")
    quiet: Literal["wait", "skip"] = "wait"


class Until(Definition):
    """One event that ends a wait, and the way on."""

    until: EventField
    do: Block = Field(default_factory=dict)


class FirstOf(Definition):
    first_of: tuple[Until, ...] = Field(min_length=1)


class Otherwise(Definition):
    do: Block = Field(default_factory=dict)


def _wait(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if ":" in value:
        from journey_engine.language.written import _clock_time  # pyright: ignore[reportPrivateUsage]

        return _clock_time(value)
    return Duration.read(value)


WaitField = Annotated[
    Duration | time | FirstOf,
    BeforeValidator(_wait),
    PlainSerializer(
        lambda wait: (
            wait if isinstance(wait, FirstOf) else wait.strftime("%H:%M") if isinstance(wait, time) else str(wait)
        )
    ),
]


class Wait(_Step):
    """A length, the next clock time in the member's zone, both (`until` after the length), or the first of several events."""

    wait: WaitField
    until: ClockTime | None = None
    at_most: DurationField | None = None  # must be there with first_of
    otherwise: Otherwise | None = None  # the way on when none of the events came in time


class Arm(Definition):
    """One way of a branch: `if` and `do`, or `otherwise: {do}` as the last."""

    if_: RuleField | None = Field(default=None, alias="if")
    otherwise: Literal[True] | None = None
    do: Block = Field(default_factory=dict)


class Branch(_Step):
    """First match wins; `otherwise` must be there and last."""

    branch: tuple[Arm, ...] = Field(min_length=2)


class SplitArm(Definition):
    share: Share
    do: Block = Field(default_factory=dict)


class Split(_Step):
    """A stable random choice by shares that sum to 100%."""

    split: dict[Name, SplitArm] = Field(min_length=2)


class Tag(_Step):
    tag: GrantField


class Untag(_Step):
    untag: Name


class GoTo(_Step):
    """Ends here as finished and hands the member on; the next journey's own `if` and `again` apply."""

    go_to: Name


class Stop(_Step):
    """Ends here as finished, for a stated reason."""

    stop: str


Step = Send | Wait | Branch | Split | Tag | Untag | GoTo | Stop
VERBS: dict[str, type[Step]] = {
    "send": Send,
    "wait": Wait,
    "branch": Branch,
    "split": Split,
    "tag": Tag,
    "untag": Untag,
    "go_to": GoTo,
    "stop": Stop,
}


def _step(value: Any) -> Any:
    """The model whose verb the mapping holds; a mapping with no verb or with two is an error."""
    if not isinstance(value, dict):
        return value
    verbs = [verb for verb in VERBS if verb in value]
    if len(verbs) != 1:
        found = "two verbs: " + ", ".join(verbs) if verbs else "no verb"
        raise ValueError(f"a step has exactly one verb ({', '.join(VERBS)}); this one has {found}")
    return VERBS[verbs[0]].model_validate(value)


StepField = Annotated[Step, BeforeValidator(_step)]
Block = dict[Name, StepField]


class Journey(Definition):
    """One file of `journeys/`; `steps` keep the order in which they are written."""

    journey: Name
    title: str
    owner: str = ""
    stage: Name | None = None
    status: Status
    priority: int = Field(default=50, ge=0, le=100)
    enter: Enter
    leave: Leave | None = None
    goal: Goal | None = None
    holdout: Share = Decimal(0)
    steps: Block = Field(min_length=1)


for model in (Until, Otherwise, Arm, SplitArm, FirstOf, Wait, Branch, Split, Journey):
    model.model_rebuild()
