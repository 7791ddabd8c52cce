"""Each form of a condition against literal rows; the complement of each must be exactly the other members."""

import pytest
from sqlalchemy import literal, select

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.language.conditions import Attribute, Compare, Not, OneOf
from journey_engine.language.grammar import parse_condition
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members
from tests.compiler.rows import at, event, member, segment, stage, tag, world

PROJECT = world()
NOW = "2026-03-31 12:00"


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def who(connection, text, now=NOW, entry=None, project=PROJECT):
    """Keys of the members for whom it holds, in order; asserts that its complement holds for exactly the others."""
    condition = parse_condition(text) if isinstance(text, str) else text
    instant = literal(at(now), INSTANT)

    def keys(asked):
        holds = condition_sql(project, asked, members.c.id, instant, entry)
        return list(
            connection.execute(select(members.c.member_key).where(holds).order_by(members.c.member_key)).scalars()
        )

    everyone = set(connection.execute(select(members.c.member_key)).scalars())
    yes, no = keys(condition), keys(Not(condition))
    assert set(no) == everyone - set(yes)
    return yes


def test_attributes_compare_by_their_declared_type(connection):
    member(connection, "gold", tier="金卡", points="9", birthday="1990-02-28")
    member(connection, "none")
    member(connection, "odd", tier="一般", points="nine", birthday="1990-02-30")
    member(connection, "rich", tier="白金", points=" 1200.50 ", birthday="2001-12-31")
    assert who(connection, "tier = '金卡'") == ["gold"]
    assert who(connection, "tier != '金卡'") == ["none", "odd", "rich"]
    assert who(connection, "tier in ('金卡', '白金')") == ["gold", "rich"]
    assert who(connection, "tier not in ('金卡', '白金')") == ["none", "odd"]
    assert who(connection, "tier is known") == ["gold", "odd", "rich"]
    assert who(connection, "points >= 9") == ["gold", "rich"]
    assert who(connection, "points between 1200 and 1200.5") == ["rich"]
    assert who(connection, "points is known") == ["gold", "rich"]
    assert who(connection, "points != 9") == ["none", "odd", "rich"]
    assert who(connection, "birthday < 2000-01-01") == ["gold"]
    assert who(connection, "birthday is known") == ["gold", "rich"]
    assert who(connection, "tier > '一'") == ["gold", "odd", "rich"]


def test_attributes_are_found_without_the_members_row_at_hand(connection):
    one = member(connection, tier="金卡")
    asked = condition_sql(PROJECT, parse_condition("tier = '金卡'"), literal(one), literal(at(NOW), INSTANT))
    assert connection.execute(select(asked)).scalar_one() is True


def test_texts_that_are_no_number_or_date_are_missing(connection):
    written = ["1e5", "NaN", "1,200", "", "9" * 400, "--1", "0x10", "１２", "."]
    for number, text in enumerate(written):
        member(connection, f"n{number}", points=text, birthday=text)
    for number, text in enumerate(["2026-02-29", "2026-00-10", "0000-01-01", "2026-1-1", "2026-04-31", "2026-01-32"]):
        member(connection, f"d{number}", birthday=text)
    assert who(connection, "points is known") == []
    assert who(connection, "birthday is known") == []
    assert who(connection, "no purchase where quantity > 1") == sorted(
        [f"n{n}" for n in range(9)] + [f"d{n}" for n in range(6)]
    )


def test_events_are_counted_up_to_the_instant_and_not_after(connection):
    one, two = member(connection, "one"), member(connection, "two")
    member(connection, "zero")
    event(connection, one, "purchase", "2026-03-31 12:00", value="10", order_id="a")
    event(connection, two, "purchase", "2026-03-01 12:00", value="10", order_id="b")
    event(connection, two, "purchase", "2026-03-02 12:00", value="10", order_id="c")
    event(connection, two, "purchase", "2026-03-31 12:00:01", value="10", order_id="d")
    assert who(connection, "purchase") == ["one", "two"]
    assert who(connection, "no purchase") == ["zero"]
    assert who(connection, "purchase at least 2 times") == ["two"]
    assert who(connection, "purchase exactly 2 times") == ["two"]
    assert who(connection, "purchase at most 1 times") == ["one", "zero"]
    assert who(connection, "purchase at least 3 times", "2026-03-31 12:00:01") == ["two"]


def test_a_window_is_open_at_its_old_end(connection):
    for key, when in (("at", "2026-03-24 12:00"), ("after", "2026-03-24 12:00:01"), ("now", "2026-03-31 12:00")):
        event(connection, member(connection, key), "visit", when)
    assert who(connection, "visit within 7 days") == ["after", "now"]
    assert who(connection, "no visit within 7 days") == ["at"]


