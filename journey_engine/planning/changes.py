"""A plan as a frozen value: what apply would change, what hinders it, and both in words; it changes nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from journey_engine.errors import JourneysError
from journey_engine.language.words import Language, Words

Sign = Literal["+", "~", "-"]


@dataclass(frozen=True, slots=True)
class StepChange:
    """One step that is new (+), written otherwise (~) or gone (-), and how many members wait at it now."""

    sign: Sign
    step: str
    what: Words
    waiting: int


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
    steps: tuple[StepChange, ...] = ()
    begins: bool = False
    fresh: bool = False

    @property
    def sign(self) -> Sign:
        """+ new, ~ edited, - removed."""
        return "+" if self.from_version is None else "-" if self.to_version is None else "~"


@dataclass(frozen=True, slots=True)
class Question:
    """Something only a person can answer: whom a change would leave standing nowhere. `step` None: all inside."""

    kind: str
    name: str
    step: str | None
    people: int
    sentence: Words


@dataclass(frozen=True, slots=True)
class Plan:
    """What `journeys plan` shows and `journeys apply` executes.

    `basis` holds the live (kind, name, version) rows it was made on; `now` is the business instant it takes effect at.
    """

    now: datetime
    language: Language
    line: str
    changes: tuple[Change, ...]
    questions: tuple[Question, ...]
    basis: frozenset[tuple[str, str, int]]

    @property
    def text(self) -> tuple[str, ...]:
        """The plan in the brand's language, a line each, as the command line and run reports show it."""
        lines = [Words(f"LINE：{self.line}", f"LINE: {self.line}").said(self.language)]
        for change in self.changes:
            lines.append(_headline(change, self.language))
            lines += [_step_line(step, self.language) for step in change.steps]
        lines += [f"?  {question.sentence.said(self.language)}" for question in self.questions]
        lines.append(self._summary().said(self.language))
        return tuple(lines)

    def _summary(self) -> Words:
        if not self.changes:
            return Words("沒有變更。", "Nothing to change.")
        if self.questions:
            asked = len(self.questions)
            return Words(f"有 {asked} 個問題待回答，尚未套用。", f"{asked} to answer. Nothing applied.")
        return Words(f"{len(self.changes)} 項變更。", f"{len(self.changes)} to apply.")


class WouldStrand(JourneysError):
    """Applying would leave members where no step is, so nothing was applied."""

    def __init__(self, questions: Iterable[Question]) -> None:
        asked = tuple(questions)
        steps = sorted({q.step for q in asked if q.step})
        cure = f"Keep {', '.join(steps)} until nobody waits there" if steps else "Keep the file until nobody is inside"
        super().__init__(
            " ".join(question.sentence.en for question in asked) + " Nothing was applied.",
            f"{cure}, or retire the journey (status: retired) and write a new one.",
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


def _headline(change: Change, language: Language) -> str:
    version = (
        Words(f"新增 v{change.to_version}", f"new v{change.to_version}")
        if change.from_version is None
        else Words(f"移除 v{change.from_version}", f"removed v{change.from_version}")
        if change.to_version is None
        else Words(*[f"v{change.from_version} → v{change.to_version}"] * 2)
    )
    name = change.name if change.kind == change.name else f"{change.kind} {change.name}"
    return f"{change.sign}  {name:<28} {version.said(language):<12} {change.status}".rstrip()


def _step_line(step: StepChange, language: Language) -> str:
    nobody = Words("無人等候", "nobody waits here")
    many = Words(f"{step.waiting:,} 人等候，依原定時間", f"{step.waiting:,} waiting keep the hour they were promised")
    people = many if step.waiting else nobody
    return f"     {step.sign} {step.step:<24} {step.what.said(language)}  ({people.said(language)})"
