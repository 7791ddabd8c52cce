"""Snapshots name everybody: who is missing, what becomes of her, and when so many are that a person is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from journey_engine.data.release import release
from tests.orders_shop import NOW

HEADER = "customer,name,points\n"


@pytest.fixture
def roster(shop):
    shop.feed |= {"brings": [], "mode": "snapshot", "missing_at_most": "50%", "from": {"file": "data/*.csv"}}
    shop.feed["members"] = {"attributes": {"name": "name", "points": "points"}}
    del shop.feed["covers"]
    return shop


def named(shop):
    query = """select i.value from feed_members f join identities i using (member_id) order by 1"""
    return [value for (value,) in shop.rows(query)]


def attributes(shop):
    query = "select i.value, m.attributes from identities i join members m on m.id = i.member_id order by 1"
    return dict(shop.rows(query))


def test_who_is_missing_stays_as_she_is_unless_the_feed_says_more(roster, figures):
    roster.file("a.csv", HEADER + "A,美,1\nB,蘭,2\n")
    roster.load("a.csv")
    roster.file("b.csv", HEADER + "A,美,1\nC,竹,3\n")
    report = roster.load("b.csv")
    assert (figures(report), report.counts["missing"]) == ((2, 1, 1, 0), 1)
    assert named(roster) == ["A", "C"]
    assert attributes(roster)["B"] == {"name": "蘭", "points": "2"}


def test_clear_takes_away_what_the_feed_brings_and_nothing_else(roster):
    roster.feed["missing"] = "clear"
    roster.file("a.csv", HEADER + "A,美,1\nB,蘭,2\n")
    roster.load("a.csv")
    with roster.engine.begin() as connection:
        connection.exec_driver_sql('update members set attributes = attributes || \'{"city": "台中"}\'')
    roster.file("b.csv", HEADER + "A,美,1\n")
    roster.load("b.csv")
    assert attributes(roster)["B"] == {"city": "台中"}
    roster.file("c.csv", HEADER + "A,美,1\nB,蘭,5\n")
    roster.load("c.csv")
    assert (attributes(roster)["B"]["points"], named(roster)) == ("5", ["A", "B"])


def test_an_event_is_written_once_each_time_she_goes_missing(roster):
    roster.feed["missing"] = "event line"
    for number, rows in enumerate(("A,1,\nB,2,\n", "A,1,\nC,,\n", "A,2,\nC,,\n", "A,2,\nB,2,\nC,,\n", "A,3,\nC,,\n")):
        roster.file("a.csv", HEADER + rows)
        roster.load("a.csv", datetime(2026, 3, 10 + number, tzinfo=UTC))
        roster.load("a.csv", datetime(2026, 3, 10 + number, 1, tzinfo=UTC))
    query = "select i.value, e.name, e.at from events e join identities i using (member_id) order by e.id"
    days = [datetime(2026, 3, 11, tzinfo=UTC), datetime(2026, 3, 14, tzinfo=UTC)]
    assert roster.rows(query) == [("B", "line", day) for day in days]


def test_a_snapshot_that_lost_too_many_is_held_and_clears_nobody_until_a_person_says_so(roster):
    roster.feed["missing"] = "clear"
    roster.file("a.csv", HEADER + "A,美,1\nB,蘭,2\nC,竹,3\n")
    roster.load("a.csv")
    roster.file("b.csv", HEADER + "A,美,1\n")
    report = roster.load("b.csv")
    assert report.status == "held"
    assert report.verdict.reasons == ("名單少了太多人：最多 50% (2 of 3 members are missing)",)
    assert (named(roster), attributes(roster)["B"]) == (["A", "B", "C"], {"name": "蘭", "points": "2"})
    with roster.engine.begin() as connection:
        release(connection, "orders", "mei", "the club was closed", NOW, project=roster.project)
    assert (named(roster), attributes(roster)["B"]) == (["A"], {})


def test_a_row_that_cannot_land_still_says_that_she_is_there(roster, figures):
    from tests.orders_shop import expectation

    roster.feed["missing"] = "clear"
    roster.expects(expectation("no name", "expect_column_values_to_not_be_null", column="name"))
    roster.file("a.csv", HEADER + "A,美,1\nB,蘭,2\n")
    roster.load("a.csv")
    roster.file("b.csv", HEADER + "A,美,1\nB,,2\n")
    assert figures(roster.load("b.csv")) == (2, 0, 1, 1)
    assert (named(roster), attributes(roster)["B"]["name"]) == (["A", "B"], "蘭")


def test_an_older_snapshot_that_comes_late_finds_nobody_missing(roster):
    roster.feed["missing"] = "clear"
    roster.file("a.csv", HEADER + "A,美,1\nB,蘭,2\n")
    roster.load("a.csv", day=date(2026, 3, 9))
    roster.file("b.csv", HEADER + "A,美,1\n")
    report = roster.load("b.csv", day=date(2026, 3, 8))
    assert "missing" not in report.counts
    assert (named(roster), attributes(roster)["B"]["name"]) == (["A", "B"], "蘭")


def test_a_trial_shows_the_missing_and_keeps_the_list(roster):
    roster.file("a.csv", HEADER + "A,美,1\nB,蘭,2\n")
    roster.load("a.csv")
    roster.file("b.csv", HEADER + "A,美,1\n")
    assert roster.load("b.csv", only_try=True).counts["missing"] == 1
    assert named(roster) == ["A", "B"]
