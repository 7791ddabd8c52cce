"""Writes the one member of a story and what happens to her into the tables; it decides nothing and moves nobody."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import draws
from journey_engine.errors import JourneysError
from journey_engine.language.catalog import EVENTS_OF_A_MESSAGE, Topic
from journey_engine.language.journey import Split
from journey_engine.language.mentions import is_told
from journey_engine.language.project import Project
from journey_engine.language.scenario import STAGE_CHANGED, ZONE, Happening, Scenario
from journey_engine.language.steps import written_steps
from journey_engine.members.members import ARRIVED
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import consents, friendships, identities, members, segment_members, stages, tags
from journey_engine.trying import surveys
from journey_engine.trying.calendar import Calendar

_KEYS = 1_000_000  # member keys tried until one draws what `given` wants; shares have four decimals
_FRIENDSHIP = {"follow": "friend", "unfollow": "blocked"}
_FROM_LINE = frozenset(
    {"follow", "unfollow", "message", "postback", "click", "video_watched", "beacon", "membership_changed"}
)


class NobodyDraws(JourneysError):
    """No member would be given what the scenario pins, such as the holdout of a journey that holds nobody out."""

    def __init__(self, scenario: Scenario, where: str = "") -> None:
        self.scenario = scenario
        pinned = ", ".join(f"{name}: {value}" for name, value in scenario.given.items())
        super().__init__(
            f"Nobody draws what “{scenario.scenario}” gives ({pinned}).",
            f"Look at the holdout and the shares in {scenario.journey}.yaml, and at global_holdout in policy.yaml.",
            where,
        )


def _mark(scenario: Scenario) -> str:
    """The same for a story wherever it is played; two of a project are never called the same."""
    return hashlib.sha256(scenario.scenario.encode()).hexdigest()


def line_user(scenario: Scenario) -> str:
    """The LINE account of the story's member."""
    return f"U{_mark(scenario)[:32]}"


@dataclass(frozen=True, slots=True)
class Heroine:
    """The member of a story, as rows: `id` is hers in the database."""

    project: Project
    id: int
    calendar: Calendar

    def meets(self, connection: Connection, moment: Happening, at: datetime) -> None:
        """What happens at this moment, if anything does, at instant `at`."""
        if moment.changes:
            self._change(connection, moment, at)
        consent(connection, self.id, moment.consents, at)
        surveys.answer(connection, self.project, self.id, moment.answers, at)
        match moment.happens:
            case None:
                return
            case "joined_segment":
                stay = {"segment": moment.of, "member_id": self.id, "joined_at": at}
                connection.execute(insert(segment_members).values(stay))
                self._tell(connection, moment, at, {})
            case "left_segment":
                stays = segment_members.c
                open_stay = (stays.member_id == self.id) & (stays.segment == moment.of) & stays.left_at.is_(None)
                left = update(segment_members).where(open_stay).values(left_at=at, arrived=ARRIVED)
                connection.execute(left)
                self._tell(connection, moment, at, {})
            case name if name == STAGE_CHANGED:
                open_stay = (stages.c.member_id == self.id) & stages.c.left_at.is_(None)
                left = update(stages).where(open_stay).values(left_at=at, arrived=ARRIVED).returning(stages.c.stage)
                before = connection.execute(left).scalar_one_or_none()
                connection.execute(insert(stages).values(member_id=self.id, stage=moment.of, since=at))
                if before is not None:  # a first stage is no change
                    self._tell(connection, moment, at, {"stage": moment.of, "from": before})
            case name:
                self._event(connection, moment, name, at)

    def _tell(self, connection: Connection, moment: Happening, at: datetime, properties: dict[str, Any]) -> None:
        """The event that a refresh would write, where somebody asks for it."""
        of = None if moment.happens == STAGE_CHANGED else moment.of
        if moment.happens is not None and is_told(self.project, moment.happens, of):
            row = {"name": moment.happens, "of": of, "at": at, "properties": properties, "source": "engine"}
            connection.execute(insert(events).values(member_id=self.id, **row))

    def _change(self, connection: Connection, moment: Happening, at: datetime) -> None:
        new = func.jsonb_build_object(*chain(*_attributes(self.project, self.calendar, moment.changes).items()))
        row = {"attributes": members.c.attributes.op("||")(new), "changed_at": at, "arrived": ARRIVED}
        connection.execute(update(members).where(members.c.id == self.id).values(row))

    def _event(self, connection: Connection, moment: Happening, name: str, at: datetime) -> None:
        if name in ("click", "message") and self.project.surveys:
            surveys.say(connection, self.project, self.id, name, moment.of, dict(moment.with_), at)
            return
        value, kinds = moment.with_.get("value"), self.project.schema_.properties_of(name) or {}
        row = {
            "member_id": self.id,
            "name": name,
            "at": at,
            "of": moment.of,
            "value": None if value is None else Decimal(value),
            "properties": {
                key: self.calendar.value(text, kinds.get(key)) for key, text in moment.with_.items() if key != "value"
            },
            "source": _source(self.project, name),
        }
        connection.execute(insert(events).values(row))
        if name in _FRIENDSHIP:
            befriend(connection, self.id, _FRIENDSHIP[name], at)


