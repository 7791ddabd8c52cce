"""Surveys put into the words there are: a question is a message with quick replies, a step `survey` sends the first
one and waits for the last answer; it asks nobody.

So a survey is planned, counted, drawn, explained and played as what it is made of. A step `ask` becomes `ask_sent` (the
first question is sent) and `ask` (where members wait), both in `ask_due` where a cool-down or an `if` may pass it by.
The later questions, and the thanks, are sent as she answers (inbox/surveys.py), not by steps.
"""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any

from journey_engine.language.message import Message
from journey_engine.language.places import Listing, Mapping, Page, Place, Scalar, Written, grown, locate
from journey_engine.language.survey import Question, Survey
from journey_engine.language.written import NAME

_BLOCKS = ("steps", "do")
# What may follow the name of a step in the names of those it is made of.
SENT, DUE = "_sent", "_due"


# ---- questions ----------------------------------------------------------------------------------------------------
def message_of(survey: Survey, name: str) -> Message:
    """The message that asks a question."""
    return Message.model_validate(_message(survey, name, survey.questions[name]))


def message_page(page: Page, survey: Survey, name: str) -> Page:
    """The same as it would be written, each text where it stands in the survey's file."""
    question = survey.questions[name]
    here = ("questions", name)
    place = page.place(here, key=True)
    root = grown(_message(survey, name, question), place)
    wording = locate(page.root, (*here, question.kind))[1]
    labels = [
        locate(page.root, (*here, *_label_at(question, n, button)))[1] for n, button in enumerate(question.buttons)
    ]
    says = Listing(place, (Mapping(place, {"text": (place, wording)}),))
    replies = tuple(
        Mapping(place, {"label": (place, label if isinstance(label, Scalar) else grown("", place))}) for label in labels
    )
    entries = root.entries if isinstance(root, Mapping) else {}
    return Page(
        page.file, Mapping(place, {**entries, "say": (place, says), "quick_replies": (place, Listing(place, replies))})
    )


def _label_at(question: Question, number: int, button: str) -> tuple[str | int, ...]:
    if question.options:
        return ("options", button)
    return ("skip",) if question.kind == "text" else ("labels", number)


def _message(survey: Survey, name: str, question: Question) -> dict[str, Any]:
    replies = [{"label": label, "taps": button} for button, label in question.buttons.items()]
    message: dict[str, Any] = {
        "message": survey.asked_by(name),
        "title": survey.title if len(survey.questions) == 1 else f"{survey.title}（{name}）",
        "topic": survey.topic,
        "say": [{"text": question.wording}],
    }
    return {**message, "quick_replies": replies} if replies else message


# ---- steps --------------------------------------------------------------------------------------------------------
def lowered(written: Written, surveys: AnyMapping[str, Survey]) -> Written:
    """The journey as written, with other steps in the place of those that ask; the same value if it asks nothing.

    A step whose survey is not among `surveys` (it does not exist, or cannot be read), or whose name leaves no room for
    those it would be made of, only waits for any answer; `check` tells of it.
    """
    match written:
        case Mapping(entries=entries):
            changed = {
                key: (place, _block(value, surveys) if key in _BLOCKS else lowered(value, surveys))
                for key, (place, value) in entries.items()
            }
            is_same = all(changed[key][1] is entries[key][1] for key in entries)
            return written if is_same else Mapping(written.place, changed, written.lost, written.is_damaged)
        case Listing(items=items):
            new = tuple(lowered(item, surveys) for item in items)
            is_same = all(a is b for a, b in zip(new, items, strict=True))
            return written if is_same else Listing(written.place, new, written.is_short, written.is_damaged)
        case Scalar():
            return written


def asks(step: Written) -> bool:
    """Whether a step as written is one that asks."""
    return isinstance(step, Mapping) and "survey" in step.entries


def _block(written: Written, surveys: AnyMapping[str, Survey]) -> Written:
    below = lowered(written, surveys)
    if not isinstance(below, Mapping) or not any(asks(step) for _, step in below.entries.values()):
        return below
    entries: dict[str, tuple[Place, Written]] = {}
    for name, (place, step) in below.entries.items():
        made = _steps(name, step, surveys) if isinstance(step, Mapping) and asks(step) else {name: step}
        entries.update({each: (place, what) for each, what in made.items()})
    return Mapping(below.place, entries, below.lost, below.is_damaged)


def _steps(name: str, step: Mapping, surveys: AnyMapping[str, Survey]) -> dict[str, Written]:
    place, called = step.entries["survey"]
    survey = surveys.get(called.text) if isinstance(called, Scalar) else None
    beside = {word: step.entries[word] for word in ("at_once",) if word in step.entries}
    if survey is None or NAME.fullmatch(f"{name}{SENT}") is None:
        return {name: _wait(step, "answer", place, beside)}
    wait = _wait(step, f"answer of {survey.survey} where done = 'yes'", place, beside)
    pair: dict[str, Written] = {f"{name}{SENT}": grown({"send": survey.first}, place), name: wait}
    own = {word: step.entries[word] for word in ("if",) if word in step.entries}
    if survey.cool_down is not None:
        again = f"no accepted of {survey.first} within {survey.cool_down}"
        return {f"{name}{DUE}": _branch((place, grown(again, place)), pair, place, {**own, **beside})}
    return {f"{name}{DUE}": _branch(own["if"], pair, place, beside)} if own else pair


def _branch(
    if_: tuple[Place, Written], steps: dict[str, Written], place: Place, beside: dict[str, tuple[Place, Written]]
) -> Mapping:
    """These steps where it holds, else nothing."""
    block = Mapping(place, {name: (place, step) for name, step in steps.items()})
    arm = Mapping(place, {"if": if_, "do": (place, block)})
    other = Mapping(place, {"otherwise": (place, Scalar("", place, ""))})
    return Mapping(place, {"branch": (place, Listing(place, (arm, other))), **beside})


def _wait(step: Mapping, until: str, place: Place, beside: dict[str, tuple[Place, Written]]) -> Mapping:
    exit_: dict[str, tuple[Place, Written]] = {"until": (place, grown(until, place))}
    answered = step.entries.get("answered")
    if answered is not None and isinstance(answered[1], Mapping) and "do" in answered[1].entries:
        exit_["do"] = answered[1].entries["do"]
    first_of = Mapping(place, {"first_of": (place, Listing(place, (Mapping(place, exit_),)))})
    entries: dict[str, tuple[Place, Written]] = {"wait": (place, first_of)}
    entries.update({word: step.entries[word] for word in ("at_most", "otherwise") if word in step.entries})
    return Mapping(step.place, {**entries, **beside})
