"""Segments' sizes over time, overlaps, and why members came and left, on rows a person can count."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine, update

from journey_engine.language.conditions import Condition
from journey_engine.language.grammar import parse_condition
from journey_engine.language.project import Project
from journey_engine.lifecycle import segments
from journey_engine.measures.comings import Cause, Coming, Turn, causes, comings
from journey_engine.measures.segments import Overlap, Present, Size, overlap, present, sizes
from journey_engine.store.tables.people import members
from tests.compiler import rows
from tests.compiler.rows import at

RULES = {
    "fresh": "purchase within 2 days",
    "quiet": "purchase and no purchase within 2 days",
    "gold": "tier = 'gold'",
    "friends": "in segment fresh and tag vip",
    "everybody": "not tag banned",
}


class Brand:
    """Segments over members with one to three letters as keys, refreshed at midnights of March 2026 in Taipei."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        world = rows.world()
        stated = {name: {"segment": name, "title": name, "is": rule} for name, rule in RULES.items()}
        self.project = Project.model_validate(
            {**world.model_dump(by_alias=True, exclude_unset=True), "segments": stated}
        )
        self.ids: dict[str, int] = {}

    def member(self, key: str, **more: Any) -> None:
        with self.engine.begin() as connection:
            self.ids[key] = rows.member(connection, key, **more)

    def bought(self, key: str, when: str) -> None:
        with self.engine.begin() as connection:
            rows.event(connection, self.ids[key], "purchase", when, value="10", order_id=when)

    def tagged(self, key: str, *span: str, name: str = "vip") -> None:
        with self.engine.begin() as connection:
            rows.tag(connection, self.ids[key], name, *span)

    def refresh(self, *days: int) -> None:
        for day in days:
            with self.engine.begin() as connection:
                segments.refresh(connection, self.project, at(f"2026-03-{day:02} 00:00"))

    def causes(self, name: str, since: int, until: int) -> list[Cause]:
        with self.engine.connect() as connection:
            span = at(f"2026-03-{since:02} 00:00"), at(f"2026-03-{until:02} 00:00")
            return causes(connection, self.project, self.project.segments[name], *span)


@pytest.fixture
def brand(database: Engine) -> Brand:
    made = Brand(database)
    for key in "ABC":
        made.member(key)
    return made


def part(text: str) -> Condition:
    return parse_condition(text)


def test_each_refresh_is_kept_with_its_size_and_a_refresh_that_changes_nothing_too(brand: Brand):
    brand.bought("A", "2026-03-02 10:00")
    brand.bought("B", "2026-03-03 10:00")
    brand.refresh(3, 4, 5, 6)
    with brand.engine.connect() as connection:
        assert sizes(connection, "fresh") == [
            Size(at("2026-03-03 00:00"), 1, 1, 0), Size(at("2026-03-04 00:00"), 2, 1, 0),
            Size(at("2026-03-05 00:00"), 1, 0, 1), Size(at("2026-03-06 00:00"), 0, 0, 1),
        ]  # fmt: skip
        assert [size.size for size in sizes(connection, "fresh", at("2026-03-04 00:00"))] == [1, 0]
        assert present(connection, ["fresh", "everybody", "none"]) == [
            Present("fresh", 0, at("2026-03-06 00:00")), Present("everybody", 3, at("2026-03-06 00:00")),
            Present("none", 0, None),
        ]  # fmt: skip


def test_who_came_by_an_event_leaves_by_time_and_the_other_way_round(brand: Brand):
    brand.bought("A", "2026-03-02 10:00")
    brand.refresh(3, 4, 5)
    brand.bought("A", "2026-03-05 10:00")
    brand.refresh(6)
    assert brand.causes("fresh", 1, 4) == [Cause(True, (Turn("first"),), 1)]
    within = part("purchase within 2 days")
    assert brand.causes("fresh", 4, 6) == [
        Cause(True, (Turn("event", within, True),), 1), Cause(False, (Turn("time", within, False),), 1),
    ]  # fmt: skip
    none = part("no purchase within 2 days")
    assert brand.causes("quiet", 3, 6) == [
        Cause(True, (Turn("time", none, True),), 1), Cause(False, (Turn("event", none, False),), 1),
    ]  # fmt: skip


def test_a_new_member_a_changed_attribute_a_tag_another_segment_and_late_data_are_told_apart(brand: Brand):
    brand.tagged("B", "2026-03-01 00:00")
    brand.refresh(2)
    brand.member("D", born="2026-03-02 09:00")
    with brand.engine.begin() as connection:
        gold = {"attributes": {"tier": "gold"}, "changed_at": at("2026-03-02 12:00")}
        connection.execute(update(members).where(members.c.id == brand.ids["A"]).values(**gold))
    brand.bought("B", "2026-03-02 10:00")
    brand.tagged("C", "2026-03-02 12:00", name="banned")
    brand.refresh(3)
    assert brand.causes("everybody", 2, 3) == [
        Cause(True, (Turn("new"),), 1),
        Cause(False, (Turn("tag", part("tag banned"), True),), 1),
    ]
    assert brand.causes("gold", 2, 3) == [Cause(True, (Turn("attribute"),), 1)]
    assert brand.causes("friends", 2, 3) == [Cause(True, (Turn("refresh", part("in segment fresh"), True),), 1)]
    brand.bought("A", "2026-03-02 23:00")  # told only now, after the refresh that should have seen it
    brand.refresh(4)
    assert brand.causes("fresh", 3, 4) == [Cause(True, (Turn("late"),), 1)]


def test_the_last_ones_who_came_are_named_with_what_turned_and_no_more_than_asked_for(brand: Brand):
    brand.refresh(2)
    for key in "ABC":
        brand.bought(key, "2026-03-02 10:00")
    brand.refresh(3)
    with brand.engine.connect() as connection:
        span = at("2026-03-02 00:00"), at("2026-03-03 00:00")
        found = comings(connection, brand.project, brand.project.segments["fresh"], *span, 2)
    turn = Turn("event", part("purchase within 2 days"), True)
    assert found == [Coming(brand.ids[key], at("2026-03-03 00:00"), True, (turn,)) for key in "AB"]


def test_an_overlap_counts_those_in_both_and_leaves_out_who_is_no_member_any_more(brand: Brand):
    brand.member("D", tier="gold")
    for key in "ABD":
        brand.bought(key, "2026-03-02 10:00")
    brand.refresh(3)
    with brand.engine.begin() as connection:
        assert overlap(connection, "fresh", "everybody") == Overlap(3, 4, 3)
        found = overlap(connection, "fresh", "gold")
        assert (found, found.of_first, found.of_second, found.jaccard) == (Overlap(3, 1, 1), 1 / 3, 1.0, 1 / 3)
        erased = {"erased_at": at("2026-03-03 12:00")}
        connection.execute(update(members).where(members.c.id == brand.ids["D"]).values(**erased))
        assert overlap(connection, "fresh", "gold") == Overlap(2, 0, 0)
        assert Overlap(2, 0, 0).of_second is None
        assert Overlap(0, 0, 0).jaccard is None