def bear(
    connection: Connection, project: Project, scenario: Scenario, calendar: Calendar, cast: frozenset[str]
) -> Heroine:
    """Make the member of a story on its eve: her attributes, zone, consents, tags, LINE account, her lot in every draw.

    She is a friend from the start unless the story begins with her following. Raises NobodyDraws.
    """
    at = calendar.eve
    row = {
        "member_key": _key(connection, project, scenario, cast),
        "attributes": _attributes(project, calendar, scenario.member),
        "zone": scenario.member.get(ZONE),
        "created_at": at,
        "changed_at": at,
    }
    made: int = connection.execute(insert(members).values(row).returning(members.c.id)).scalar_one()
    connection.execute(insert(identities).values(kind="line", value=line_user(scenario), member_id=made))
    happenings = [moment.happens for moment in scenario.story if moment.happens]
    if happenings[:1] != ["follow"]:
        befriend(connection, made, "friend", at)
    consent(connection, made, scenario.consents, at)
    for grant in scenario.tags:
        expires = None if grant.lasts is None else at + grant.lasts.longest
        row = {"member_id": made, "tag": grant.tag, "strength": grant.strength, "granted_at": at, "expires_at": expires}
        connection.execute(insert(tags).values(**row, source="story"))
    return Heroine(project, made, calendar)


def _attributes(project: Project, calendar: Calendar, written: Mapping[str, str]) -> dict[str, str]:
    kinds = project.schema_.attributes
    return {
        name: calendar.value(value, kinds[name].type if name in kinds else None)
        for name, value in written.items()
        if name != ZONE
    }


def consent(connection: Connection, member: int, granted: Mapping[Topic, bool], at: datetime) -> None:
    """What she allows and what she does not, by topic, from `at` on."""
    for topic, is_granted in granted.items():
        row = upsert(consents).values(member_id=member, topic=topic, granted=is_granted, changed_at=at, source="story")
        said = {"granted": is_granted, "changed_at": at}
        connection.execute(row.on_conflict_do_update(index_elements=["member_id", "topic"], set_=said))


def befriend(connection: Connection, member: int, status: str, at: datetime) -> None:
    """Her friendship from `at` on."""
    row = upsert(friendships).values(member_id=member, status=status, changed_at=at)
    connection.execute(
        row.on_conflict_do_update(index_elements=["member_id"], set_={"status": status, "changed_at": at})
    )


def _source(project: Project, event: str) -> str:
    if event in _FROM_LINE:
        return "line"
    if event in EVENTS_OF_A_MESSAGE:
        return "sender"
    return next(iter(project.feeds_of(event)), "engine")


def _key(connection: Connection, project: Project, scenario: Scenario, cast: frozenset[str]) -> str:
    """The first key whose draws are those the story wants, by the engine's own expressions.

    Unless it pins the holdout, nobody in a story is held out: most members are not.
    """
    # In the select list the series is made row by row, so the search ends with the first that fits.
    numbers = select(func.generate_series(1, _KEYS).label("number")).subquery("numbers")
    key: ColumnElement[Any] = func.concat(f"story-{_mark(scenario)[:8]}-", numbers.c.number)
    wanted: list[ColumnElement[bool]] = []
    journey = project.journeys[scenario.journey]
    if scenario.holdout:
        wanted.append(draws.held_out(project, journey, key))
    else:
        wanted += [~draws.held_out(project, project.journeys[name], key) for name in sorted(cast)]
    splits = {name: step for _, name, step in written_steps(journey) if isinstance(step, Split)}
    wanted += [
        draws.arm(splits[step], draws.draw(scenario.journey, step, key)) == arm for step, arm in scenario.arms.items()
    ]
    found = connection.execute(select(key).where(*wanted).limit(1)).scalar_one_or_none()
    if found is None:
        raise NobodyDraws(scenario)
    return str(found)
