"""A journey as a frozen value: trigger, leave, goal, holdout and nested steps; says nothing of how it runs."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field, PlainSerializer, model_validator

from journey_engine.language.durations import Duration
from journey_engine.language.words import Miswritten, Words, did_you_mean
from journey_engine.language.written import (
    ClockTime,
    Definition,
    DurationField,
    EventField,
    GrantField,
    LocalTime,
    Name,
    OtherwiseMark,
    RuleField,
    Share,
    clock_time,
    lifted,
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
        raise Miswritten(
            Words(f"「{value}」沒有說明何時可以再次進入。", f"“{value}” does not say who may enter again."),
            Words("請寫 never、after exit 或 after 90 days。", "Write never, after exit, or after 90 days."),
        )

    @property
    def text(self) -> str:
        return f"after {self.length}" if self.kind == "after" else self.kind


AgainField = Annotated[Again, BeforeValidator(Again.read), PlainSerializer(lambda again: again.text, return_type=str)]


class OneOff(Definition):
    """`at: {time: 2026-12-05 10:00, to: SEGMENT}`: one entry of all who are in the segment then (business zone)."""

    time: LocalTime  # naive: wall time in the business zone
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
    """A message; `quiet` says what quiet hours do to it; `expires` after its own instant it is not sent any more."""

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
    """A text is a length or a clock time, a mapping holds `first_of`; values of those kinds pass through."""
    match value:
        case str():
            return clock_time(value) if ":" in value else Duration.read(value)
        case dict():
            return FirstOf.model_validate(value)
        case Duration() | time() | FirstOf():
            return value
        case _:
            raise Miswritten(
                Words("wait 要寫時間長度、時刻或 first_of。", "A wait is a length, a time of day, or first_of."),
                Words('例如 1 day、"10:00"。', 'Write for example 1 day, or "10:00".'),
            )


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
    """A length, the next clock time in the member's zone, both (`until` after the length), or the first of events.

    `at_most` and `otherwise` may be written inside `wait`, beside `first_of`; here they stand beside `wait`.
    """

    wait: WaitField
    until: ClockTime | None = None
    at_most: DurationField | None = None  # must be there with first_of
    otherwise: Otherwise | None = None  # the way on when none of the events came in time

    @model_validator(mode="before")
    @classmethod
    def _beside(cls, value: Any) -> Any:
        return lifted(value, "wait", ("at_most", "otherwise"))


class Arm(Definition):
    """One way of a branch: `if` and `do`, or as the last `otherwise:` and `do` (which may also stand below it)."""

    if_: RuleField | None = Field(default=None, alias="if")
    otherwise: OtherwiseMark = None
    do: Block = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _beside(cls, value: Any) -> Any:
        raised = lifted(value, "otherwise", ("do",))
        return raised | {"otherwise": True} if raised is not value and not raised["otherwise"] else raised


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
    if isinstance(value, _Step):
        return value
    if not isinstance(value, dict):
        raise Miswritten(
            Words("步驟底下要寫一個動作。", "Below the name of a step stands what it does."),
            Words("例如 hello: {send: welcome_hello}。", "Write for example hello: {send: welcome_hello}."),
        )
    written = cast("dict[str, Any]", value)
    verbs = [verb for verb in VERBS if verb in written]
    if len(verbs) > 1:
        raise Miswritten(
            Words(
                f"一個步驟只能有一個動作，這裡有 {'、'.join(verbs)}。",
                f"A step does one thing; here are {', '.join(verbs)}.",
            ),
            Words("請拆成兩個步驟。", "Make them two steps."),
        )
    if not verbs:
        raise _no_verb(list(written))
    return VERBS[verbs[0]].model_validate(written)


def _no_verb(keys: list[str]) -> Miswritten:
    odd = next((key for key in keys if key not in ("if", "at_once")), "")
    guess = did_you_mean(odd, VERBS) if odd else did_you_mean("-", VERBS)
    if not odd:
        return Miswritten(Words("這個步驟沒有動作。", "This step does nothing."), guess)
    return Miswritten(Words(f"沒有「{odd}」這種步驟。", f"No step is called “{odd}”."), guess)


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
