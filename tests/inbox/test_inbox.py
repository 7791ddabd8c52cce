"""LINE's webhook events become events, members and friendships, in whatever order and how often they come."""

from __future__ import annotations

import random
import string
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine import clock
from journey_engine.inbox import inbox

NOW = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
MS = int(NOW.timestamp() * 1000)


def event(number: str, kind: str, at: int, user: str = "U1", **more: Any) -> dict[str, Any]:
    source = {"type": "user", "userId": user}
    return {"type": kind, "webhookEventId": number, "timestamp": at, "source": source, "mode": "active", **more}


def deliver(engine: Engine, *events: dict[str, Any], now: datetime = NOW) -> dict[str, int]:
    with engine.begin() as connection:
        inbox.store(connection, events, now)
        return inbox.take(connection, now)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def test_a_day_that_was_picked_comes_back_with_the_tap(database):
    data, day = "journeys:tap:welcome_hello:visit", {"date": "2026-12-05"}
    deliver(
        database,
        event("1", "postback", MS - 2000, postback={"data": data, "params": day}),
        event("2", "postback", MS - 1000, postback={"data": data, "params": "odd"}),
    )
    assert rows(database, "select properties from events order by at") == [
        ({"button": "visit", "picked": "2026-12-05"},),
        ({"button": "visit"},),
    ]


def test_a_friend_nobody_knows_becomes_a_member_and_what_he_does_becomes_events(database):
    counts = deliver(
        database,
        event("1", "follow", MS - 5000),
        event("2", "message", MS - 4000, message={"type": "text", "text": "之後再說"}),
        event("3", "postback", MS - 3000, postback={"data": "journeys:tap:welcome_hello:offers"}),
        event("4", "postback", MS - 2000, postback={"data": "menu=1"}),
        event("5", "message", MS - 1000, message={"type": "sticker", "stickerId": "1"}),
    )
    assert counts == {"click": 1, "follow": 1, "message": 2, "postback": 1}
    assert rows(database, 'select name, at, "of", properties, source from events order by at') == [
        ("follow", NOW - timedelta(seconds=5), None, {}, "line"),
        ("message", NOW - timedelta(seconds=4), None, {"text": "之後再說"}, "line"),
        ("click", NOW - timedelta(seconds=3), "welcome_hello", {"button": "offers"}, "line"),
        ("postback", NOW - timedelta(seconds=2), None, {"data": "menu=1"}, "line"),
        ("message", NOW - timedelta(seconds=1), None, {}, "line"),
    ]
    assert rows(database, "select kind, value from identities") == [("line", "U1")]
    assert rows(database, "select status, changed_at from friendships") == [("friend", NOW - timedelta(seconds=5))]


def test_an_event_delivered_again_is_taken_once_in_one_call_and_in_two(database):
    follow = event("1", "follow", MS)
    assert deliver(database, follow, follow) == {"follow": 1}
    assert deliver(database, {**follow, "deliveryContext": {"isRedelivery": True}}) == {}
    assert rows(database, "select count(*) from events") == [(1,)]


def test_the_last_word_by_its_own_time_says_whether_he_is_a_friend(database):
    deliver(database, event("1", "unfollow", MS - 1000), event("2", "follow", MS - 3000))
    assert rows(database, "select status from friendships") == [("blocked",)]
    # An older follow that comes late undoes nothing.
    deliver(database, event("3", "follow", MS - 2000))
    assert rows(database, "select status, changed_at from friendships") == [("blocked", NOW - timedelta(seconds=1))]
    deliver(database, event("4", "follow", MS))
    assert rows(database, "select status from friendships") == [("friend",)]
    assert rows(database, "select count(*) from events") == [(4,)]


def test_what_is_no_member_s_deed_is_passed_over_and_says_so(database):
    counts = deliver(
        database,
        event("1", "accountLink", MS),
        {"type": "join", "webhookEventId": "2", "timestamp": MS, "source": {"type": "group", "groupId": "G"}},
        {"type": "message", "webhookEventId": "3", "timestamp": MS, "source": {"type": "group", "groupId": "G"}},
        {"type": "follow", "webhookEventId": "4", "timestamp": "soon", "source": {"userId": "U2"}},
        event("5", "follow", MS + 301_000, "U3"),
        {"no": "type", "webhookEventId": "6"},
        {"type": "follow"},
    )
    assert counts == {
        "passed over: join": 1,
        "passed over: no type": 1,
        "passed over: accountLink": 1,
        "passed over: no user": 1,
        "passed over: said in a group": 1,
        "refused: dated more than 5 minutes ahead": 1,
        "refused: no time": 1,
    }
    assert rows(database, "select count(*) from members") == [(0,)]
    assert rows(database, "select count(*) from inbox where taken_at is null") == [(0,)]


