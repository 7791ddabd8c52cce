"""What journeys spent: messages as they are billed, coupons, and the cost of a goal; against literal rows."""

from __future__ import annotations

from decimal import Decimal

import pytest
from sqlalchemy import Engine, text

from journey_engine.measures.costs import costs, month_costs
from journey_engine.measures.spans import span
from tests.compiler.rows import at, world
from tests.measures.test_lift import TAIPEI, entered, journey
from tests.moving.stage import Stage


def sent(stage: Stage, bundles: list[tuple[str, str, str, list[str]]]) -> None:
    """Requests (when, endpoint, status, journeys): each to one member, an intent for each journey in it."""
    with stage.engine.begin() as connection:
        for when, endpoint, status, journeys in bundles:
            request = connection.execute(
                text("insert into requests (channel, endpoint, retry_key, recipients, body_hash, status, frozen_at)"
                     " values ('x', :endpoint, gen_random_uuid(), '{U}', '', :status, :at) returning id"),
                {"endpoint": endpoint, "status": status, "at": at(when)},
            ).scalar_one()  # fmt: skip
            for name in journeys:
                connection.execute(
                    text("insert into intents (journey, step, member_id, message, at, expires_at, priority, entry,"
                         " status, request_id, settled_at, free) values (:name, 's', :who, 'hello', :at, :at, 5, '{}',"
                         " :status, :request, :at, :free)"),
                    {"name": name, "who": stage._id("mei"), "at": at(when), "status": status, "request": request,
                     "free": endpoint == "reply"},
                )  # fmt: skip


PRICES = {"plan": "light", "free": 2, "monthly": 30, "each": "2", "currency": "TWD"}


def test_a_bundle_is_one_message_shared_by_its_journeys_and_a_reply_is_free(database: Engine) -> None:
    stage = Stage(database, world(journey(), {**journey(), "journey": "other"}, prices=PRICES))
    both, own = ["win", "other"], ["win"]
    sent(stage, [
        ("2026-03-05 10:00", "push", "accepted", both), ("2026-03-06 10:00", "multicast", "accepted", own),
        ("2026-03-07 10:00", "push", "unknown", own), ("2026-03-07 11:00", "reply", "accepted", own),
        ("2026-04-01 00:00", "push", "accepted", own), ("2026-02-28 23:59", "push", "accepted", own),
    ])  # fmt: skip
    entered(stage, "2026-03-02 10:00", "journey", 10, 4)
    entered(stage, "2026-03-02 10:00", "holdout", 10, 3)
    with database.connect() as connection:
        march = span("2026-03", TAIPEI)
        [month] = month_costs(connection, stage.project, march)
        win, other = costs(connection, stage.project, at("2026-04-10 00:00"), march)
    assert (month.messages, month.cost, month.each) == (3, Decimal(32), Decimal(32) / 3)  # 30, and one beyond two free
    assert (win.messages, other.messages) == (Decimal("2.5"), Decimal("0.5"))
    assert win.cost == pytest.approx(Decimal(32) * 5 / 6)
    assert win.cost + other.cost == pytest.approx(Decimal(32))
    assert (win.goals, win.per_goal) == (4, win.cost / 4)
    assert (other.goals, other.per_goal, other.currency) == (0, None, "TWD")


def test_without_prices_messages_are_counted_and_nothing_is_made_up(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    sent(stage, [("2026-03-05 10:00", "push", "accepted", ["win", "gone"])])
    with database.connect() as connection:
        win, gone = costs(connection, stage.project, at("2026-04-10 00:00"), span("2026Q1", TAIPEI))
        assert [each.cost for each in month_costs(connection, stage.project, span("2026Q1", TAIPEI))] == [None] * 3
    assert (win.messages, win.cost, win.per_goal) == (Decimal("0.5"), None, None)
    assert (gone.journey, gone.messages) == ("gone", Decimal("0.5"))


def test_coupons_count_by_the_journey_that_gave_them(database: Engine) -> None:
    stage = Stage(database, world(journey()))
    entered(stage, "2026-03-02 10:00", "journey", 3, 0)
    with database.begin() as connection:
        connection.execute(
            text("""
            insert into coupon_codes (pool, code, batch_id, enrolment_id, member_id, drawn_at, redeemed_at)
            select 'p', 'c' || id, 1, id, member_id, :at, case when id % 2 = 0 then :later end from enrolments"""),
            {"at": at("2026-03-05 10:00"), "later": at("2026-04-02 10:00")},
        )
        even = connection.execute(text("select count(*) from enrolments where id % 2 = 0")).scalar_one()
        [march] = costs(connection, stage.project, at("2026-05-01 00:00"), span("2026-03", TAIPEI))
        [april] = costs(connection, stage.project, at("2026-05-01 00:00"), span("2026-04", TAIPEI))
    assert (march.coupons_given, march.coupons_redeemed) == (3, 0)
    assert (april.coupons_given, april.coupons_redeemed) == (0, even)
