"""Answers to surveys, found among what members tap and write, with what follows from them; it asks nobody by itself.

What counts is stated here once. A question is asked when LINE took its message, and open for so long as the survey
says (`expires`). Of one asking the first answer to a question counts: the journey went on by it. A tap counts by the
survey as it is now: a button that is gone answers nothing. Words answer the question that was asked last and is open; a
text question takes her next words, unless a rule of replies.yaml hears them. A number outside of the scores is kept as
an answer that is none, and the question is asked once more. With an answer the next open question is asked; with the
last one come the thanks, free of charge or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import Connection, text

from journey_engine.language.project import Project
from journey_engine.language.survey import Given, Survey, tapped, written
from journey_engine.language.written import TagGrant

# Our clock and LINE's may differ, so an answer may seem to be a little older than its question.
_SKEW = timedelta(minutes=1)

_ASKED = text("""
select member_id, "of" as message, max(at) as at from events
where member_id = any(cast(:members as bigint[])) and name in ('accepted', 'unknown') and at > :since
  and "of" = any(cast(:messages as text[]))
group by 1, 2
""")
_ANSWERED = text("""
select member_id, "of" as survey, properties ->> 'question' as question, properties ? 'outside' as outside, value, at
from events
where member_id = any(cast(:members as bigint[])) and name = 'answer' and at > :since
  and "of" = any(cast(:surveys as text[]))
order by at, id
""")
_EVENTS = text("""
insert into events (member_id, name, at, "of", value, properties, source)
select g.member_id, 'answer', g.at, g.survey, g.value, g.properties, 'surveys'
from jsonb_to_recordset(cast(:rows as jsonb)) as g (member_id bigint, at timestamptz, survey text, value numeric,
                                                    properties jsonb, place int)