def test_a_follow_after_a_block_says_so(database):
    deliver(database, event("1", "follow", MS - 1, follow={"isUnblocked": False}))
    deliver(database, event("2", "follow", MS, follow={"isUnblocked": True}))
    assert rows(database, "select properties from events order by at") == [({},), ({"unblocked": "yes"},)]


def test_a_watched_video_a_beacon_and_a_membership_become_events(database):
    deliver(
        database,
        event("1", "videoPlayComplete", MS - 2, videoPlayComplete={"trackingId": "spring.film"}),
        event("2", "beacon", MS - 1, beacon={"hwid": "d41d8cd98f", "type": "enter"}),
        event("3", "membership", MS, membership={"type": "joined", "membershipId": 3189}),
    )
    assert rows(database, "select name, properties from events order by at") == [
        ("video_watched", {"video": "spring.film"}),
        ("beacon", {"beacon": "d41d8cd98f", "how": "enter"}),
        ("membership_changed", {"change": "joined", "plan": "3189"}),
    ]


def test_what_is_said_in_a_group_is_no_member_s_word_to_the_account(database):
    group = {"type": "group", "groupId": "G", "userId": "U1"}
    said = event("1", "message", MS, message={"type": "text", "text": "hi"}, source=group, replyToken="t")
    assert deliver(database, said) == {"passed over: said in a group": 1}
    assert rows(database, "select count(*) from members") == [(0,)]


def written(number: str, at: int = MS) -> dict[str, Any]:
    return event(number, "message", at, message={"type": "text", "id": "900", "text": "我的電話是 0912"})


def unsent(number: str, at: int = MS) -> dict[str, Any]:
    return event(number, "unsend", at, unsend={"messageId": "900"})


@pytest.mark.parametrize("order", [("1 said", "2 unsent"), ("2 unsent", "1 said"), ("both",)])
def test_what_is_unsent_is_forgotten_whichever_came_first(database, order):
    events = {"1 said": [written("1", MS - 9)], "2 unsent": [unsent("2")], "both": [written("1", MS - 9), unsent("2")]}
    for name in order:
        deliver(database, *events[name])
    assert rows(database, "select name, properties from events") == [("message", {})]
    kept = "select body -> 'message' from inbox where body ->> 'type' = 'message'"
    assert rows(database, kept) == [({"id": "900", "type": "unsent"},)]
    assert "0912" not in str(rows(database, "select body from inbox"))


def test_an_unsent_word_leaves_the_visit_it_began(database):
    deliver(database, written("1", MS - 9))
    with database.begin() as connection:
        member, number = connection.execute(text("select member_id, id from events")).one()
        said = {"m": member, "ref": f"event:{number}", "now": NOW}
        visit = connection.execute(
            text("""insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm)
                    values ('j', :m, 1, 1, :now, :ref, '{"text": "0912", "more": "1"}', 'journey') returning id"""),
            said,
        ).scalar_one()
        connection.execute(
            text("""insert into intents
                        (enrolment_id, journey, step, member_id, message, at, expires_at, priority, entry)
                    values (:v, 'j', 's', :m, 'x', :now, :now, 1, '{"text": "0912"}')"""),
            {**said, "v": visit},
        )
    deliver(database, unsent("2"))
    assert rows(database, "select entry from enrolments") == [({"more": "1"},)]
    assert rows(database, "select entry from intents") == [({},)]


def heard(engine: Engine, *events: dict[str, Any], at: datetime = NOW) -> dict[str, int]:
    """As it comes through the webhook; the business clock shows `at`."""
    with engine.begin() as connection:
        clock.set_to(connection, at)
        inbox.store_live(connection, [events])
        return inbox.take(connection, at)


TOKENS = "select token, event_id, used_at from reply_tokens order by token"


