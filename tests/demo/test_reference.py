"""What the engine wrote down of some members' fortnight is what the reference interpreter says of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from journey_engine.demo.script import scenes
from tests.demo.playing import Played
from tests.reference.facts import Arrival, Covered, Event, Member, Stay
from tests.reference.interpreter import Life

AFTER = timedelta(microseconds=1)  # what a send tells is known to the look that follows it
TICKS = [scene.at for scene in scenes()]
NIGHTS = [scene.at for scene in scenes() if scene.kind != "look"]


def first_from(instants: list[datetime], at: datetime) -> datetime:
    return next(instant for instant in instants if instant >= at)


def those_with_most_to_tell(fortnight: Played, number: int) -> list[int]:
    """Members with many visits, steps and refusals, of every end there is."""
    rows = fortnight.rows(
        "select member_id, sum(jsonb_array_length(path)) + count(distinct journey) * 10 as n from moves"
        " group by 1 order by 2 desc, 1 limit :number",
        number=number,
    )
    each_end = fortnight.rows(
        "select distinct on (journey, end_reason) member_id from enrolments order by journey, end_reason, id desc"
    )
    return sorted({member for member, *_ in (*rows, *each_end)})


def told(at: datetime, name: str, of: str | None, value: Any, properties: Any, source: str, night: Any) -> Event:
    match source:
        case "sender":
            arrives_at = at + AFTER
        case "line":
            arrives_at = first_from(TICKS, at)
        case _:
            arrives_at = night
    return Event(at, name, of, value, properties, arrives_at, source)


def life_of(fortnight: Played, member: int) -> Life:
    """The member's life by the reference, told in the order in which the demo told it."""
    ((key, changed_at, attributes, zone),) = fortnight.rows(
        "select member_key, changed_at, attributes, zone from members where id = :member", member=member
    )
    arrivals: list[Arrival] = [
        told(*row)
        for row in fortnight.rows(
            "select e.at, e.name, e.of, e.value, e.properties, e.source, b.now from events e"
            " left join batches b on b.id = e.batch_id"
            " where member_id = :member and e.source <> 'engine' and e.name <> 'purchase_item' order by e.id",
            member=member,
        )
    ]
    for name, since, until in fortnight.rows(
        "select segment, joined_at, left_at from segment_members where member_id = :member order by id", member=member
    ):
        gone = first_from(NIGHTS, until) if until else None
        arrivals.append(Stay(since, "segment", name, until, first_from(NIGHTS, since), gone))
    coverage = [
        Covered("baskets", covers_to, now)
        for covers_to, now in fortnight.rows("select covers_to, now from batches where feed = 'baskets' order by id")
    ]
    life = Life(fortnight.project, Member(key, changed_at, attributes, zone), arrivals, coverage, TICKS[0])
    for now in TICKS:
        life.tick(now)
    return life


def as_stored(fortnight: Played, member: int) -> dict[str, list[tuple[str, datetime, str]]]:
    """Each visit's path, and with it what ended it."""
    paths: dict[str, list[tuple[str, datetime, str]]] = {}
    for journey, visit, path in fortnight.rows(
        "select e.journey, e.visit, m.path from moves m join enrolments e on e.id = m.enrolment_id"
        " where m.member_id = :member order by m.id",
        member=member,
    ):
        lines = [(one["step"], datetime.fromisoformat(one["at"]), one["outcome"]) for one in path]
        paths.setdefault(f"{journey} {visit}", []).extend(lines)
    return paths


def test_stored_paths_are_the_references(fortnight: Played) -> None:
    members = those_with_most_to_tell(fortnight, 5)
    assert len(members) > 15
    for member in members:
        life = life_of(fortnight, member)
        by_reference = {
            f"{visit.journey} {visit.visit}": [(taken.step, taken.at, taken.outcome) for taken in visit.path]
            for visit in life.memory.enrolments
        }
        assert as_stored(fortnight, member) == by_reference, f"member {member}"
        goals = fortnight.counts(
            "select journey || ' ' || visit, goal_at from enrolments where member_id = :m", m=member
        )
        assert goals == {f"{visit.journey} {visit.visit}": visit.goal_at for visit in life.memory.enrolments}


@pytest.mark.parametrize("table", ["intents", "refusals"])
def test_intents_and_refusals_are_the_references(fortnight: Played, table: str) -> None:
    for member in those_with_most_to_tell(fortnight, 2)[:8]:
        life = life_of(fortnight, member)
        if table == "intents":
            stored = fortnight.rows(
                "select journey, step, message, at, expires_at from intents where member_id = :member", member=member
            )
            wanted = [
                (visit.journey, one.step, one.message, one.at, one.expires_at)
                for visit in life.memory.enrolments
                for one in visit.intents
            ]
        else:
            stored = fortnight.rows("select journey, at, reason from refusals where member_id = :member", member=member)
            wanted = [(one.journey, one.at, one.reason) for one in life.memory.refusals]
        assert sorted(stored) == sorted(wanted), f"member {member}"
