"""Whether what a story tells of is there: a message, a survey, a question; it looks at no expectation."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from journey_engine.language.checks.names import Names, unknown
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.scenario import Happening
from journey_engine.language.schema import EVENTS_OF_A_COUPON, EVENTS_OF_A_MESSAGE, EVENTS_OF_A_SURVEY
from journey_engine.language.survey import button_for, written
from journey_engine.language.words import Words


def about_problems(moment: Happening, page: Page, path: Path, names: Names) -> Iterator[Problem]:
    """Whether what the event is `of` exists."""
    if moment.of is None:
        return
    if moment.happens in EVENTS_OF_A_MESSAGE:
        yield from known("message", moment.of, names.messages, page, (*path, "of"))
    elif moment.happens in EVENTS_OF_A_COUPON:
        yield from known("coupon", moment.of, names.coupons, page, (*path, "of"))
    elif moment.happens in EVENTS_OF_A_SURVEY:
        yield from known("survey", moment.of, names.surveys, page, (*path, "of"))
    elif moment.happens in ("go_to", "enter"):
        yield from known("journey", moment.of, names.journeys, page, (*path, "of"))
    else:
        what = Words(f"「{moment.happens}」不能接 of。", f"“{moment.happens}” is not of a message.")
        yield page.problem((*path, "of"), what, key=True)


def answer_problems(moment: Happening, page: Page, path: Path, names: Names) -> Iterator[Problem]:
    """Whether the questions are asked by surveys, and answered with something."""
    asked = {
        survey.asked_by(name): question
        for survey in names.surveys.values()
        if survey is not None
        for name, question in survey.questions.items()
    }
    for message, words in moment.answers.items():
        if message not in asked and None not in names.surveys.values():
            yield page.problem((*path, "answers", message), *unknown("question", message, asked), key=True)
        elif message in asked and button_for(asked[message], words) is None and written(asked[message], words) is None:
            what = Words(f"「{words}」不是這一題的答案。", f"“{words}” is no answer to this question.")
            cure = unknown("band", words, asked[message].answers)[1]
            yield page.problem((*path, "answers", message), what, cure)


def known(noun: str, word: str, known: Collection[str], page: Page, path: Path) -> Iterator[Problem]:
    """A problem if the word is not among the known."""
    if word not in known:
        yield page.problem(path, *unknown(noun, word, known))
