"""Codes of coupon pools: drawn on arrival, one per visit, nobody's twice, whatever else happens."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from journey_engine.store.tables.coupons import coupon_codes
from journey_engine.store.tables.delivery import intents
from tests.compiler.rows import message, world
from tests.moving.stage import Stage, shown

GIFT = {"coupon": "gift", "title": "禮券", "make": {"count": 10, "pattern": "G-????-????"}}


def project(*, gift: dict[str, Any] | None = None, again: str = "after exit", quiet: str | None = None, **more: Any):
    """Who visits is sent a gift, and reminded of it a day later."""
    steps = {"give": {"send": "gift"}, "rest": {"wait": "1 day"}, "remind": {"send": "reminder"}}
    made = world({"journey": "gifts", "enter": {"on": "visit", "again": again}, "steps": steps}, **more)
    told = {
        "gift": {**message("gift"), "say": [{"text": "您的禮券 {coupon.gift}"}]},
        "reminder": {**message("reminder"), "say": [{"text": "別忘了 {coupon.gift|您的禮券} {{coupon.none}"}]},
    }
    return type(made).model_validate(
        {**made.model_dump(by_alias=True, exclude_unset=True), "coupons": {"gift": {**GIFT, **(gift or {})}}}
        | {"messages": {**{name: message(name) for name in ("hello",)}, **told}}
    )


def stock(stage: Stage, *codes: str, pool: str = "gift") -> None:
    with stage.engine.begin() as connection:
        connection.execute(insert(coupon_codes), [{"pool": pool, "code": code, "batch_id": 1} for code in codes])


def given(stage: Stage) -> list[tuple[str, str, Any]]:
    """(member's key, step, codes) of every intent."""
    keys = {number: key for key, number in stage.ids.items()}
    asked = select(intents.c.member_id, intents.c.step, intents.c.codes).order_by(intents.c.id)
    return [(keys[member], step, codes) for member, step, codes in stage.rows(asked)]


def drawn(stage: Stage) -> list[tuple[str, str | None, str | None, int]]:
    """(code, drawn at, expires at, messages that hold it) of every code."""
    c = coupon_codes.c
    asked = select(c.code, c.drawn_at, c.expires_at, c.held).order_by(c.id)
    return [(code, shown(at), shown(until), held) for code, at, until, held in stage.rows(asked)]


@pytest.fixture
def stage(database):
    return Stage(database, project())


def test_a_code_is_drawn_on_arrival_and_the_reminder_has_the_same(stage):
    stock(stage, "A1", "A2", "A3")
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert given(stage) == [("mei", "give", {"gift": {"code": "A1"}})]
    stage.run("2026-03-03 10:01")
    assert given(stage)[1:] == [("mei", "remind", {"gift": {"code": "A1"}})]
    assert drawn(stage) == [("A1", "2026-03-02 10:00", None, 2), ("A2", None, None, 0), ("A3", None, None, 0)]


def test_another_visit_draws_another_code(stage):
    stock(stage, "A1", "A2", "A3")
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-03 10:01")
    stage.event("2026-03-05 10:00", "visit")
    stage.run("2026-03-05 10:01")
    assert [codes["gift"]["code"] for _, _, codes in given(stage)] == ["A1", "A1", "A2"]


def test_who_comes_first_has_what_is_left(stage):
    stock(stage, "A1", "A2")
    for hour, key in (("12", "ann"), ("11", "ben"), ("10", "cyd")):
        stage.event(f"2026-03-02 {hour}:00", "visit", key)
    stage.run("2026-03-02 12:01")
    assert sorted(given(stage)) == [
        ("ann", "give", {}),
        ("ben", "give", {"gift": {"code": "A2"}}),
        ("cyd", "give", {"gift": {"code": "A1"}}),
    ]


def test_a_code_that_was_used_without_being_given_is_given_to_nobody(stage):
    stock(stage, "A1", "A2")
    with stage.engine.begin() as connection:
        connection.execute(text("update coupon_codes set redeemed_at = now() where code = 'A1'"))
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert given(stage) == [("mei", "give", {"gift": {"code": "A2"}})]


@pytest.mark.parametrize(
    ("expires", "told"),
    [
        ("30 days after drawing", {"code": "A1", "until": "2026-04-01", "expires_at": "2026-04-01T16:00:00+00:00"}),
        ("1 month after drawing", {"code": "A1", "until": "2026-04-02", "expires_at": "2026-04-02T16:00:00+00:00"}),
        ("48 hours after drawing", {"code": "A1", "until": "2026-03-04", "expires_at": "2026-03-04T02:00:00+00:00"}),
        ("2026-03-02", {"code": "A1", "until": "2026-03-02", "expires_at": "2026-03-02T16:00:00+00:00"}),
    ],
)
def test_a_code_lasts_to_the_end_of_its_last_day(database, expires, told):
    stage = Stage(database, project(gift={"expires": expires}))
    stock(stage, "A1")
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert given(stage) == [("mei", "give", {"gift": told})]


def test_nothing_is_drawn_from_a_pool_whose_day_is_over(database):
    stage = Stage(database, project(gift={"expires": "2026-03-01"}))
    stock(stage, "A1")
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert given(stage) == [("mei", "give", {})]
    assert drawn(stage) == [("A1", None, None, 0)]


def test_a_pass_that_is_rolled_back_draws_nothing(stage):
    stock(stage, "A1", "A2")
    stage.event("2026-03-02 10:00", "visit")
    with stage.engine.begin() as connection:
        connection.execute(text("alter table moves add constraint never check (member_id < 0) not valid"))
    stage.run("2026-03-02 10:01")
    assert drawn(stage) == [("A1", None, None, 0), ("A2", None, None, 0)]
    with stage.engine.begin() as connection:
        connection.execute(text("alter table moves drop constraint never"))
        connection.execute(text("delete from stuck"))


def test_a_message_without_a_pool_has_no_codes(database):
    stage = Stage(
        database,
        world({"journey": "plain", "enter": {"on": "visit", "again": "never"}, "steps": {"hi": {"send": "hello"}}}),
    )
    stage.event("2026-03-02 10:00", "visit")
    stage.run("2026-03-02 10:01")
    assert given(stage) == [("mei", "hi", None)]


def test_many_who_come_at_once_have_a_code_each(stage):
    stock(stage, *(f"N{number}" for number in range(300)))
    for number in range(250):
        stage.event("2026-03-02 10:00", "visit", f"m{number}")
    stage.run("2026-03-02 10:01")
    codes = [codes["gift"]["code"] for _, _, codes in given(stage)]
    assert len(set(codes)) == 250
    assert sorted(codes) == sorted(f"N{number}" for number in range(250))


def test_two_journeys_that_draw_at_once_share_no_code(database):
    one = project()
    twin = one.journeys["gifts"].model_copy(update={"journey": "twins"})
    stage = Stage(database, one.model_copy(update={"journeys": {**one.journeys, "twins": twin}}))
    stock(stage, *(f"N{number}" for number in range(300)))
    for number in range(120):
        stage.event("2026-03-02 10:00", "visit", f"m{number}")
    with ThreadPoolExecutor(2) as both:
        list(both.map(lambda name: stage.run("2026-03-02 10:01", name), ["gifts", "twins"]))
    codes = [codes["gift"]["code"] for _, _, codes in given(stage)]
    assert len(codes) == len(set(codes)) == 240