def test_days_of_a_window_keep_the_wall_time_and_hours_are_exact(connection):
    new_york = world(zone="America/New_York")
    event(connection, member(connection, "a"), "visit", "2026-03-07 23:30")  # 10:30 on 7 March in New York
    asked = "2026-03-08 23:00"  # 11:00 on 8 March, an hour was lost in the night
    assert who(connection, "visit within 1 day", asked, project=new_york) == []
    assert who(connection, "visit within 24 hours", asked, project=new_york) == ["a"]


def test_where_tests_one_event_and_a_missing_property_passes_nothing(connection):
    one, two, three = (member(connection, key) for key in ("one", "two", "three"))
    event(connection, one, "purchase", "2026-03-01 12:00", value="500", store="台北", quantity="2", order_id="a")
    event(connection, two, "purchase", "2026-03-01 12:00", value="50", store="台北", order_id="b")
    event(connection, three, "purchase", "2026-03-01 12:00", quantity="many", order_id="c")
    assert who(connection, "purchase where store = '台北'") == ["one", "two"]
    assert who(connection, "purchase where store != '台北'") == ["three"]
    assert who(connection, "purchase where value >= 100") == ["one"]
    assert who(connection, "purchase where quantity = 2") == ["one"]
    assert who(connection, "purchase where quantity is known") == ["one"]
    assert who(connection, "purchase where (store = '台北' and not value > 100)") == ["two"]
    assert who(connection, "purchase where (value < 100 or quantity = 2)") == ["one", "two"]
    assert who(connection, "purchase where order_id in ('b', 'c')") == ["three", "two"]


def test_sums_and_days_since(connection):
    one, two = member(connection, "one"), member(connection, "two")
    member(connection, "zero")
    event(connection, one, "purchase", "2026-03-30 23:59", value="1000", quantity="3")
    event(connection, one, "purchase", "2026-01-30 12:00", value="2500", quantity="x")
    event(connection, two, "purchase", "2026-03-01 00:00", value="2999.99")
    assert who(connection, "sum of purchase.value >= 3000") == ["one"]
    assert who(connection, "sum of purchase.value within 30 days >= 2999.99") == []
    assert who(connection, "sum of purchase.value within 31 days >= 2999.99") == ["two"]
    assert who(connection, "sum of purchase.quantity = 3") == ["one"]
    assert who(connection, "sum of purchase.value <= 0") == ["zero"]
    assert who(connection, "days since last purchase = 1", "2026-03-31 00:00") == ["one"]
    assert who(connection, "days since last purchase between 29 and 30") == ["two"]
    assert who(connection, "days since last purchase >= 0") == ["one", "two"]
    assert who(connection, "days since last purchase != 1") == ["two", "zero"]


def test_messages_that_were_sent(connection):
    one, two = member(connection, "one"), member(connection, "two")
    event(connection, one, "accepted", "2026-03-31 12:00", of="hello")
    event(connection, two, "skipped", "2026-03-31 12:00", of="hello")
    event(connection, two, "click", "2026-03-31 12:00", of="hello", button="go")
    assert who(connection, "message hello was sent") == ["one"]
    assert who(connection, "message hello was sent", "2026-03-31 11:59") == []
    assert who(connection, "message nudge was sent") == []
    assert who(connection, "click of hello") == ["two"]
    assert who(connection, "click of nudge") == []


def test_tags_are_in_force_from_grant_to_expiry_or_removal(connection):
    one, two, three = (member(connection, key) for key in ("one", "two", "three"))
    tag(connection, one, "vip", "2026-03-01 12:00", expires="2026-03-31 12:00")
    tag(connection, one, "vip", "2026-03-02 12:00", strength="2")
    tag(connection, two, "vip", "2026-03-01 12:00", removed="2026-03-15 12:00")
    tag(connection, three, "vip", "2026-03-31 12:00", strength="-1")
    assert who(connection, "tag vip") == ["one", "three"]
    assert who(connection, "tag vip", "2026-03-15 11:59") == ["one", "two"]
    assert who(connection, "tag vip strength >= 3") == []
    assert who(connection, "tag vip strength >= 3", "2026-03-31 11:59") == ["one"]
    assert who(connection, "tag vip strength < 0") == ["three"]
    assert who(connection, "tag vip strength != 2") == ["three", "two"]


def test_stages_and_segments_as_of_their_stays(connection):
    one, two = member(connection, "one"), member(connection, "two")
    stage(connection, one, "acquire", "2026-03-01 02:00", "2026-03-31 12:00")
    stage(connection, one, "engage", "2026-03-31 12:00")
    stage(connection, two, "acquire", "2026-03-01 02:00")
    segment(connection, one, "lapsed", "2026-03-01 02:00", "2026-03-20 02:00")
    segment(connection, two, "lapsed", "2026-03-20 02:00")
    assert who(connection, "stage is acquire") == ["two"]
    assert who(connection, "stage is engage") == ["one"]
    assert who(connection, "stage is acquire", "2026-03-31 11:59") == ["one", "two"]
    assert who(connection, "in segment lapsed") == ["two"]
    assert who(connection, "in segment lapsed", "2026-03-20 01:59") == ["one"]
    assert who(connection, "in segment lapsed", "2026-02-20 02:00") == []


