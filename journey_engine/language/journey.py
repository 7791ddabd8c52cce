"""A journey as a frozen value: leave, goal, holdout and nested steps; says nothing of how it runs."""

from __future__ import annotations

from datetime import time
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any, Literal, cast

from pydantic import Field, model_validator

from journey_engine.language.days import DaysField
from journey_engine.language.durations import Duration
from journey_engine.language.triggers import Enter
from journey_engine.language.verbs import (
    DateOf,
    Experiment,
    GoTo,
    HandOff,
    PlainStep,
    Send,
    Set,
    Stop,
    Tag,
    Untag,
    Window,
)
from journey_engine.language.words import Miswritten, Words, did_you_mean
from journey_engine.language.written import (
    ClockTime,
    Definition,
    DurationField,
    EventField,
    Name,
    OtherwiseMark,
    ReadBy,
    RuleField,
    Share,
    clock_time,
    lifted,
)

Status = Literal["draft", "live", "paused", "retired"]


class Leave(Definition):
    """May end the journey at any moment, in waits too."""

    if_: RuleField = Field(alias="if")


class Goal(Definition):
    """Counts once for every entrant in (entry, entry + within]."""

    if_: RuleField = Field(alias="if")
    within: DurationField
    credit: Literal["last send"] = "last send"
    then: Literal["leave", "stay"]


class Until(Definition):
    """One event that ends a wait, and the way on."""

    until: EventField
    do: Block = Field(default_factory=dict)


class FirstOf(Definition):
    first_of: tuple[Until, ...] = Field(min_length=1)


class Otherwise(Definition):
    do: Block = Field(default_factory=dict)


def _wait(value: Any) -> Any:
    """A text is a length or a clock time, a mapping is told by its first word; values of those kinds pass through."""
    match value:
        case str():
            return clock_time(value) if ":" in value else Duration.read(value)
        case {"window": _}:
            return Window.model_validate(value)
        case {"date": _}:
            return DateOf.model_validate(value)
        case dict():
            return FirstOf.model_validate(value)
        case Duration() | time() | FirstOf() | Window() | DateOf():
            return value
        case _:
            raise Miswritten(
                Words(
                    "wait 要寫時間長度、時刻、window、date 或 first_of。",
                    "A wait is a length, a time of day, a window, a date, or first_of.",
                ),
                Words('例如 1 day、"10:00"。', 'Write for example 1 day, or "10:00".'),
            )


WaitField = Annotated[
    Duration | time | Window | DateOf | FirstOf,
    ReadBy(
        _wait,
        lambda wait: (
            wait.strftime("%H:%M") if isinstance(wait, time) else str(wait) if isinstance(wait, Duration) else wait
        ),
    ),
]


class Wait(PlainStep):
    """A length, the next clock time, a window, a date (all in the member's zone), or the first of events.

    What stands beside `wait` may be written inside its block, too.
    """

    wait: WaitField
    until: ClockTime | None = None  # after a length: then the next such time of day
    on: DaysField | None = None  # only on these days, at the same time of day; later ones if need be
    count: Literal["since arrival", "since entry"] = "since arrival"
    at_most: DurationField | None = None  # must be there with first_of
    otherwise: Otherwise | None = None  # the way on when no event came in time, or when the date is late or missing
    do: Block = Field(default_factory=dict)  # of a date: what happens when it comes

    @model_validator(mode="before")
    @classmethod
    def _beside(cls, value: Any) -> Any:
        return lifted(value, "wait", ("at_most", "otherwise", "on", "do", "count"))


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


class Branch(PlainStep):
    """First match wins; `otherwise` must be there and last."""

    branch: tuple[Arm, ...] = Field(min_length=2)


class SplitArm(Definition):
    share: Share
    do: Block = Field(default_factory=dict)


class Split(PlainStep):
    """A stable random choice by shares that sum to 100%."""

    split: dict[Name, SplitArm] = Field(min_length=2)
    experiment: Experiment | None = None


class Failed(Definition):
    """The way on when a call was not answered."""

    do: Block = Field(default_factory=dict)


class Call(PlainStep):
    """An outgoing webhook to an endpoint of the policy; `with` values are constants, `entry.PROPERTY` or `{attribute}`.

    It goes on when it was answered, by `failed` when it was refused or not answered within `at_most`.
    """

    call: Name
    with_: dict[Name, str] = Field(alias="with", default_factory=dict[str, str])
    at_most: DurationField = Duration(1, "day")
    failed: Failed | None = None


class AskSurvey(PlainStep):
    """The questions of a survey, one after the other, as far as she answers. `answered`: the way on when all are;
    `otherwise`: when not all are within `at_most`. Who was asked within the survey's cool-down is passed by."""

    survey: Name
    at_most: DurationField
    answered: Otherwise | None = None
    otherwise: Otherwise | None = None


Step = Send | Wait | Branch | Split | Tag | Untag | Set | Call | HandOff | GoTo | Stop
if TYPE_CHECKING:
    _Written = Step
else:  # as a file has it; what stands in its place is put there before anybody else sees it (language/surveying.py)
    _Written = Step | AskSurvey
VERBS: dict[str, type[PlainStep]] = {
    "send": Send,
    "wait": Wait,
    "branch": Branch,
    "split": Split,
    "tag": Tag,
    "untag": Untag,
    "set": Set,
    "call": Call,
    "survey": AskSurvey,
    "hand_off": HandOff,
    "go_to": GoTo,
    "stop": Stop,
}


def _step(value: Any) -> Any:
    """The model whose verb the mapping holds; a mapping with no verb or with two is an error."""
    if isinstance(value, PlainStep):
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


StepField = Annotated[_Written, ReadBy(_step)]
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
    refollow: Literal["end", "resume"] = "end"  # whether blocking ends it, or it goes on when they are friends again
    pause: Literal["keep", "shift"] = "keep"  # after a pause: promised times stay, or move by its length
    moved: dict[Name, Name] = Field(default_factory=dict)  # removed step -> where those who wait there go on
    reschedule: tuple[Name, ...] = ()  # changed waits whose promised times are reckoned anew
    steps: Block = Field(min_length=1)


for model in (Until, Otherwise, Failed, Arm, SplitArm, FirstOf, Wait, Branch, Split, Call, AskSurvey, Journey):
    model.model_rebuild()
