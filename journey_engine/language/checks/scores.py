"""Whether the scores of schema.yaml and personas.yaml can be worked out; it works none of them out itself."""

from __future__ import annotations

from collections.abc import Iterator

from journey_engine.language.catalog import Schema
from journey_engine.language.checks.conditions import condition_problems
from journey_engine.language.checks.messages import taps_of
from journey_engine.language.checks.names import Spot, names_of
from journey_engine.language.checks.queries import query_problems
from journey_engine.language.conditions import EventQuery, PersonaIs, Within, leaves
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.persona import Personas
from journey_engine.language.places import Problem
from journey_engine.language.schema import DERIVED_EVENTS
from journey_engine.language.score import ScoreKind
from journey_engine.language.words import NOTHING, Words


def score_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with scores and personas; nothing, if there are none."""
    names, taps = names_of(found), taps_of(found)
    problems: list[Problem] = []
    if found.schema is not None:
        schema: Schema = found.schema.value
        for name, score in schema.scores.items():
            spot = Spot(found.schema.page, ("scores", name), names, taps, has_entry=False)
            problems += _score(score, spot)
    if found.personas is not None:
        problems += _personas(found.personas, Spot(found.personas.page, (), names, taps, has_entry=False))
    return problems


def _score(score: ScoreKind, at: Spot) -> Iterator[Problem]:
    for number, rule in enumerate(score.gives):
        here = at.below("gives", number, "on")
        yield from query_problems(rule.on.query, here)
        if rule.on.query.event in DERIVED_EVENTS:
            yield here.wrong(rule.on.query.column, (_DERIVED, _NAME_WHAT_THEY_DID))
        else:
            yield from _beyond_what_is_kept(score, rule.on.query, here)
    if score.half_life is not None and (score.half_life.is_exact or score.half_life.unit == "month"):
        what = Words("half_life 要寫天或週。", "A half-life is in days or weeks.")
        cure = Words("例如 60 days。", "For example 60 days.")
        yield at.page.problem((*at.path, "half_life"), what, cure)


def _beyond_what_is_kept(score: ScoreKind, query: EventQuery, at: Spot) -> Iterator[Problem]:
    """A score whose events go while they still count for much falls the night they go."""
    kept, window, fades = at.names.kept, query.window, score.half_life
    if kept is None or (isinstance(window, Within) and window.length.longest <= kept.longest):
        return
    if fades is not None and fades.longest * _HALVED <= kept.longest:
        return
    what = Words(
        f"事件只保留 {kept}（policy.yaml 的 retention.events），更早的「{query.event}」刪除的那晚，分數會突然下降。",
        f"Events are kept for {kept} (policy.yaml): the night an older “{query.event}” goes, the score falls.",
    )
    cure = Words(
        f"請寫 half_life（{kept} 的四分之一以內），或把 retention.events 拉長。",
        f"Give it a half_life of a quarter of {kept} at most, or let retention keep events longer.",
    )
    yield at.page.problem(at.path, what, cure, column=query.column, severity="warning")


_HALVED = 4  # so often: then an event counts for less than a fifteenth
_DERIVED = Words(
    "這是更新分群、階段或旅程時才寫下的事，不能用來計分。",
    "This is written by refreshes and journeys, and is not what a member did.",
)
_NAME_WHAT_THEY_DID = Words("請改用會員做的事，例如 purchase 或 click。", "Count what they do: purchase, click.")


def _personas(kept: Kept, at: Spot) -> Iterator[Problem]:
    personas: Personas = kept.value
    seen: set[str] = set()
    for number, one in enumerate(personas.personas):
        here = ("personas", number)
        if one.persona in seen:
            what = Words(f"人物誌「{one.persona}」寫了兩次。", f"Persona “{one.persona}” stands twice.")
            yield kept.page.problem((*here, "persona"), what)
        seen.add(one.persona)
        spot = at.below(*here, "if")
        yield from condition_problems(one.if_.condition, spot)
        for leaf in leaves(one.if_.condition):
            if isinstance(leaf, PersonaIs):
                yield spot.wrong(leaf.column, (_OF_PERSONAS, NOTHING))


_OF_PERSONAS = Words(
    "人物誌不能用別的人物誌來定義；請寫出條件，或做成分群。",
    "A persona cannot rest on personas: write the condition, or make a segment of it.",
)
