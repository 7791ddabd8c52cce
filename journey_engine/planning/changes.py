"""A plan as a frozen value: what apply would change, whom it moves, what hinders it; it reads and changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Literal

from journey_engine.errors import JourneysError
from journey_engine.language.words import NOTHING, Language, Words

Sign = Literal["+", "~", "-"]
# What becomes of those who wait at a step: they keep their place and promised time, their time is reckoned anew, they
# go on at another step, or nobody has said where they are to go: the step is gone, has become another kind, or what
# follows is behind them already.
Fate = Literal["kept", "rescheduled", "moved", "removed", "reformed", "behind"]
UNANSWERED: frozenset[Fate] = frozenset({"removed", "reformed", "behind"})


@dataclass(frozen=True, slots=True)
class Stay:
    """Those who wait at one step, and what becomes of them; `to`: the step where they stand afterwards."""

    step: str
    people: int
    fate: Fate
    to: str = ""
    again: tuple[str, ...] = ()  # steps they have behind them and would come to again


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step that is new (+), written otherwise (~) or gone (-), and what becomes of those who wait there."""

    sign: Sign
    step: str
    what: Words
    waiting: int
    fate: Fate = "kept"
    to: str = ""
    timed: bool = False  # the hour was promised by what changed, so `reschedule` would mean something
    anew: bool = False  # who is moved has her time reckoned anew


@dataclass(frozen=True, slots=True)
class Change:
    """One definition that apply writes: from_version None is a new one, to_version None one whose file is gone.

    `body` is the JSON text to store, `was` the live one. `begins`: its triggers count from the plan's `now` on.
    `fresh`: it was a draft or new, so nobody is inside and older arrivals need not be read.
    """

    kind: str
    name: str
    from_version: int | None
    to_version: int | None
    body: str = ""
    checksum: str = ""
    was: str = ""
    status: str = ""
    fields: tuple[Words, ...] = ()  # what else is written otherwise, a sentence each
    steps: tuple[StepChange, ...] = ()
    begins: bool = False
    fresh: bool = False

    @property
    def sign(self) -> Sign:
        """+ new, ~ edited, - removed."""
        return "+" if self.from_version is None else "-" if self.to_version is None else "~"


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can answer: whom a change would leave standing nowhere. `step` None: all inside.

    `answer`: what to write so that it is answered.
    """

    kind: str
    name: str
    step: str | None
    people: int
    sentence: Words
    answer: Words = NOTHING


@dataclass(frozen=True, slots=True)
class Reach:
    """Whom a journey's trigger meets, as the database knows it at the plan's `now`; counts of members, or of triggers.

    when: `now` (all in a segment or stage when it goes live), `once` and `each time` (all in the segment then), `past`
    (an hour that is over: nobody), `ahead`
    (dates in the coming `days` days), or `flow`: what `days` days up to `now` brought. `excluded`: by reason, in the
    order in which the engine asks.
    `withheld`: of those reached, who gave no consent, by topic.
    """

    journey: str
    when: Literal["now", "once", "past", "each time", "ahead", "flow", "unknown"]
    found: int = 0
    days: int = 0
    excluded: tuple[tuple[str, int], ...] = ()
    withheld: tuple[tuple[str, int], ...] = ()

    @property
    def reached(self) -> int:
        """Who is left when all exclusions are taken off."""
        return self.found - sum(count for _, count in self.excluded)


@dataclass(frozen=True, slots=True)
class Messages:
    """How many messages an entrant is sent, from the ways taken in the last 30 days or from the steps alone.

    With `basis` graph every way of a branch or wait counts alike, and a split by its shares. `most`: on the longest
    way. `a_month`: of all who are reached in thirty days, or at once.
    """

    journey: str
    basis: Literal["history", "graph"]
    each: Decimal
    most: int
    a_month: int


@dataclass(frozen=True, slots=True)
class Cost:
    """What the messages of the plan's journeys cost by policy.prices: `used` of the `free` ones are gone this month."""

    plan: str
    messages: int
    free: int
    used: int
    amount: Decimal | None  # None: more than is free, and no more can be bought
    currency: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What `journeys plan` shows and `journeys apply` executes.

    `basis` holds the live (kind, name, version) rows it was made on; `now` is the business instant of its counts.
    `back_to`: the application whose definitions it makes live again.
    """

    now: datetime
    language: Language
    line: str
    changes: tuple[Change, ...]
    questions: tuple[Question, ...]
    basis: frozenset[tuple[str, str, int]]
    reaches: tuple[Reach, ...] = ()
    messages: tuple[Messages, ...] = ()
    cost: Cost | None = None
    warnings: tuple[Words, ...] = ()  # what nothing changes and somebody should look at: coupons running low
    back_to: int | None = None

    @property
    def text(self) -> tuple[str, ...]:
        """The plan in the brand's language, a line each, as the command line and run reports show it."""
        from journey_engine.planning.telling import told

        return told(self)


class WouldStrand(JourneysError):
    """Applying would leave members where no step is, so nothing was applied."""

    def __init__(self, questions: Iterable[Question]) -> None:
        asked = tuple(questions)
        super().__init__(
            " ".join(question.sentence.en for question in asked) + " Nothing was applied.",
            " ".join(dict.fromkeys(question.answer.en for question in asked)),
            ", ".join(sorted({_place(q) for q in asked})),
        )
        self.questions = asked


class PlanIsStale(JourneysError):
    """Somebody applied another plan after this one was made."""

    def __init__(self) -> None:
        super().__init__("The definitions changed after this plan was made.", "Run `journeys plan` again.")


def _place(question: Question) -> str:
    folder = "" if question.kind == "journey" else f"{question.kind}s/"
    return f"journeys/{folder}{question.name}.yaml"