order by g.place
""")


class Said(NamedTuple):
    """What a member tapped (click, of a message), wrote (message) or sent by a button (postback), and under which key
    of its source it came."""

    id: int
    source: str
    key: str
    member_id: int
    at: datetime
    outcome: str
    of: str | None
    properties: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Follows:
    """What follows from one answer: a message (the next question, this one again, the thanks), tags, attributes.

    `free`: by the reply token or not at all.
    """

    said: Said
    survey: str
    message: str | None = None
    free: bool = False
    tags: tuple[TagGrant, ...] = ()
    values: dict[str, str] = field(default_factory=dict[str, str])


@dataclass(slots=True)
class _Hers:
    """What one member was asked, by message, and what she answered."""

    asked: dict[str, datetime] = field(default_factory=dict[str, datetime])
    answers: list[Any] = field(default_factory=list[Any])

    def to(self, survey: str, question: str, since: datetime) -> list[Any]:
        """Her answers to a question since then, those that are none among them."""
        return [a for a in self.answers if (a.survey, a.question) == (survey, question) and a.at >= since]

    def has_answered(self, survey: str, question: str, since: datetime) -> bool:
        return any(not answer.outside for answer in self.to(survey, question, since))


@dataclass(frozen=True, slots=True)
class _Answer:
    survey: str
    question: str
    outside: bool
    value: Any
    at: datetime


@dataclass(frozen=True, slots=True)
class _Open:
    """A question that waits for an answer, and from when on answers to it count."""

    survey: Survey
    question: str
    since: datetime


def hear(
    connection: Connection, project: Project, said: Sequence[Said], is_claimed: Callable[[Said], bool]
) -> list[Follows]:
    """Write the answers among what was said (in its order) as events; returns what follows from each.

    `is_claimed`: another rule hears these words, so that they are no answer in a member's own words.
    """
    asking = {survey.asked_by(name): (survey, name) for survey in project.surveys.values() for name in survey.questions}
    meant = [row for row in said if row.outcome == "message" or row.of in asking]
    if not asking or not meant:
        return []
    hers = _read(connection, project, meant, tuple(asking))
    told: list[dict[str, Any]] = []
    found: list[Follows] = []
    for row in meant:
        theirs = hers.setdefault(row.member_id, _Hers())
        open_ = _tapped(row, asking, theirs) if row.outcome == "click" else _open(row, asking, theirs)
        given = None if open_ is None else _given(row, open_, is_claimed)
        if open_ is not None and given is not None:
            event, follows = _taken(row, open_, given, theirs)
            told.append({**event, "place": len(told)})
            found.append(follows)
    if told:
        connection.execute(_EVENTS, {"rows": orjson.dumps(told).decode()})
    return found


def _read(
    connection: Connection, project: Project, said: Sequence[Said], messages: tuple[str, ...]
) -> dict[int, _Hers]:
    longest = max(survey.expires.longest * len(survey.questions) for survey in project.surveys.values())
    members = list({row.member_id for row in said})
    asked = {"members": members, "since": min(row.at for row in said) - longest - _SKEW}
    hers = {member: _Hers() for member in members}
    for row in connection.execute(_ASKED, {**asked, "messages": list(messages)}):
        hers[row.member_id].asked[row.message] = row.at
    for row in connection.execute(_ANSWERED, {**asked, "surveys": list(project.surveys)}):
        hers[row.member_id].answers.append(row)
    return hers


# ---- which question it answers --------------------------------------------------------------------------------------
_Asking = dict[str, tuple[Survey, str]]


def _tapped(row: Said, asking: _Asking, hers: _Hers) -> _Open | None:
    """The question whose button was tapped; she could not tap what she never got, so it need not be known as sent."""
    survey, question = asking[row.of or ""]
    asked, lasts = hers.asked.get(row.of or ""), survey.expires.longest
    since = row.at - lasts if asked is None else asked - _SKEW
    is_over = asked is not None and row.at > asked + lasts
    return None if is_over or hers.has_answered(survey.survey, question, since) else _Open(survey, question, since)


def _open(row: Said, asking: _Asking, hers: _Hers) -> _Open | None:
    """The question that was asked last, if it is still open."""
    found = max(_all_open(row, asking, hers), key=lambda each: each[0], default=None)
    return None if found is None else found[1]


def _all_open(row: Said, asking: _Asking, hers: _Hers) -> Iterator[tuple[tuple[datetime, int], _Open]]:
    for place, (message, (survey, question)) in enumerate(asking.items()):
        asked = hers.asked.get(message)
        if asked is None or not asked - _SKEW <= row.at <= asked + survey.expires.longest:
            continue
        if not hers.has_answered(survey.survey, question, asked - _SKEW):
            yield (asked, place), _Open(survey, question, asked - _SKEW)


def _given(row: Said, open_: _Open, is_claimed: Callable[[Said], bool]) -> Given | None:
    question = open_.survey.questions[open_.question]
    if row.outcome == "click":
        return tapped(question, str(row.properties.get("button", "")))
    if question.kind == "text" and is_claimed(row):
        return None
    return written(question, str(row.properties.get("text", "")))


# ---- what follows ---------------------------------------------------------------------------------------------------
def _taken(row: Said, open_: _Open, given: Given, hers: _Hers) -> tuple[dict[str, Any], Follows]:
    """The answer as an event, and what follows from it; `hers` knows of it from now on."""
    survey, name = open_.survey, open_.question
    question = survey.questions[name]
    was_none = len(hers.to(survey.survey, name, open_.since))
    hers.answers.append(_Answer(survey.survey, name, not given.counts, given.score, row.at))
    said: dict[str, Any] = {"question": name, "kind": question.kind, "answer": given.text, "band": given.band}
    event = {"member_id": row.member_id, "at": row.at, "survey": survey.survey, "value": given.score}
    if not given.counts:
        again = survey.asked_by(name) if was_none == 0 else None
        return {**event, "properties": _kept({**said, "outside": "yes"})}, Follows(row, survey.survey, again, free=True)
    said["score"] = None if given.score is None else str(given.score)
    values = {question.into: given.text} if question.into and given.text else {}
    if question.kind == "text":  # words may be unsent: then they leave the attribute, too
        said["into"] = question.into
    tags = tuple(grant for band, grant in question.tags.items() if band == given.band)
    follows, last = _after(row, survey, hers)
    properties = _kept({**said, **last})
    done = Follows(
        row, survey.survey, follows.message, follows.free, (*tags, *follows.tags), {**values, **follows.values}
    )
    return {**event, "properties": properties}, done


def _after(row: Said, survey: Survey, hers: _Hers) -> tuple[Follows, dict[str, str]]:
    """The next question; or, if none is open, the thanks with what a quiz comes to, and what the event then says."""
    begun = hers.asked.get(survey.first)
    since = row.at - survey.expires.longest * len(survey.questions) if begun is None else begun - _SKEW
    following = next((name for name in survey.questions if not hers.has_answered(survey.survey, name, since)), None)
    if following is not None:
        return Follows(row, survey.survey, survey.asked_by(following)), {}
    quizzes = [name for name, question in survey.questions.items() if question.kind == "quiz"]
    points = [answer.value for name in quizzes for answer in hers.to(survey.survey, name, since) if not answer.outside]
    total = sum(int(point) for point in points if point is not None)
    result = survey.band(total) if quizzes else None
    band = survey.bands.get(result or "")
    told = {"done": "yes", **({"total": str(total)} if quizzes else {}), **({"result": result} if result else {})}
    thanks = (band.thanks if band else None) or survey.thanks
    tags = (band.tag,) if band and band.tag else ()
    return Follows(row, survey.survey, thanks, True, tags, dict(band.set) if band else {}), told


def _kept(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value not in (None, "")}
