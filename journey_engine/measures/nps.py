"""Answers to surveys as figures: NPS and CSAT with their intervals, by month and by segment; it asks nobody.

An answer is an event `answer` of a survey with its question, kind and score. Each member counts once in what is told:
by her last answer of that time. A score outside the scale is no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from sqlalchemy import Connection, text

from journey_engine.language.project import Project
from journey_engine.measures import proportions
from journey_engine.measures.proportions import Interval
from journey_engine.measures.rates import FEW, Rate, rate
from journey_engine.measures.spans import Span
from journey_engine.store.tables.people import alive, members

Kind = Literal["nps", "csat"]


@dataclass(frozen=True, slots=True)
class Nps:
    """Promoters 9 and 10, passives 7 and 8, detractors 0 to 6; `nps` from -100 to 100 with its 95 % interval,
    which is None where nobody, or all in one way, answered."""

    promoters: int
    passives: int
    detractors: int
    nps: float | None
    interval: Interval | None

    @property
    def answers(self) -> int:
        """Members with an answer."""
        return self.promoters + self.passives + self.detractors

    @property
    def is_small(self) -> bool:
        """Whether so few answered that it says little."""
        return self.answers < FEW


@dataclass(frozen=True, slots=True)
class Csat:
    """Answers from 1 to 5: the mean, how many gave each, and the share of 4 and 5 with its interval."""

    scores: tuple[int, int, int, int, int]
    mean: float | None
    satisfied: Rate


@dataclass(frozen=True, slots=True)
class Part:
    """The figure of a part of the members: of those who answered in a month, or who are in a segment or stage now."""

    name: str
    figure: Nps | Csat


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of one survey in a span, in all and by parts."""

    survey: str
    question: str
    kind: Kind
    figure: Nps | Csat
    months: tuple[Part, ...]
    segments: tuple[Part, ...]
    stages: tuple[Part, ...]


Scores = Mapping[int, int]  # how many members gave each score


def asked(conn: Connection, project: Project, now: datetime, within: Span) -> tuple[Asked, ...]:
    """Every NPS and CSAT question with an answer in the span, by survey and question."""
    zone = project.policy.zone
    span = {"since": within.since, "until": within.until, "now": now, "zone": zone}
    found: dict[tuple[str, str, Kind], dict[tuple[str, str], dict[int, int]]] = {}
    for row in conn.execute(_ANSWERS, span):
        parts = found.setdefault((row.survey, row.question, row.kind), {})
        parts.setdefault((row.kind_of_part, row.part), {})[row.score] = row.members
    return tuple(_asked(*key, parts) for key, parts in sorted(found.items()))


def _asked(survey: str, question: str, kind: Kind, parts: Mapping[tuple[str, str], Scores]) -> Asked:
    def of(wanted: str) -> tuple[Part, ...]:
        return tuple(
            Part(name, figure(kind, parts[of_kind, name])) for of_kind, name in sorted(parts) if of_kind == wanted
        )

    return Asked(survey, question, kind, figure(kind, parts["all", ""]), of("month"), of("segment"), of("stage"))


def figure(kind: Kind, scores: Scores) -> Nps | Csat:
    """The figure of so many members by score."""
    match kind:
        case "nps":
            return _nps(scores)
        case "csat":
            return _csat(scores)
        case _:
            assert_never(kind)


def _nps(scores: Scores) -> Nps:
    promoters = sum(members for score, members in scores.items() if score >= 9)
    passives = sum(members for score, members in scores.items() if 7 <= score <= 8)
    detractors = sum(members for score, members in scores.items() if score <= 6)
    answers = promoters + passives + detractors
    if not answers:
        return Nps(0, 0, 0, None, None)
    interval = proportions.mean_interval({100: promoters, 0: passives, -100: detractors})
    shown = None if interval is None else (max(-100.0, interval[0]), min(100.0, interval[1]))
    return Nps(promoters, passives, detractors, 100 * (promoters - detractors) / answers, shown)


def _csat(scores: Scores) -> Csat:
    each = (scores.get(1, 0), scores.get(2, 0), scores.get(3, 0), scores.get(4, 0), scores.get(5, 0))
    answers = sum(each)
    mean = sum(score * members for score, members in enumerate(each, 1)) / answers if answers else None
    return Csat(each, mean, rate(each[3] + each[4], answers))


# Of each member the last answer that is one: of the whole span, and of each local month of it.
_ANSWERS = text(f"""
with given as (
    select e.id, e.member_id, e.at, e."of" as survey, e.properties ->> 'question' as question,
           e.properties ->> 'kind' as kind, cast(e.value as int) as score,
           to_char(e.at at time zone :zone, 'YYYY-MM') as month
    from events e join members m on m.id = e.member_id
    where e.name = 'answer' and e.at >= :since and e.at < :until and e.at <= :now and {alive(members.alias("m"))}
      and e."of" is not null and e.properties ? 'question' and e.value = trunc(e.value)
      and (e.properties ->> 'kind' = 'nps' and e.value between 0 and 10
           or e.properties ->> 'kind' = 'csat' and e.value between 1 and 5)
), last as (
    select distinct on (survey, question, kind, member_id) * from given
    order by survey, question, kind, member_id, at desc, id desc
), of_month as (
    select distinct on (survey, question, kind, month, member_id) * from given
    order by survey, question, kind, month, member_id, at desc, id desc
), parts as (
    select survey, question, kind, score, 'all' as kind_of_part, '' as part from last
    union all select survey, question, kind, score, 'month', month from of_month
    union all select l.survey, l.question, l.kind, l.score, 'segment', s.segment
    from last l join segment_members s on s.member_id = l.member_id and s.left_at is null
    union all select l.survey, l.question, l.kind, l.score, 'stage', s.stage
    from last l join stages s on s.member_id = l.member_id and s.left_at is null
)
select survey, question, kind, kind_of_part, part, score, count(*) as members from parts
group by survey, question, kind, kind_of_part, part, score
""")
