"""Parts of a condition about what a member carries: tags, scores, segments, stages, personas; says what is asked."""

from __future__ import annotations

from dataclasses import dataclass, field

from journey_engine.language.terms import Between, Compare


@dataclass(frozen=True, slots=True)
class HasTag:
    tag: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TagStrength:
    """`tag skincare strength >= 3`: the sum over grants in force; without any the strength is missing.

    With a half-life (schema.yaml), each grant counts strength · 2^(-days / half-life), days being whole local dates
    (business zone) since the grant; the sum is rounded to four decimals, halves away from zero.
    """

    tag: str
    test: Compare | Between
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Score:
    """`score loyalty >= 20`: what her behaviour up to the instant comes to by the rules of schema.yaml; never missing.

    Each event gives the points of its rule, with a half-life points · 2^(-days / half-life), days being whole local
    dates (business zone) since it; a rule gives at most its `at_most` in all. The score is the sum over the rules, at
    least 0 and at most `cap`, rounded to four decimals, halves away from zero. A visit's key does not narrow it.
    """

    score: str
    test: Compare | Between
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class StageIs:
    """As of the last refresh not after the instant asked about."""

    stage: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class InSegment:
    """As of the last refresh not after the instant asked about."""

    segment: str
    column: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class PersonaIs:
    """As of the last refresh not after the instant asked about."""

    persona: str
    column: int = field(default=0, compare=False)
