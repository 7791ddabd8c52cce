"""A survey as marketers write it (`journeys/surveys/NAME.yaml`), and what an answer to a question of it is worth; it
asks nobody and keeps nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journey_engine.language.catalog import Topic
from journey_engine.language.durations import Duration
from journey_engine.language.listening import plain
from journey_engine.language.written import Definition, DurationField, GrantField, Name, TagGrant

QuestionKind = Literal["nps", "csat", "choice", "quiz", "text"]
KINDS: tuple[QuestionKind, ...] = ("nps", "csat", "choice", "quiz", "text")
SKIP = "skip"  # the button below a text question that goes on without an answer
_SCORE = "score_"  # and the score: what the buttons of nps and csat are called
_NUMBER = re.compile(r"(\d{1,3})\s*(?:分|点|點|points?)?")
_RANGES = {"nps": (0, 10), "csat": (1, 5)}
# Promoters 9–10, passives 7–8, detractors 0–6 (Reichheld); of csat the upper two are satisfied.
_BANDS: Mapping[str, tuple[tuple[int, str], ...]] = {
    "nps": ((9, "promoter"), (7, "passive"), (0, "detractor")),
    "csat": ((4, "satisfied"), (3, "neutral"), (1, "dissatisfied")),
}


class Option(Definition):
    """One answer to choose from; `points` count in a quiz."""

    label: str
    points: int | None = None


def _option(value: Any) -> Any:
    """`乾性`, or a block."""
    return {"label": value} if isinstance(value, str) else value


OptionField = Annotated[Option, BeforeValidator(_option)]


class Question(Definition):
    """Exactly one of nps (0–10), csat (1–5), choice, quiz (a choice with points), text (in her own words), with what
    she is asked. `into`: the attribute that keeps the answer; `tags`: by band or option. `labels`: the words on the
    five buttons of csat; `skip`: those on the button that passes a text question by."""

    nps: str | None = None
    csat: str | None = None
    choice: str | None = None
    quiz: str | None = None
    text: str | None = None
    options: dict[Name, OptionField] = Field(default_factory=dict[Name, Option])
    labels: tuple[str, ...] = ()
    skip: str | None = None
    into: Name | None = None
    tags: dict[Name, GrantField] = Field(default_factory=dict[Name, TagGrant])

    @property
    def kinds(self) -> tuple[QuestionKind, ...]:
        """What is written; checked to be exactly one."""
        return tuple(kind for kind in KINDS if getattr(self, kind) is not None)

    @property
    def kind(self) -> QuestionKind:
        written = self.kinds
        return written[0] if written else "text"

    @property
    def wording(self) -> str:
        """What she is asked."""
        return str(getattr(self, self.kind) or "")

    @property
    def scores(self) -> tuple[int, ...]:
        """The scores there are; none of a choice or a text."""
        if self.kind not in _RANGES:
            return ()
        low, high = _RANGES[self.kind]
        return tuple(range(low, high + 1))

    @property
    def has_score(self) -> bool:
        return self.kind in ("nps", "csat", "quiz")

    @property
    def bands(self) -> tuple[str, ...]:
        """What `tags` may name: the bands of a score, or the options."""
        return tuple(name for _, name in _BANDS[self.kind]) if self.kind in _BANDS else tuple(self.options)

    @property
    def answers(self) -> tuple[str, ...]:
        """The answers to choose from, as a story or an attribute has them; none of a text."""
        return tuple(str(score) for score in self.scores) or tuple(self.options)

    @property
    def buttons(self) -> dict[str, str]:
        """The quick replies below it: the words by the button's name."""
        if self.scores:
            labels = self.labels or tuple(map(str, self.scores))
            return {f"{_SCORE}{score}": label for score, label in zip(self.scores, labels, strict=False)}
        if self.kind == "text":
            return {SKIP: self.skip} if self.skip else {}
        return {name: option.label for name, option in self.options.items()}


class Band(Definition):
    """What a quiz's points come to, from `from` on: a tag, attributes, a message of its own as thanks."""

    from_: int = Field(alias="from")
    title: str = ""
    tag: GrantField | None = None
    set: dict[Name, str] = Field(default_factory=dict)
    thanks: Name | None = None


class Survey(Definition):
    """`journeys/surveys/NAME.yaml`. Question two comes when one is answered; `thanks` when all are, free of charge.

    `cool_down`: a member is asked at most once in that time, over all journeys. `expires`: so long after a question
    was sent an answer to it counts.
    """

    survey: Name
    title: str
    topic: Topic = "service"
    questions: dict[Name, Question] = Field(min_length=1)
    bands: dict[Name, Band] = Field(default_factory=dict[Name, Band])
    thanks: Name | None = None
    cool_down: DurationField | None = None
    expires: DurationField = Duration(30, "day")

    @property
    def first(self) -> str:
        """The message that asks the first question: who got it, was asked."""
        return self.asked_by(next(iter(self.questions)))

    def asked_by(self, question: str) -> str:
        """The name of the message that asks a question."""
        return f"{self.survey}_{question}"

    def band(self, total: int) -> str | None:
        """The band that so many points come to."""
        reached = [(band.from_, name) for name, band in self.bands.items() if band.from_ <= total]
        return max(reached)[1] if reached else None


@dataclass(frozen=True, slots=True)
class Given:
    """An answer: `text` as she gave it, `score` if it is worth one, `band` it falls into. What is none of the answers
    there are (11 of 10) is no answer: `counts` is False."""

    text: str
    score: int | None = None
    band: str | None = None
    counts: bool = True


def button_for(question: Question, answer: str) -> str | None:
    """The button that says so: its own name, or the score on it (`9`); None if there is none."""
    return next((name for name in (answer, f"{_SCORE}{answer}") if name in question.buttons), None)


def tapped(question: Question, button: str) -> Given | None:
    """What the tap on a button answers; None if the question has no such button."""
    if button not in question.buttons:
        return None
    if question.kind == "text":
        return Given("")
    if question.scores:
        return _scored(question, int(button.removeprefix(_SCORE)), button.removeprefix(_SCORE))
    return Given(button, question.options[button].points, button)


def written(question: Question, words: str) -> Given | None:
    """What her own words answer (`9`, `９分`, the words on a button); None if they say nothing about the question."""
    if question.kind == "text":
        return Given(words.strip()) if words.strip() else None
    said = plain(words)
    button = next((name for name, label in question.buttons.items() if plain(label) == said), None)
    if button is not None:
        return tapped(question, button)
    number = _NUMBER.fullmatch(said)
    return _scored(question, int(number[1]), words.strip()) if number and question.scores else None


def _scored(question: Question, score: int, text: str) -> Given:
    if score not in question.scores:
        return Given(text, counts=False)
    band = next(name for least, name in _BANDS[question.kind] if score >= least)
    return Given(text, score, band)
