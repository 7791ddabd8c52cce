"""Windows of the calendar, friends, parts of texts and the visit's key, against literal rows; complements are exact."""

import pytest
from sqlalchemy import literal

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry
from journey_engine.language.project import Project
from journey_engine.store.tables.moving import enrolments
from tests.compiler.rows import at, event, member, world
from tests.compiler.test_conditions import who

PLAIN = world()


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def test_today_this_week_and_this_month_begin_at_the_local_midnight(connection):
    moments = {
        "a": "2026-03-18 00:00", "b": "2026-03-17 23:59:59", "c": "2026-03-16 00:00", "d": "2026-03-15 23:59:59",
        "e": "2026-03-01 00:00", "f": "2026-02-28 23:59:59", "g": "2026-03-18 12:00:01",
    }  # fmt: skip
    for key, moment in moments.items():
        event(connection, member(connection, key), "visit", moment)
    asked = "2026-03-18 12:00"  # a Wednesday
    assert who(connection, "visit today", asked) == ["a"]
    assert who(connection, "visit this week", asked) == ["a", "b", "c"]
    assert who(connection, "visit this month", asked) == ["a", "b", "c", "d", "e"]
    assert who(connection, "no visit today", "2026-03-18 23:59:59") == ["b", "c", "d", "e", "f"]
    assert who(connection, "visit today", "2026-03-19 00:00") == []
    assert who(connection, "visit this week", "2026-03-23 00:00") == []
    assert who(connection, "visit this month", "2026-04-01 00:00") == []


def test_a_day_of_23_hours_begins_at_its_own_midnight(connection):
    new_york = world(zone="America/New_York")
    event(connection, member(connection, "a"), "visit", "2026-03-08 13:00")  # 00:00 on 8 March in New York
    event(connection, member(connection, "b"), "visit", "2026-03-08 12:59:59")
    assert who(connection, "visit today", "2026-03-09 11:59:59", project=new_york) == ["a"]
    assert who(connection, "visit today", "2026-03-09 12:00", project=new_york) == []


def test_a_friend_is_who_followed_last(connection):
    one, two, three = (member(connection, key) for key in ("one", "two", "three"))
    member(connection, "never")
    event(connection, one, "follow", "2026-03-01 12:00")
    event(connection, two, "follow", "2026-03-01 12:00")
    event(connection, two, "unfollow", "2026-03-10 12:00")
    event(connection, three, "unfollow", "2026-03-10 12:00")
    event(connection, three, "follow", "2026-03-10 12:00")
    assert who(connection, "is friend") == ["one", "three"]
    assert who(connection, "is friend", "2026-03-10 11:59:59") == ["one", "two"]
    assert who(connection, "is friend", "2026-03-01 11:59:59") == []
    assert who(connection, "is not friend") == ["never", "two"]


def test_a_text_contains_another_letter_for_letter(connection):
    written = {"a": "王小美 100%_off", "b": "王小明", "c": "", "d": "O'Brien \\ A"}
    for key, name in written.items():
        member(connection, key, tier=name)
    member(connection, "none")
    assert who(connection, "tier contains '小'") == ["a", "b"]
    assert who(connection, "tier contains '小美 '") == ["a"]
    assert who(connection, "tier contains '%_'") == ["a"]
    assert who(connection, "tier contains '_'") == ["a"]
    assert who(connection, "tier contains 'o''b'") == []
    assert who(connection, "tier contains 'O''B'") == ["d"]
    assert who(connection, "tier contains '\\'") == ["d"]
    assert who(connection, "tier not contains '小'") == ["c", "d", "none"]
    two = member(connection, "two")
    event(connection, two, "message", "2026-03-31 10:00", text="我想預約明天")
    assert who(connection, "message where text contains '預約'") == ["two"]
    assert who(connection, "message where text contains '取消'") == []


def test_a_birthday_is_today_in_the_business_zone(connection):
    for key, day in (("today", "1990-03-31"), ("tomorrow", "1990-04-01"), ("leap", "2004-02-29"), ("none", "soon")):
        member(connection, key, birthday=day)
    assert who(connection, "birthday is today") == ["today"]
    assert who(connection, "birthday is today", "2026-04-01 00:00") == ["tomorrow"]
    assert who(connection, "birthday is today", "2026-02-28 12:00") == ["leap"]
    assert who(connection, "birthday is today", "2028-02-28 12:00") == []
    assert who(connection, "birthday is today", "2028-02-29 12:00") == ["leap"]


def entry(key, key_name="order_id"):
    columns = literal(at("2026-03-01 12:00"), INSTANT), literal({}, enrolments.c.entry.type), "purchase"
    return Entry(*columns, key_name=key_name, key=literal(key))


def test_a_visit_per_order_sees_the_events_of_its_order_and_those_without_any(connection):
    one, two, three = (member(connection, key) for key in ("one", "two", "three"))
    event(connection, one, "refund", "2026-03-02 12:00", value="10", order_id="a")
    event(connection, two, "refund", "2026-03-02 12:00", value="20", order_id="b")
    event(connection, three, "refund", "2026-03-02 12:00", value="30")
    event(connection, three, "visit", "2026-03-02 12:00", order_id="b")
    assert who(connection, "refund since entry", entry=entry("a")) == ["one"]
    assert who(connection, "no refund since entry", entry=entry("a")) == ["three", "two"]
    assert who(connection, "refund of any order_id since entry", entry=entry("a")) == ["one", "three", "two"]
    assert who(connection, "visit", entry=entry("a")) == ["three"]
    assert who(connection, "sum of refund.value >= 10", entry=entry("a")) == ["one"]
    assert who(connection, "sum of refund.value of any order_id >= 20", entry=entry("a")) == ["three", "two"]
    assert who(connection, "days since last refund = 29", entry=entry("b")) == ["two"]
    assert who(connection, "refund", entry=entry("a", None)) == ["one", "three", "two"]
    assert who(connection, "refund", entry=entry("")) == ["one", "three", "two"]


def test_a_time_is_compared_by_its_date_in_the_business_zone(connection):
    schema = PLAIN.schema_.model_dump(by_alias=True)
    schema["events"]["booking"] = {"properties": {"starts_at": "time"}}
    project = Project.model_validate({**PLAIN.model_dump(by_alias=True), "schema": schema})
    written = {
        "a": "2026-12-05 00:00", "b": "2026-12-04T16:00:00Z", "c": "2026-12-05T23:59:59.5",
        "d": "2026-12-06T00:00+08:00", "e": "2026-12-32 10:00", "f": "soon", "g": "2026-02-30T10:00",
    }  # fmt: skip
    for key, text in written.items():
        event(connection, member(connection, key), "booking", "2026-03-01 12:00", starts_at=text)
    assert who(connection, "booking where starts_at = 2026-12-05", project=project) == ["a", "b", "c"]
    assert who(connection, "booking where starts_at > 2026-12-05", project=project) == ["d"]
    assert who(connection, "booking where starts_at is known", project=project) == ["a", "b", "c", "d"]
    columns = literal(at("2026-03-01 12:00"), INSTANT), literal({"starts_at": written["b"]}, enrolments.c.entry.type)
    given = Entry(*columns, "booking")
    assert len(who(connection, "entry.starts_at between 2026-12-05 and 2026-12-06", entry=given, project=project)) == 7
    assert who(connection, "entry.starts_at < 2026-12-05", entry=given, project=project) == []
