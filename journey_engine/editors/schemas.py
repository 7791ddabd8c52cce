"""The JSON Schema of each kind of file, with the names this project declares; it writes no file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, get_args

from journey_engine.editors.shapes import EVENT, GRANT, NAME, RULE, TEXT, Shape, Special, Walker
from journey_engine.language.catalog import Policy, Segment, Stages
from journey_engine.language.coupon import Coupon
from journey_engine.language.feed import Feed
from journey_engine.language.graph import all_steps
from journey_engine.language.journey import VERBS, Arm, FirstOf, Journey, Otherwise, StepField, Wait, WaitField
from journey_engine.language.message import FORMS, Message, SaidField, taps_in
from journey_engine.language.persona import Personas
from journey_engine.language.project import Project
from journey_engine.language.reply import Replies
from journey_engine.language.scenario import Scenario
from journey_engine.language.schema import BUILT_IN_EVENTS, Schema
from journey_engine.language.survey import Option, OptionField, Survey
from journey_engine.language.triggers import TRIGGERS, Enter
from journey_engine.language.verbs import DateOf, Tag, Window
from journey_engine.language.written import Definition, EventField, GrantField, RuleField

# Where the schema of each kind lies below the project's folder of journeys.
KINDS: Mapping[str, type[Definition]] = {
    "journey": Journey,
    "message": Message,
    "segment": Segment,
    "stages": Stages,
    "schema": Schema,
    "policy": Policy,
    "feed": Feed,
    "coupon": Coupon,
    "survey": Survey,
    "replies": Replies,
    "personas": Personas,
    "scenario": Scenario,
}
DRAFT = "http://json-schema.org/draft-07/schema#"
VERB_HELP = {
    "send": "傳送一則訊息（journeys/messages 裡的名稱）",
    "wait": "等候：一段時間、時刻、時段、日期，或第一件發生的事",
    "branch": "分流：由上往下，走第一個符合的；最後要有 otherwise",
    "split": "隨機分組，比例加起來是 100%",
    "tag": "貼上標籤，例如 vip 或 skincare +1 for 90 days",
    "untag": "撕下標籤",
    "set": "設定會員屬性",
    "call": "呼叫外部系統（policy.yaml 的 endpoints）",
    "survey": "問卷：一題一題問（journeys/surveys 裡的名稱），等到答完",
    "hand_off": "轉給專人處理",
    "go_to": "轉進另一個旅程，這個旅程到此結束",
    "stop": "到此結束，寫下原因",
}
TRIGGER_HELP = {
    "on": "某件事發生的當下，可加 where",
    "joins": "進入某個分群時",
    "every": "固定時間，給當時在分群裡的所有人",
    "at": "一次性的精準推播",
    "date": "會員自己的日子，例如生日前三天",
    "stage": "進入某個生命週期階段時",
    "after": "走完另一個旅程時",
    "by": "其他系統透過 API 送進來",
}


def schema(kind: str, project: Project) -> Shape:
    """The JSON Schema (draft 7) of one of KINDS; names of the project are completed, and others refused."""
    names = _Names(project)
    walker = Walker(_special(names), names.refers())
    root = walker.model(KINDS[kind])
    title = f"{kind} — written by `journeys schema`; run it again when names change"
    return {"$schema": DRAFT, "title": title, **root, "definitions": walker.definitions}


class _Names:
    """The names of one project, as shapes."""

    def __init__(self, project: Project) -> None:
        self._project = project
        tags = {
            step.tag.tag for one in project.journeys.values() for _, step in all_steps(one) if isinstance(step, Tag)
        }
        asked = [question for one in project.surveys.values() for question in one.questions.values()]
        tags |= {grant.tag for question in asked for grant in question.tags.values()}
        tags |= {band.tag.tag for one in project.surveys.values() for band in one.bands.values() if band.tag}
        tags |= {tap.tag.tag for one in project.messages.values() for tap in taps_in(one) if tap.tag}
        self.tags = sorted(tags | set(project.schema_.tags))
        self.events = sorted({*project.schema_.events, *BUILT_IN_EVENTS})
        self.dates = sorted(name for name, kind in project.schema_.attributes.items() if kind.type == "date")

    def refers(self) -> dict[tuple[str, str], Shape]:
        """The shapes of fields that name something, by model and word."""
        project = self._project
        messages, segments = _one_of(project.messages), _one_of(project.segments)
        journeys, stages = _one_of(project.journeys), _one_of(stage.stage for stage in project.stages.stages)
        attributes = _one_of(project.schema_.attributes)
        dates = _one_of(self.dates)
        property_ = {"type": "string", "pattern": "^entry\\.[a-z][a-z0-9_]*$"}
        return {
            ("Send", "send"): messages,
            ("Enter", "joins"): segments,
            ("Enter", "stage"): stages,
            ("Enter", "after"): journeys,
            ("Journey", "stage"): stages,
            ("GoTo", "go_to"): journeys,
            ("Repeating", "of"): segments,
            ("OneOff", "to"): segments,
            ("AskSurvey", "survey"): _one_of(project.surveys),
            ("Question", "into"): attributes,
            ("Survey", "thanks"): messages,
            ("Band", "thanks"): messages,
            ("Untag", "untag"): _one_of(self.tags),
            ("Dated", "of"): dates,
            ("DateOf", "date"): {"anyOf": [dates, property_]},
            ("Call", "call"): _one_of(project.policy.endpoints),
            ("Set", "set"): {
                "type": "object",
                "minProperties": 1,
                "propertyNames": attributes,
                "additionalProperties": TEXT,
            },
            ("RfmKind", "event"): _one_of(project.schema_.events),
            ("BringsEvent", "event"): _one_of(project.schema_.events),
            ("Scenario", "journey"): journeys,
            **{(model, word): messages for model in ("Reply", "Answering") for word in ("answer", "closed")},
            **{(model, "enter"): journeys for model in ("Reply", "Answering")},
        }

    def rule(self) -> Shape:
        """A condition, with some that could be written here as examples."""
        segments = [f"in segment {name}" for name in sorted(self._project.segments)]
        tags = [f"tag {name}" for name in self.tags]
        events = [f"{name} since entry" for name in sorted(self._project.schema_.events)]
        return {**RULE, "examples": [*segments, *tags, *events]}

    def event(self) -> Shape:
        """An event pattern: one of the events there are, with what may follow."""
        clicks = [f"click of {name}" for name in sorted(self._project.messages)]
        return {**EVENT, "pattern": f"^\\s*({'|'.join(self.events)})\\b", "examples": [*self.events, *clicks]}

    def grant(self) -> Shape:
        return {**GRANT, "examples": [*self.tags, "vip +1 for 90 days"]}


def _one_of(names: Iterable[str]) -> Shape:
    """One of the declared names; while none is declared, any."""
    known = sorted(names)
    return {"enum": known} if known else NAME


# ---- what models read in a way of their own -----------------------------------------------------------------------
def _special(names: _Names) -> Special:
    def reader(alias: Any) -> Any:
        return get_args(alias)[1]

    return {
        Enter: _enter,
        Wait: _wait_step,
        Arm: _arm,
        reader(StepField): _step,
        reader(WaitField): _wait,
        reader(SaidField): lambda walker: {"anyOf": [walker.model(form) for form in FORMS.values()]},
        reader(OptionField): lambda walker: {"anyOf": [TEXT, walker.model(Option)]},
        reader(RuleField): lambda _: names.rule(),
        reader(EventField): lambda _: names.event(),
        reader(GrantField): lambda _: names.grant(),
    }


def _enter(walker: Walker) -> Shape:
    """Exactly one trigger."""
    shape = walker.block(Enter)
    for word, help_ in TRIGGER_HELP.items():
        shape["properties"][word] = _described(shape["properties"][word], help_)
    return {**shape, "oneOf": [{"required": [word]} for word in TRIGGERS]}


def _step(walker: Walker) -> Shape:
    """One of the verbs: the one that is written says what else may stand there."""
    if "Step" not in walker.definitions:
        walker.definitions["Step"] = {}
        for kind in VERBS.values():
            walker.model(kind)
        for verb, kind in VERBS.items():
            properties = walker.definitions[kind.__name__]["properties"]
            properties[verb] = _described(properties[verb], VERB_HELP[verb])
        walker.definitions["Step"] = {"anyOf": [walker.model(kind) for kind in VERBS.values()]}
    return {"$ref": "#/definitions/Step"}


def _described(shape: Shape, help_: str) -> Shape:
    """Beside a reference nothing counts in this draft, so that goes one level down."""
    return {"description": help_, "allOf": [shape]} if "$ref" in shape else {**shape, "description": help_}


_BESIDE = ("at_most", "otherwise", "on", "do", "count")


def _wait_step(walker: Walker) -> Shape:
    return walker.block(Wait)


def _wait(walker: Walker) -> Shape:
    """A text, or a block; what may stand beside `wait` may stand in the block too."""
    blocks: list[Shape] = []
    for kind in (Window, DateOf, FirstOf):
        shape = walker.block(kind)
        beside = {word: walker.shape(*_field(word)) for word in _BESIDE}
        blocks.append({**shape, "properties": {**shape["properties"], **beside}})
    length, clock = walker.shape(*_field("at_most")), walker.shape(*_field("until"))
    return {"anyOf": [length, clock, *blocks]}


def _field(word: str) -> tuple[Any, list[Any]]:
    field = Wait.model_fields[word]
    return field.annotation, field.metadata


def _arm(walker: Walker) -> Shape:
    """`if` and `do`; or `otherwise` with `do` beside it or below it."""
    shape = walker.block(Arm)
    mark = {"anyOf": [shape["properties"]["otherwise"], walker.model(Otherwise)]}
    properties = {**shape["properties"], "otherwise": mark}
    return {**shape, "properties": properties, "oneOf": [{"required": ["if"]}, {"required": ["otherwise"]}]}
