"""The names that exist in a project, and the sentence about one that does not; knows nothing of conditions or steps."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from journey_engine.language.catalog import BUILT_IN_EVENTS, Endpoint, Schema, ValueType
from journey_engine.language.checks.links import links_of
from journey_engine.language.durations import Duration
from journey_engine.language.gather import Gathered, once
from journey_engine.language.places import Page, Path, Problem, texts_at
from journey_engine.language.survey import Survey
from journey_engine.language.words import NOTHING, Words, near

# A word at which a condition begins with another meaning than a name (conditions.lark).
RESERVED = frozenset(
    {
        "no",
        "not",
        "sum",
        "days",
        "message",
        "tag",
        "stage",
        "in",
        "finished",
        "entry",
        "is",
        "top",
        "rfm",
        "any",
        "score",
        "persona",
    }
)

Sentence = tuple[Words, Words]

_NOUNS = {
    "attribute": "屬性",
    "event": "事件",
    "property": "事件屬性",
    "segment": "分群",
    "message": "訊息",
    "journey": "旅程",
    "stage": "階段",
    "step": "步驟",
    "arm": "分流",
    "button": "按鈕",
    "link": "連結",
    "endpoint": "外部系統",
    "coupon": "折價券",
    "rule": "回覆規則",
    "survey": "問卷",
    "question": "問卷題目",
    "band": "答案",
    "source": "來源",
    "score": "分數",
    "persona": "人物誌",
}


@dataclass(frozen=True)
class Names:
    """What exists, by kind. None: the file that would say so could not be read, so nothing is held against it."""

    schema: Schema | None
    attributes: frozenset[str] | None
    events: frozenset[str] | None
    stages: frozenset[str] | None
    segments: frozenset[str]
    messages: frozenset[str]
    journeys: frozenset[str]
    tags: frozenset[str] | None
    endpoints: Mapping[str, Endpoint] | None = None
    coupons: frozenset[str] = frozenset()
    replies: frozenset[str] | None = None  # rules of replies.yaml
    surveys: Mapping[str, Survey | None] = field(default_factory=dict[str, Survey | None])  # None: cannot be read fully
    scores: frozenset[str] | None = None
    personas: frozenset[str] | None = None
    links: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])  # what opens, by message
    kept: Duration | None = None  # how long events are kept; None: for ever, as far as is known
    # What events that let members in bring, by the name of the property; None for a type that is told in two ways.
    brought: Mapping[str, ValueType | None] | None = None

    def properties_of(self, event: str) -> dict[str, ValueType] | None:
        """The properties of an event that exists; None where nothing can be said about them."""
        if self.schema is None and event not in BUILT_IN_EVENTS:
            return None
        if event == "answered":
            return self._answers()
        return dict(BUILT_IN_EVENTS[event]) if self.schema is None else self.schema.properties_of(event)

    def _answers(self) -> dict[str, ValueType] | None:
        """What any endpoint may answer, beside what every answer has."""
        if self.endpoints is None:
            return None
        told = [answers for endpoint in self.endpoints.values() for answers in endpoint.answers.items()]
        return {**dict(told), **BUILT_IN_EVENTS["answered"]}


@dataclass(frozen=True)
class Spot:
    """Where a condition stands. `entry`: the properties of the event that lets members in; None: nothing is known of
    it. `has_entry` is False outside journeys, where `since entry` means nothing. `key`: the property the journey is
    entered per. `is_watched`: somebody must notice when the truth changes (leave, goal)."""

    page: Page
    path: Path
    names: Names
    taps: Mapping[str, frozenset[str]]
    entry: Mapping[str, ValueType] | None = None
    has_entry: bool = True
    key: str | None = None
    is_watched: bool = False

    def below(self, *steps: str | int) -> Spot:
        """The same, further down the file."""
        return replace(self, path=(*self.path, *steps))

    def wrong(self, column: int, sentence: Sentence) -> Problem:
        """A problem with what stands in column `column` of the condition's text."""
        return self.page.problem(self.path, *sentence, column=column)


