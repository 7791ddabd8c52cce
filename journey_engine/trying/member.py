"""Writes the one member of a story and what happens to her into the tables; it decides nothing and moves nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Connection, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.compiler import draws
from journey_engine.data.members import ARRIVED
from journey_engine.errors import JourneysError
from journey_engine.language.catalog import EVENTS_OF_A_MESSAGE
from journey_engine.language.journey import Split
from journey_engine.language.project import Project
from journey_engine.language.scenario import ZONE, Happening, Scenario
from journey_engine.language.steps import written_steps
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import friendships, identities, members, segment_members

LINE_USER = "U" + "0" * 31 + "1"
_KEYS = 1_000_000  # member keys tried until one draws what `given` wants; shares have four decimals
_FRIENDSHIP = {"follow": "friend", "unfollow": "blocked"}
_FROM_LINE = frozenset({"follow", "unfollow", "message", "postback", "click"})


class NobodyDraws(JourneysError):
    """No member would be given what the scenario pins, such as the holdout of a journey that holds nobody out."""

    def __init__(self, scenario: Scenario, where: str = "") -> None:
        pinned = ", ".join(f"{name}: {value}" for name, value in scenario.given.items())
        super().__init__(
            f"Nobody draws what “{scenario.scenario}” gives ({pinned}).",
            f"Look at the holdout and the shares in {scenario.journey}.yaml, and at global_holdout in policy.yaml.",
            where,
        )


@dataclass(frozen=True, slots=True)
class Heroine:
    """The member of a story, as rows: `id` is hers in the database."""

    project: Project
    id: int

    def meets(self, connection: Connection, moment: Happening, at: datetime) -> None:
        """What happens at this moment, if anything does, at instant `at`."""
        match moment.happens:
            case None:
                return
            case "joined_segment":
                stay = {"segment": moment.of, "member_id": self.id, "joined_at": at}
                connection.execute(insert(segment_members).values(stay))
            case "left_segment":
                stays = segment_members.c
                open_stay = (stays.member_id == self.id) & (stays.segment == moment.of) & stays.left_at.is_(None)
                left = update(segment_members).where(open_stay).values(left_at=at, arrived=ARRIVED)
                connection.execute(left)
            case name:
                self._event(connection, moment, name, at)

    def _event(self, connection: Connection, moment: Happening, name: str, at: datetime) -> None:
        value = moment.with_.get("value")
        row = {
            "member_id": self.id,
            "name": name,
            "at": at,
            "of": moment.of,
            "value": None if value is None else Decimal(value),
            "properties": {key: text for key, text in moment.with_.items() if key != "value"},
            "source": _source(self.project, name),
        }
        connection.execute(insert(events).values(row))
        if name in _FRIENDSHIP:
            befriend(connection, self.id, _FRIENDSHIP[name], at)


def bear(connection: Connection, project: Project, scenario: Scenario, at: datetime) -> Heroine:
    """Make the member of a story, at instant `at`: her attributes, her zone, her LINE account, her lot in every draw.

    She is a friend from the start unless the story begins with her following. Raises NobodyDraws.
    """
    row = {
        "member_key": _key(connection, project, scenario),
        "attributes": {name: value for name, value in scenario.member.items() if name != ZONE},
        "zone": scenario.member.get(ZONE),
        "created_at": at,
        "changed_at": at,
    }
    made: int = connection.execute(insert(members).values(row).returning(members.c.id)).scalar_one()
    connection.execute(insert(identities).values(kind="line", value=LINE_USER, member_id=made))
    happenings = [moment.happens for moment in scenario.story if moment.happens]
    if happenings[:1] != ["follow"]:
        befriend(connection, made, "friend", at)
    return Heroine(project, made)


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


def _key(connection: Connection, project: Project, scenario: Scenario) -> str:
    """The first key whose draws are those the story wants, by the engine's own expressions.

    Unless it pins the holdout, nobody in a story is held out: most members are not.
    """
    # In the select list the series is made row by row, so the search ends with the first that fits.
    numbers = select(func.generate_series(1, _KEYS).label("number")).subquery("numbers")
    key: ColumnElement[Any] = func.concat("story-", numbers.c.number)
    wanted: list[ColumnElement[bool]] = []
    journey = project.journeys[scenario.journey]
    if scenario.holdout:
        wanted.append(draws.held_out(project, journey, key))
    else:
        wanted += [~draws.held_out(project, each, key) for each in project.journeys.values()]
    splits = {name: step for _, name, step in written_steps(journey) if isinstance(step, Split)}
    wanted += [draws.arm(scenario.journey, step, splits[step], key) == arm for step, arm in scenario.arms.items()]
    found = connection.execute(select(key).where(*wanted).limit(1)).scalar_one_or_none()
    if found is None:
        raise NobodyDraws(scenario)
    return str(found)
