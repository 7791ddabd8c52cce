"""What an answer to a survey is called: survey, question and what was answered, in words; it reads no answer."""

from __future__ import annotations

from journey_engine.language import conditions as c
from journey_engine.language.words import Words
from journey_engine.saying.titles import Titles
from journey_engine.saying.values import asked_of, joined

BANDS = {
    "promoter": Words("推薦者", "promoter"),
    "passive": Words("中立者", "passive"),
    "detractor": Words("批評者", "detractor"),
    "satisfied": Words("滿意", "satisfied"),
    "neutral": Words("普通", "neutral"),
    "dissatisfied": Words("不滿意", "dissatisfied"),
}


def answered(query: c.EventQuery, titles: Titles) -> Words | None:
    """`對「滿意度」recommend 的回答（推薦者）`, `對問卷「滿意度」全部的回答`; None: something else is asked."""
    where = query.where
    parts = where.parts if isinstance(where, c.All) else (where,) if where is not None else ()
    asked = {part.name: part.test for part in parts if isinstance(part, c.Property)}
    survey = titles.survey(query.of or "")
    if asked == {"done": c.Compare("=", "yes")} and len(parts) == 1:
        return Words(f"對問卷{survey.zh}全部的回答", f"a full set of answers to {survey.en}")
    match asked.pop("question", None):
        case c.Compare("=", str() as name) if set(asked) <= {"band", "score"}:
            about = [_is(test) if word == "band" else _scored(test) for word, test in asked.items()]
            said = joined(about, "，", ", ")
            more = Words(f"（{said.zh}）", f" ({said.en})") if about else said
            return Words(f"對{survey.zh}{name} 的回答{more.zh}", f"an answer to “{name}” of {survey.en}{more.en}")
        case _:
            return None


def named(band: str) -> Words:
    """A band, or the option of a choice as it is called."""
    return BANDS.get(band, Words(band, band))


def _is(test: c.Test) -> Words:
    match test:
        case c.Compare("=", str() as band):
            return named(band)
        case _:
            return asked_of(test)


def _scored(test: c.Test) -> Words:
    said = asked_of(test)
    return Words(f"{said.zh} 分", f"score {said.en}")