def test_yearly_returns_of_a_date(connection):
    for key, day in (("today", "1990-03-31"), ("soon", "2000-04-07"), ("late", "2000-04-08"), ("past", "1980-03-30")):
        member(connection, key, birthday=day)
    member(connection, "leap", birthday="2004-02-29")
    member(connection, "none", birthday="soon")
    assert who(connection, "birthday within next 7 days") == ["soon", "today"]
    assert who(connection, "birthday in this month") == ["past", "today"]
    assert who(connection, "birthday within next 2 days", "2026-02-27 12:00") == ["leap"]
    assert who(connection, "birthday within next 1 day", "2028-02-28 12:00") == ["leap"]
    assert who(connection, "birthday within next 1 day", "2028-02-27 12:00") == []
    assert who(connection, "birthday within next 7 days", "2026-12-31 12:00") == []


def visit(connection, member_id, arm, entered, ended=None, reason=None):
    connection.execute(
        enrolments.insert().values(
            journey="retain", member_id=member_id, visit=1, version=1, entered_at=at(entered), entry_ref="event:1",
            entry={}, arm=arm, ended_at=at(ended) if ended else None, end_reason=reason,
        )
    )  # fmt: skip


def test_who_is_in_a_journey_and_who_has_finished_it(connection):
    keys = ("inside", "held_out", "left", "finished", "stopped", "handed_on", "ending")
    ids = {key: member(connection, key) for key in keys}
    visit(connection, ids["inside"], "journey", "2026-03-01 12:00")
    visit(connection, ids["held_out"], "holdout", "2026-03-01 12:00")
    visit(connection, ids["left"], "journey", "2026-03-01 12:00", "2026-03-02 12:00", "leave")
    visit(connection, ids["finished"], "journey", "2026-03-01 12:00", "2026-03-02 12:00", "finished")
    visit(connection, ids["stopped"], "journey", "2026-03-01 12:00", "2026-03-02 12:00", "stop: enough")
    visit(connection, ids["handed_on"], "journey", "2026-03-01 12:00", "2026-03-02 12:00", "go_to: engage")
    visit(connection, ids["ending"], "journey", "2026-03-01 12:00", "2026-03-31 12:00", "finished")
    assert who(connection, "in journey retain") == ["inside"]
    assert who(connection, "in journey retain", "2026-03-31 11:59") == ["ending", "inside"]
    assert who(connection, "finished journey retain") == ["ending", "finished", "handed_on", "stopped"]
    assert who(connection, "finished journey retain", "2026-03-02 11:59") == []
    assert who(connection, "in journey engage") == []


def test_since_entry_excludes_the_trigger_and_enter_if_counts_it(connection):
    one = member(connection, "one")
    event(connection, one, "purchase", "2026-03-10 12:00", value="900")
    columns = (literal(at("2026-03-10 12:00"), INSTANT), literal({"value": "900"}, enrolments.c.entry.type), "purchase")
    inside, entering = Entry(*columns), Entry(*columns, itself=True)
    assert who(connection, "purchase since entry", entry=inside) == []
    assert who(connection, "purchase since entry", entry=entering) == ["one"]
    assert who(connection, "purchase before entry", entry=inside) == []
    assert who(connection, "entry.value >= 900", entry=inside) == ["one"]
    assert who(connection, "entry.store is known", entry=inside) == []
    assert who(connection, "purchase since entry") == []
    assert who(connection, "entry.value >= 900") == []
    event(connection, one, "purchase", "2026-03-10 11:59")
    event(connection, one, "purchase", "2026-03-10 12:01")
    assert who(connection, "purchase before entry", entry=inside) == ["one"]
    assert who(connection, "purchase since entry", entry=inside) == ["one"]


def test_and_or_not_bind_as_written(connection):
    member(connection, "a", tier="金卡", city="台北")
    member(connection, "b", tier="金卡")
    member(connection, "c", city="台北")
    assert who(connection, "tier = '金卡' and not city is known") == ["b"]
    assert who(connection, "tier = '金卡' or city = '台北'") == ["a", "b", "c"]
    assert who(connection, "not (tier = '金卡' or city = '台北')") == []


def test_values_are_bound_and_never_read_as_sql(connection):
    naughty = "'; drop table members; --"
    member(connection, "a", tier=naughty)
    member(connection, "b", tier="x")
    assert who(connection, Attribute("tier", Compare("=", naughty))) == ["a"]
    assert who(connection, Attribute("tier", OneOf((naughty, "' or true --")))) == ["a"]
