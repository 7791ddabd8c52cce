"""LINE's webhook events become events, members and friendships, in whatever order and how often they come."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from journey_engine.data import inbox

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
        event("1", "videoPlayComplete", MS),
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
        "passed over: no user": 2,
        "passed over: videoPlayComplete": 1,
        "refused: dated more than 5 minutes ahead": 1,
        "refused: no time": 1,
    }
    assert rows(database, "select count(*) from members") == [(0,)]
    assert rows(database, "select count(*) from inbox where taken_at is null") == [(0,)]


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
    from journey_engine.data.members import bind, create_unknown

    with database.begin() as connection:
        from sqlalchemy import Text, column

        wanted = text("select unnest(array['7', '8']) as value").columns(column("value", Text))
        assert create_unknown(connection, "customer_number", wanted, NOW) == 2
        assert create_unknown(connection, "customer_number", wanted, NOW) == 0
        assert bind(connection, "customer_number", "line", {"7": "U7", "8": "U8", "9": "U9"}) == 2
        assert bind(connection, "customer_number", "line", {"7": "U7"}) == 0
    deliver(database, event("1", "follow", MS, "U7"))
    assert rows(database, "select count(*) from members") == [(2,)]
