"""Everything a brand declares, as one frozen value: what the compiler, the gate, the sender and the flows are given."""

from __future__ import annotations

from typing import Any

from pydantic import Field, PrivateAttr

from journey_engine.language.catalog import Policy, Schema, Segment, Stages
from journey_engine.language.conditions import Condition, event_names
from journey_engine.language.coupon import Coupon
from journey_engine.language.feed import Feed
from journey_engine.language.journey import Journey
from journey_engine.language.message import Message
from journey_engine.language.persona import Personas
from journey_engine.language.reply import Replies
from journey_engine.language.schema import DERIVED_EVENTS, EVENTS_OF_A_SEGMENT
from journey_engine.language.survey import Survey
from journey_engine.language.written import Definition


class Project(Definition):
    """The files of one project folder, by kind and name; `flexes`: the JSON files messages refer to, by that path."""

    schema_: Schema = Field(alias="schema")
    policy: Policy
    stages: Stages
    segments: dict[str, Segment] = Field(default_factory=dict)
    feeds: dict[str, Feed] = Field(default_factory=dict)
    messages: dict[str, Message] = Field(default_factory=dict)
    journeys: dict[str, Journey] = Field(default_factory=dict)
    coupons: dict[str, Coupon] = Field(default_factory=dict[str, Coupon])
    surveys: dict[str, Survey] = Field(default_factory=dict[str, Survey])
    replies: Replies | None = None
    personas: Personas | None = None
    flexes: dict[str, dict[str, Any]] = Field(default_factory=dict)
    _mark: str = PrivateAttr(default="")

    def __eq__(self, other: object) -> bool:
        """Equal by what is declared, wherever it was read."""
        return isinstance(other, Project) and self.__dict__ == other.__dict__

    __hash__ = None  # type: ignore[assignment]

    @property
    def mark(self) -> str:
        """What the database called these definitions when they were read there; empty for any other project.

        A pass given a project with a mark stops as soon as other definitions were applied.
        """
        return self._mark

    def marked(self, mark: str) -> Project:
        """This very project, with the mark under which it was read."""
        self._mark = mark
        return self

    def feeds_of(self, event: str) -> tuple[str, ...]:
        """Names of the feeds that bring this event; none for what LINE and the machine itself send live.

        What a refresh tells (`joined_segment of NAME`, of any without a name; `stage_changed`) is brought by the feeds
        of what the rules ask for: as far as those cover, no more of it can come.
        """
        name, _, of = event.partition(" of ")
        if name in EVENTS_OF_A_SEGMENT:
            rules = [segment.is_.condition for segment in self.segments.values() if of in ("", segment.segment)]
        elif name == "stage_changed":
            rules = [stage.if_.condition for stage in self.stages.stages if stage.if_]
        else:
            return tuple(name for name, feed in self.feeds.items() if any(b.event == event for b in feed.brings))
        names = {name for rule in rules for name in self.event_names(rule)} - DERIVED_EVENTS
        return tuple(dict.fromkeys(feed for name in sorted(names) for feed in self.feeds_of(name)))

    def event_names(self, condition: Condition) -> frozenset[str]:
        """The names of all events the truth of `condition` rests on, those that scores are made of among them."""
        rfm = self.schema_.rfm
        scores = {
            name: frozenset(rule.on.query.event for rule in score.gives) for name, score in self.schema_.scores.items()
        }
        return event_names(condition, rfm.event if rfm else None, scores)