def test_only_what_comes_through_the_webhook_to_us_alone_brings_a_reply_token(database):
    more = {"replyToken": "t1", "message": {"type": "text", "text": "hi"}}
    deliver(database, event("1", "message", MS, **{**more, "replyToken": "fetched"}))
    heard(
        database,
        event("2", "follow", MS, replyToken="t2"),
        event("3", "message", MS, **{**more, "mode": "standby", "replyToken": "t3"}),
        event("4", "message", MS, **more, source={"type": "group", "userId": "U1"}),
        event("5", "follow", MS - 20 * 60_000, replyToken="too old"),
        event("6", "unfollow", MS),
        event("7", "follow", MS, replyToken=""),
    )
    assert rows(database, TOKENS) == [("t2", "2", None)]
    age = "select abs(extract(epoch from clock_timestamp() - issued_at)) < 5 from reply_tokens"
    assert rows(database, age) == [(True,)]


def test_a_redelivery_begins_an_unused_token_s_minute_anew(database):
    follow = event("1", "follow", MS, replyToken="t")
    heard(database, follow)
    with database.begin() as connection:
        connection.execute(text("update reply_tokens set issued_at = issued_at - interval '50 seconds'"))
        connection.execute(text("update inbox set heard_at = heard_at - interval '50 seconds'"))
    assert heard(database, {**follow, "deliveryContext": {"isRedelivery": True}}) == {}
    fresh = "select clock_timestamp() - issued_at < interval '5 seconds' from reply_tokens"
    assert rows(database, fresh) == [(True,)]
    with database.begin() as connection:
        connection.execute(text("update reply_tokens set used_at = now(), issued_at = now() - interval '50 seconds'"))
    heard(database, {**follow, "deliveryContext": {"isRedelivery": True}})
    assert rows(database, fresh) == [(False,)]
    assert rows(database, "select count(*) from events") == [(1,)]


def test_what_was_fetched_first_and_comes_through_the_webhook_after_has_its_token(database):
    follow = event("1", "follow", MS, replyToken="t")
    deliver(database, follow)
    heard(database, follow)
    assert rows(database, TOKENS) == [("t", "1", None)]
    assert rows(database, "select count(*) from events") == [(1,)]


def test_a_row_that_cannot_be_taken_is_set_aside_with_its_reason_and_the_others_are_taken(database):
    chance = random.Random(7)
    endless = "U" + "".join(chance.choices(string.ascii_letters + string.digits, k=20_000))
    events = [event(str(number), "follow", MS, f"U{number}") for number in range(20)]
    events.insert(7, event("poison", "follow", MS, endless))
    assert deliver(database, *events) == {"follow": 20, "set aside": 1}
    assert rows(database, "select count(*) from members") == [(20,)]
    [(outcome,)] = rows(database, "select outcome from inbox where webhook_event_id = 'poison'")
    assert outcome.startswith("set aside: index row")
    assert deliver(database, event("next", "follow", MS, "U99")) == {"follow": 1}
    with database.begin() as connection:
        assert inbox.try_again(connection) == 1
        assert inbox.take(connection, NOW) == {"set aside": 1}


def test_a_backslash_before_u0000_is_no_nul(database):
    deliver(database, event("1", "message", MS, message={"type": "text", "text": "\\u0000 a\x00\\\x00"}))
    assert rows(database, "select properties ->> 'text' from events") == [("\\u0000 a\ufffd\\\ufffd",)]


def test_a_phone_whose_clock_runs_fast_by_some_minutes_gets_the_instant_of_arrival(database):
    deliver(database, event("1", "follow", MS + 299_000))
    assert rows(database, "select at from events") == [(NOW,)]


def test_text_with_a_nul_and_naughty_strings_is_kept(database, shared):
    import json

    strings = json.loads((shared / "data/bad_input/blns/blns.json").read_text(encoding="utf-8"))
    said = [*strings, "a\x00b"]
    deliver(database, *(event(str(n), "message", MS, message={"type": "text", "text": s}) for n, s in enumerate(said)))
    kept = [row[0] for row in rows(database, "select properties ->> 'text' from events order by id")]
    assert kept == [*strings, "a\ufffdb"]


def test_a_friend_bound_by_a_file_stays_one_member(database):
    from journey_engine.members.members import bind, create_unknown

    with database.begin() as connection:
        from sqlalchemy import Text, column

        wanted = text("select unnest(array['7', '8']) as value").columns(column("value", Text))
        assert create_unknown(connection, "customer_number", wanted, NOW) == 2
        assert create_unknown(connection, "customer_number", wanted, NOW) == 0
        assert bind(connection, "customer_number", "line", {"7": "U7", "8": "U8", "9": "U9"}) == 2
        assert bind(connection, "customer_number", "line", {"7": "U7"}) == 0
    deliver(database, event("1", "follow", MS, "U7"))
    assert rows(database, "select count(*) from members") == [(2,)]