@once
def names_of(found: Gathered) -> Names:
    """All names of the project; a file that cannot be read still lends its name."""
    journeys = frozenset(found.files.get("journeys", ()))
    return Names(
        schema=found.schema.value if found.schema else None,
        attributes=found.written.get("attributes"),
        events=found.written["events"] | set(BUILT_IN_EVENTS) if "events" in found.written else None,
        stages=_stages(found),
        segments=frozenset(found.files.get("segments", ())),
        messages=frozenset(found.files.get("messages", ())),
        journeys=journeys,
        tags=None
        if len(found.journeys) < len(journeys) or found.files.get("messages", set()) - found.asked - set(found.messages)
        else frozenset(_granted(found)) | _fading(found),
        endpoints=_endpoints(found),
        coupons=frozenset(found.files.get("coupons", ())),
        links=links_of(found),
        brought=_brought(found),
        replies=_replies(found),
        surveys=_surveys(found),
        kept=found.policy.value.retention.events if found.policy else None,
        scores=found.written.get("scores"),
        personas=_personas(found),
    )


def _surveys(found: Gathered) -> Mapping[str, Survey | None]:
    whole = {name: kept.value for name, kept in found.surveys.items() if not kept.page.is_damaged()}
    return {name: whole.get(name) for name in found.files.get("surveys", ())}


def _brought(found: Gathered) -> Mapping[str, ValueType | None] | None:
    """Nothing is known of it while an event cannot be read, or another system lets members in with what it likes."""
    free = any(kept.value.enter.by or kept.page.is_damaged(("enter",)) for kept in found.journeys.values())
    if found.schema is None or free or found.schema.page.is_damaged(("events",)):
        return None
    schema: Schema = found.schema.value
    brought: dict[str, ValueType | None] = {"date": "date"}  # of a trigger by date
    for event in (*BUILT_IN_EVENTS, *schema.events):
        for name, kind in (schema.properties_of(event) or {}).items():
            brought[name] = kind if brought.get(name, kind) == kind else None
    return brought


def _stages(found: Gathered) -> frozenset[str] | None:
    if found.stages is None or found.stages.page.is_damaged():
        return None
    return frozenset(stage.stage for stage in found.stages.value.stages)


def _endpoints(found: Gathered) -> Mapping[str, Endpoint] | None:
    if (
        found.policy is None
        or found.policy.page.has_lost((), "endpoints")
        or found.policy.page.is_damaged(("endpoints",))
    ):
        return None
    return found.policy.value.endpoints


def _replies(found: Gathered) -> frozenset[str] | None:
    """None while replies.yaml cannot be read fully."""
    if found.replies is None:
        return frozenset() if not (found.folder / "replies.yaml").exists() else None
    return None if found.replies.page.is_damaged() else frozenset(found.replies.value.rules)


def _personas(found: Gathered) -> frozenset[str] | None:
    """None while personas.yaml cannot be read fully."""
    if found.personas is None:
        return frozenset() if not (found.folder / "personas.yaml").exists() else None
    return None if found.personas.page.is_damaged() else frozenset(p.persona for p in found.personas.value.personas)


def _granted(found: Gathered) -> Iterator[str]:
    """The tags that are written after `tag:` in any journey, message or rule, be the step itself readable or not."""
    rules = [found.replies] if found.replies else []
    for kept in [*found.journeys.values(), *found.messages.values(), *found.surveys.values(), *rules]:
        for text in texts_at(kept.original.root, "tag"):
            yield from text.split()[:1]
    for kept in found.surveys.values():
        survey: Survey = kept.value
        yield from (grant.tag for question in survey.questions.values() for grant in question.tags.values())


def _fading(found: Gathered) -> frozenset[str]:
    """The tags that the schema says something about; imports and operators may give them too."""
    return frozenset(found.schema.value.tags) if found.schema else frozenset()


def known_problems(noun: str, word: str, known: Collection[str] | None, column: int, at: Spot) -> Iterator[Problem]:
    """A problem if `word` is not among the `known` (None: nothing is held against it)."""
    if known is not None and word not in known:
        yield at.wrong(column, unknown(noun, word, known))


def unknown(noun: str, word: str, known: Collection[str]) -> Sentence:
    """“segment “employee” does not exist. Near: employees.”"""
    what = Words(f"{_NOUNS[noun]}「{word}」不存在。", f"{noun} “{word}” does not exist.")
    likely = near(word, known)
    if likely:
        return what, Words(f"相近的有：{'、'.join(likely)}。", f"Near: {', '.join(likely)}.")
    if 0 < len(known) <= 30:
        every = sorted(known)
        return what, Words(f"已有的是：{'、'.join(every)}。", f"There are: {', '.join(every)}.")
    return what, NOTHING


def tag_nobody_gives(word: str, tags: Collection[str]) -> Sentence:
    """The sentence about a tag that no step of any journey gives."""
    near = unknown("step", word, tags)[1]
    return Words(f"沒有任何旅程會貼上標籤「{word}」。", f"No journey ever gives the tag “{word}”."), near
