"""Rules that the clock alone turns true: each at its own instant, however often one looks."""

from typing import Any

import pytest

from journey_engine.language.project import Project
from tests.compiler.rows import world
from tests.moving.stage import Stage


def leaving(rule: str, again: str = "never", on: str = "purchase", **more: Any) -> dict[str, Any]:
    return {
        "journey": "resting",
        "enter": {"on": on, "again": again},
        "leave": {"if": rule},
        "steps": {"rest": {"wait": "60 days"}, "hi": {"send": "hello"}},
        **more,
    }


def fading(*journeys: dict[str, Any]) -> Project:
    project = world(*journeys).model_dump(by_alias=True)
    project["schema"]["tags"] = {"care": {"half_life": "7 days"}}
    return Project.model_validate(project)


ONCE = ["2026-04-20 10:00"]
DAILY = [f"2026-03-{day:02} 10:00" for day in range(2, 32)] + ONCE
looks = pytest.mark.parametrize("looks", [ONCE, DAILY], ids=["once", "daily"])


def through(stage: Stage, looks: list[str]) -> list[str]:
    for look in looks:
        stage.tick(look)
    return stage.path()


@looks
def test_a_fading_tag_ends_the_journey_at_the_midnight_at_which_it_is_too_weak(database, looks):
    stage = Stage(database, fading(leaving("tag care strength < 1")))
    stage.tag("care", "2026-03-01 12:00", strength="3")
    stage.event("2026-03-02 09:00", "purchase")
    # 3 · 2^(-11/7) is 1.0095, 3 · 2^(-12/7) is 0.9144.
    assert through(stage, looks) == ["2026-03-02 09:00 (enter) journey", "2026-03-13 00:00 (leave) leave"]


@looks
def test_a_grant_on_the_way_puts_the_fading_off(database, looks):
    stage = Stage(database, fading(leaving("tag care strength < 1")))
    stage.tag("care", "2026-03-01 12:00", strength="3")
    stage.event("2026-03-02 09:00", "purchase")
    stage.tag("care", "2026-03-08 12:00", strength="1", expires="2026-03-18 12:00")
    # On the 17th 0.6152 + 0.4102, on the 18th 0.5572 + 0.3715.
    assert through(stage, looks) == ["2026-03-02 09:00 (enter) journey", "2026-03-18 00:00 (leave) leave"]


@looks
def test_a_new_day_ends_what_must_have_happened_today(database, looks):
    stage = Stage(database, world(leaving("no visit this week")))
    stage.event("2026-03-03 09:00", "visit")  # a Tuesday
    stage.event("2026-03-03 09:00", "purchase")
    stage.event("2026-03-10 09:00", "visit")
    assert through(stage, looks) == ["2026-03-03 09:00 (enter) journey", "2026-03-09 00:00 (leave) leave"]


@looks
def test_a_birthday_that_is_today_ends_it_at_its_midnight(database, looks):
    stage = Stage(database, world(leaving("birthday is today")))
    stage.member("mei", birthday="1990-03-20")
    stage.event("2026-03-03 09:00", "purchase")
    assert through(stage, looks) == ["2026-03-03 09:00 (enter) journey", "2026-03-20 00:00 (leave) leave"]


@looks
def test_each_order_leaves_by_its_own_refund(database, looks):
    stage = Stage(database, world(leaving("refund since entry", again="per order_id")))
    stage.event("2026-03-03 09:00", "purchase", order_id="a")
    stage.event("2026-03-04 09:00", "purchase", order_id="b")
    stage.event("2026-03-06 09:00", "refund", order_id="b")
    assert through(stage, looks[:-1] or ["2026-03-31 10:00"]) == [
        "2026-03-03 09:00 (enter) journey",
        "2026-03-04 09:00 (enter) journey", "2026-03-06 09:00 (leave) leave",
    ]  # fmt: skip


@looks
def test_any_refund_ends_all_orders_where_the_key_is_lifted(database, looks):
    stage = Stage(database, world(leaving("refund of any order_id since entry", again="per order_id")))
    stage.event("2026-03-03 09:00", "purchase", order_id="a")
    stage.event("2026-03-04 09:00", "purchase", order_id="b")
    stage.event("2026-03-06 09:00", "refund", order_id="b")
    assert through(stage, looks) == [
        "2026-03-03 09:00 (enter) journey", "2026-03-06 09:00 (leave) leave",
        "2026-03-04 09:00 (enter) journey", "2026-03-06 09:00 (leave) leave",
    ]  # fmt: skip


@looks
def test_a_goal_of_the_month_is_reached_by_what_happens_in_it(database, looks):
    goal = {"if": "purchase at least 2 times this month", "within": "40 days", "then": "leave"}
    stage = Stage(database, world(leaving("is not friend", goal=goal, on="visit")))
    stage.event("2026-03-01 09:00", "follow")
    stage.event("2026-03-02 09:00", "visit")
    stage.event("2026-03-03 09:00", "purchase")
    stage.event("2026-04-03 09:00", "purchase")
    stage.event("2026-04-04 09:00", "purchase")
    assert through(stage, looks) == ["2026-03-02 09:00 (enter) journey", "2026-04-04 09:00 (leave) goal"]
