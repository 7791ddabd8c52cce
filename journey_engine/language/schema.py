"""`journeys/schema.yaml`: attributes, events, fading tags, RFM and scores that exist, so that names can be checked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from journey_engine.language.score import ScoreKind as ScoreKind
from journey_engine.language.written import Definition, DurationField, Name

ValueType = Literal["text", "number", "date", "time", "money", "list"]

# Events the machine itself writes. `of` names a message (a journey for go_to); properties are what `where` may name.
BUILT_IN_EVENTS: dict[str, dict[str, ValueType]] = {
    "follow": {"source": "text", "unblocked": "text"},  # unblocked = 'yes': LINE says she had blocked the account
    "unfollow": {},
    "message": {"text": "text"},
    "postback": {"data": "text"},
    "video_watched": {"video": "text"},  # to its end; video: the `tracking` of the message
    "beacon": {"beacon": "text", "how": "text"},  # how: enter, or banner (tapped)
    "membership_changed": {"change": "text", "plan": "text"},  # change: joined, left, renewed
    # Of a message: a button that `taps` (`picked`: the day or time it asked for), or, by the words on it, a link;
    # `host` is whose page a link opens.
    "click": {"button": "text", "picked": "text", "link": "text", "host": "text", "step": "text"},
    "came_from": {"source": "text"},  # a friend said the words of a source of replies.yaml
    "reply": {"message": "text"},  # of a rule of replies.yaml: it answered what the member wrote or tapped
    "accepted": {"step": "text"},  # of a message: LINE accepted it
    "skipped": {"step": "text", "reason": "text"},  # of a message: it was not sent, and why
    "unknown": {"step": "text"},  # of a message: nobody knows whether LINE accepted it
    "go_to": {"from": "text"},  # of a journey: a member is handed on
    "joined_segment": {},  # of a segment: a refresh found the member in it
    "left_segment": {},  # of a segment: a refresh found the member gone
    "stage_changed": {"stage": "text", "from": "text"},  # a refresh put the member into another stage
    "finished_journey": {"reason": "text"},  # of a journey: the member came to its end, or to a stop or go_to
    "enter": {},  # of a journey: another system asks to let the member in; its properties are free
    "answered": {"step": "text", "endpoint": "text"},  # a call was answered
    "call_failed": {"step": "text", "endpoint": "text"},  # a call was refused, or given up
    "handed_off": {"team": "text"},
    "handed_back": {"team": "text"},  # people closed what was handed off to them
    # Of a survey: a question was answered; `band`: promoter, satisfied …, of a choice the option. What is none of the
    # answers there are (11 of 10) has no score and is `outside`. The answer that completes it is `done`, of a quiz with
    # the `total` of points and the band they come to (`result`).
    "answer": {
        "question": "text",
        "kind": "text",
        "answer": "text",
        "score": "number",
        "band": "text",
        "outside": "text",
        "done": "text",
        "total": "number",
        "result": "text",
    },
    "redeem": {"code": "text", "value": "number"},  # of a coupon: a code that was given to the member was used
}
EVENTS_OF_A_MESSAGE = frozenset({"click", "accepted", "skipped", "unknown"})
EVENTS_OF_A_REPLY = frozenset({"reply"})
EVENTS_OF_A_CALL = frozenset({"answered", "call_failed"})
EVENTS_OF_A_SEGMENT = frozenset({"joined_segment", "left_segment"})
EVENTS_OF_A_COUPON = frozenset({"redeem"})
EVENTS_OF_A_SURVEY = frozenset({"answer"})
EVENTS_OF_A_JOURNEY = frozenset({"go_to", "enter", "finished_journey"})
# Written only where something in the project names them (`derived_events` in project.py).
DERIVED_EVENTS = EVENTS_OF_A_SEGMENT | {"stage_changed", "finished_journey"}


class AttributeKind(Definition):
    """One attribute of a member; `values` closes the set."""

    type: Literal["text", "number", "date"]
    title: str = ""
    values: tuple[str, ...] | None = None


class EventKind(Definition):
    """One kind of event a feed or shop brings; `value` is its amount, `key` the property that names the order."""

    title: str = ""
    value: Literal["number", "money"] | None = None
    key: str | None = None
    properties: dict[Name, ValueType] = Field(default_factory=dict)
    live: bool = False  # the shop sends it as it happens; no feed brings it


class TagKind(Definition):
    """One tag whose strength fades: it is halved every `half_life` (days or weeks)."""

    title: str = ""
    half_life: DurationField


class RfmKind(Definition):
    """What `rfm recency`, `rfm frequency` and `rfm monetary` are worked out from: an event with a value, and how far
    back it counts."""

    event: Name
    within: DurationField


class Schema(Definition):
    """`journeys/schema.yaml`."""

    attributes: dict[Name, AttributeKind]
    events: dict[Name, EventKind]
    tags: dict[Name, TagKind] = Field(default_factory=dict[Name, TagKind])
    rfm: RfmKind | None = None
    scores: dict[Name, ScoreKind] = Field(default_factory=dict[Name, ScoreKind])

    def properties_of(self, event: str) -> dict[str, ValueType] | None:
        """What `where` may name for this event, `value` and the key included; None when there is no such event."""
        if event in BUILT_IN_EVENTS:
            return dict(BUILT_IN_EVENTS[event])
        kind = self.events.get(event)
        if kind is None:
            return None
        own: dict[str, ValueType] = dict(kind.properties)
        if kind.key:
            own[kind.key] = "text"
        if kind.value:
            own["value"] = "number"
        return own
