"""Whom a plan says a journey reaches, who is left out and why, how many messages that is, and what they cost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.language.project import Project
from journey_engine.planning import Plan, apply, plan
from journey_engine.planning.changes import Cost, Messages, Reach
from tests.planning.inside import put

NOW = datetime(2026, 11, 21, 2, tzinfo=UTC)  # a Saturday, ten in the morning in Taipei
DAY = timedelta(days=1)


def brand(journey: dict[str, Any], **policy: Any) -> Project:
    made = {"journey": "promo", "title": "促銷", "status": "live", "steps": {"offer": {"send": "deal"}}, **journey}
    texts = {"deal": "promotion", "note": "news"}
    return Project.model_validate(
        {
            "schema": {
                "attributes": {"tier": {"type": "text"}, "birthday": {"type": "date"}},
                "events": {"purchase": {"value": "money"}},
            },
            "policy": {"zone": "Asia/Taipei", "language": "en", **policy},
            "stages": {"stages": [{"stage": "acquire", "otherwise": True}]},
            "segments": {"golden": {"segment": "golden", "title": "金卡", "is": "tier = '金卡'"}},
            "messages": {
                name: {"message": name, "title": name, "topic": topic, "say": [{"text": "您好"}]}
                for name, topic in texts.items()
            },
            "journeys": {"promo": made},
        }
    )


def people(conn: Connection, count: int, prefix: str = "m", friends: bool = True, **attributes: str) -> None:
    """So many members, friends on LINE."""
    import json

    given = {"n": count, "prefix": prefix, "at": NOW - 90 * DAY, "attributes": json.dumps(attributes)}
    rows = (
        "with born as (insert into members (member_key, attributes, created_at, changed_at) select :prefix || n,"
        " cast(:attributes as jsonb), :at, :at from generate_series(1, :n) n returning id, member_key)"
    )
    known = (
        ", known as (insert into identities (kind, value, member_id) select 'line', 'U' || member_key, id from born)"
        ", befriended as (insert into friendships (member_id, status, changed_at) select id, 'friend', :at from born)"
    )
    conn.execute(text(f"{rows}{known if friends else ''} select count(*) from born"), given)


def event(conn: Connection, name: str, days_ago: float, key: str = "m%", value: int = 100) -> None:
    conn.execute(
        text(
            "insert into events (member_id, name, at, value, source) select id, :name, :at, :value, 'shop' from members"
            " where member_key like :key"
        ),
        {"name": name, "at": NOW - days_ago * DAY, "key": key, "value": value},
    )


def made(conn: Connection, project: Project) -> Plan:
    return plan(conn, project, NOW)


def reach(conn: Connection, enter: dict[str, Any], **more: Any) -> Reach:
    (found,) = made(conn, brand({"enter": enter, **more})).reaches
    return found


def test_each_who_is_left_out_is_counted_by_the_first_reason_the_engine_would_give(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 10, tier="金卡")
        people(conn, 3, "stranger", friends=False, tier="金卡")
        people(conn, 5, "silver", tier="銀卡")
        put(conn, "offer", NOW - DAY, NOW, "inside", "promo")
        conn.execute(text("update members set attributes = '{\"tier\": \"金卡\"}' where member_key = 'inside'"))
        conn.execute(text("update friendships set status = 'blocked' where member_id in (select id from members"
                          " where member_key in ('m1', 'm2'))"))  # fmt: skip
        conn.execute(text("insert into consents select id, 'promotion', false, now(), 'import' from members"
                          " where member_key = 'm3'"))  # fmt: skip
        event(conn, "purchase", 3, "m4")
        enter = {"every": {"cron": "0 10 * * 1", "of": "golden"}, "again": "after 30 days", "if": "not purchase"}
        found = reach(conn, enter, status="live")
    assert found == Reach(
        "promo", "each time", 14, 30,
        (("inside", 1), ("blocked", 2), ("if", 1), ("not a friend", 3), ("no consent", 1)),
    )  # fmt: skip
    assert found.reached == 6


def test_the_held_out_are_those_whom_the_draw_will_hold_out(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 200, tier="金卡")
        goal = {"if": "purchase since entry", "within": "7 days", "then": "stay"}
        enter = {"at": {"time": "2026-12-05 10:00", "to": "golden"}, "again": "never"}
        found = reach(conn, enter, holdout="10%", goal=goal)
    # sha256("promo|holdout|m1") … sha256("promo|holdout|m200"), first 8 hex digits, modulo 10,000, below 1,000.
    import hashlib

    drawn = [int(hashlib.sha256(f"promo|holdout|m{n}".encode()).hexdigest()[:8], 16) % 10_000 for n in range(1, 201)]
    assert found.when == "once"
    assert dict(found.excluded) == {"held out": sum(number < 1_000 for number in drawn)}


def test_a_date_that_has_passed_reaches_nobody(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 2, tier="金卡")
        found = reach(conn, {"at": {"time": "2026-11-20 10:00", "to": "golden"}, "again": "never"})
    assert (found.when, found.found) == ("past", 0)


def test_consent_is_told_by_topic_where_something_is_left_to_send(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 4, tier="金卡")
        for topic, key in (("promotion", "m1"), ("promotion", "m2"), ("news", "m2")):
            conn.execute(text("insert into consents select id, :topic, false, now(), 'import' from members"
                              " where member_key = :key"), {"topic": topic, "key": key})  # fmt: skip
        enter = {"every": {"cron": "0 10 * * 1", "of": "golden"}, "again": "after exit"}
        found = reach(conn, enter, steps={"offer": {"send": "deal"}, "news": {"send": "note"}})
    assert found.excluded == (("no consent", 1),)
    assert found.withheld == (("promotion", 1),)


def test_an_events_trigger_is_told_by_what_the_last_days_brought(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 10)
        event(conn, "purchase", 40)
        event(conn, "purchase", 20)
        event(conn, "purchase", 2, "m1", value=5)
        found = reach(conn, {"on": "purchase", "again": "after 90 days", "if": "entry.value >= 50"})
    assert found == Reach("promo", "flow", 11, 30, (("if", 1),))


def test_days_before_there_were_any_data_are_not_counted(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 4)
        event(conn, "purchase", 1.5)
        assert reach(conn, {"on": "purchase", "again": "never"}).days == 2


@pytest.mark.parametrize(
    ("existing", "expected"), [("include", ("now", 3)), ("ignore", ("flow", 2))], ids=["include", "ignore"]
)
def test_joins_reaches_who_is_there_only_if_it_says_so(
    database: Engine, existing: str, expected: tuple[str, int]
) -> None:
    with database.begin() as conn:
        people(conn, 3, tier="金卡")
        project = brand({"enter": {"on": "follow", "again": "never"}})
        apply(conn, plan(conn, project, NOW - 100 * DAY), "a test")
        joined = "insert into segment_members (segment, member_id, joined_at) select 'golden', id, :at from members"
        conn.execute(text(f"{joined} where member_key = 'm1'"), {"at": NOW - 60 * DAY})
        conn.execute(text(f"{joined} where member_key <> 'm1'"), {"at": NOW - 6 * DAY})
        conn.execute(text("insert into refreshes (scope, name, refreshed_to) values ('segment', 'golden', now())"))
        second = {"journey": "promo2", "enter": {"joins": "golden", "again": "never", "existing": existing}}
        both = {**project.journeys, "promo2": brand({"enter": {}, **second}).journeys["promo"]}
        (found,) = made(conn, project.model_copy(update={"journeys": both})).reaches
    assert (found.when, found.found) == expected


def test_dates_ahead_stages_and_ends_of_journeys_are_counted(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 2, birthday="1990-12-01")
        people(conn, 1, "leap", birthday="1992-02-29")
        people(conn, 1, "past", birthday="1990-11-20")
        stays = "insert into stages (member_id, stage, since) select id, 'acquire', :at from members"
        conn.execute(text(stays), {"at": NOW - 10 * DAY})
        put(conn, "offer", NOW - DAY, NOW, "done", "first")
        conn.execute(text("update enrolments set ended_at = :at, end_reason = 'stop: enough'"), {"at": NOW})
        yearly = {"date": {"of": "birthday", "at": "10:00", "every": "year"}, "again": "once a year"}
        assert (reach(conn, yearly).when, reach(conn, yearly).found) == ("ahead", 2)
        assert reach(conn, {"stage": "acquire", "again": "never"}).found == 4
        assert reach(conn, {"stage": "acquire", "again": "never", "existing": "include"}).when == "now"
        assert reach(conn, {"after": "first", "again": "never"}).found == 1
        assert reach(conn, {"by": "api", "again": "never"}).found == 0


STEPS = {
    "offer": {"send": "deal"},
    "which": {
        "branch": [
            {"if": "purchase", "do": {"thank": {"send": "note"}, "more": {"send": "note"}}},
            {"otherwise": True, "do": {}},
        ]
    },
    "toss": {"split": {"a": {"share": "25%", "do": {"letter": {"send": "note"}}}, "b": {"share": "75%"}}},
}


def test_messages_are_reckoned_from_the_steps_or_from_the_ways_that_were_taken(database: Engine) -> None:
    enter = {"on": "purchase", "again": "never"}
    with database.begin() as conn:
        people(conn, 60)
        event(conn, "purchase", 1)
        first = made(conn, brand({"enter": enter, "steps": STEPS}))
        assert first.messages == (Messages("promo", "graph", Decimal("2.25"), 4, 2025),)
        for step, outcome, members in (
            ("(enter)", "journey", 100), ("offer", "next", 100), ("thank", "next", 20), ("more", "next", 20),
            ("letter", "next", 10),
        ):  # fmt: skip
            conn.execute(
                text("insert into step_counts values ('promo', :step, :outcome, '2026-11-20', :members)"),
                {"step": step, "outcome": outcome, "members": members},
            )
        again = made(conn, brand({"enter": enter, "steps": STEPS}))
        assert again.messages == (Messages("promo", "history", Decimal("1.5"), 4, 1350),)


def test_cost_is_what_goes_beyond_the_free_messages_that_are_left(database: Engine) -> None:
    prices = {"plan": "中用量", "free": "3000", "monthly": "800", "each": "0.2", "currency": "TWD"}
    enter = {"every": {"cron": "0 10 * * 1", "of": "golden"}, "again": "after exit"}  # five Mondays in thirty days
    with database.begin() as conn:
        people(conn, 300, tier="金卡")
        used = "insert into channels (channel, quota_month, quota_used) values ('line', '2026-11', 2000)"
        conn.execute(text(used))
        asked = made(conn, brand({"enter": enter}, prices=prices))
        assert asked.cost == Cost("中用量", 1500, 3000, 2000, Decimal("100.0"), "TWD")
        assert "about 100 TWD" in asked.text[-2]
        no_more = made(conn, brand({"enter": enter}, prices={"free": "3000"}))
        assert no_more.cost is not None
        assert no_more.cost.amount is None
        assert made(conn, brand({"enter": enter})).cost is None


def test_the_plan_says_all_of_it_in_a_line_each(database: Engine) -> None:
    with database.begin() as conn:
        people(conn, 5, tier="金卡")
        people(conn, 1, "stranger", friends=False, tier="金卡")
        enter = {"every": {"cron": "0 10 * * 1", "of": "golden"}, "again": "after exit"}
        lines = [" ".join(line.split()) for line in made(conn, brand({"enter": enter})).text]
        zh = made(conn, brand({"enter": enter}, language="zh-TW")).text
    assert "reach: 6 each time, as of now, not a friend −1 = 5" in lines
    assert any(line.startswith("messages: about 1.0 a member (by the steps alone") for line in lines)
    assert "觸及：每次 6 人（以目前計），不是好友 −1 ＝ 5" in [line.strip() for line in zh]
