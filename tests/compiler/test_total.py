"""Any condition over any rows is true or false, and its complement is exactly the other members."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, literal, select

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.language import conditions as c
from journey_engine.language.durations import Duration
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import cuts
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members, tags
from tests.compiler.rows import member, world
from tests.conftest import examples

PLAIN = world(zone="America/New_York").model_dump(by_alias=True)
PLAIN["schema"]["rfm"] = {"event": "purchase", "within": "30 days"}
PLAIN["schema"]["scores"] = {
    "loyalty": {
        "gives": [
            {"on": "purchase", "points": 5, "at_most": 12},
            {"on": "unfollow", "points": -3},
            {"on": "booking where note contains 'x'", "points": 1},
        ],
        "half_life": "3 days",
        "cap": 20,
    }
}
PLAIN["schema"]["tags"] = {"care": {"half_life": "3 days"}}
PLAIN["schema"]["events"]["booking"] = {"properties": {"starts_at": "time", "note": "text", "what": "list"}}
PROJECT = Project.model_validate(PLAIN)
NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)
NAUGHTY = [
    "", " ", "0", "-1.50", "1e5", "NaN", "九", "2026-03-08", "2026-02-30", "2026-03-08T02:30",
    "2026-03-08 02:30:00+08:00", "2026-03-08T02:30:00.123456Z", "9999-12-31T23:59:59+15:00", "0001-01-01 00:00", "%_\\",
    "'; drop table members; --",
    "[1, 2]", "{", "x" * 300, "9" * 400, "２", "\u200b", "𐐷",
]  # fmt: skip

texts = st.sampled_from(NAUGHTY)
numbers = st.sampled_from([Decimal("-1.5"), Decimal(0), Decimal("0.5"), Decimal(1), Decimal(10) ** 25])
operators = st.sampled_from(["=", "!=", "<", "<=", ">", ">="])
number_tests = st.one_of(st.builds(c.Compare, operators, numbers), st.builds(c.Between, numbers, numbers))
text_tests = st.one_of(
    st.builds(c.Compare, operators, texts), st.builds(c.OneOf, st.lists(texts, min_size=1, max_size=3).map(tuple)),
    st.just(c.Known()), st.builds(c.Contains, texts),
)  # fmt: skip
dates = st.dates(date(2026, 3, 1), date(2026, 3, 12))
date_tests = st.one_of(st.builds(c.Compare, operators, dates), st.builds(c.Between, dates, dates), st.just(c.Known()))
tested = {
    "tier": text_tests, "points": number_tests, "birthday": date_tests,
    "store": text_tests, "quantity": number_tests, "value": number_tests, "starts_at": date_tests, "note": text_tests,
}  # fmt: skip


def asked(node, *names):
    return st.sampled_from(names).flatmap(lambda name: st.builds(node, st.just(name), tested[name]))


durations = st.builds(Duration, st.integers(1, 9), st.sampled_from(["minute", "hour", "day", "week", "month"]))
windows = st.one_of(st.none(), st.builds(c.Within, durations),
                    st.builds(c.ThisPeriod, st.sampled_from(["day", "week", "month"])))  # fmt: skip
in_visit = windows | st.just(c.SinceEntry()) | st.just(c.BeforeEntry())
purchases = st.none() | asked(c.Property, "store", "quantity", "value")


bookings = st.none() | asked(c.Property, "starts_at", "note")


def queries(windows):
    kinds = ("purchase", purchases), ("booking", bookings)
    return st.one_of(*(st.builds(c.EventQuery, st.just(name), st.none(), windows, where) for name, where in kinds))


leaves = st.one_of(
    asked(c.Attribute, "tier", "points", "birthday"),
    asked(c.EntryProperty, "store", "quantity", "value"),
    st.builds(c.EventCount, queries(in_visit), operators, st.integers(0, 3)),
    st.builds(c.EventSum, st.builds(c.EventQuery, st.just("purchase"), st.none(), in_visit, purchases),
              st.sampled_from(["value", "quantity"]), number_tests),
    st.builds(c.DaysSince, queries(st.none()), number_tests),
    st.builds(c.TagStrength, st.sampled_from(["care", "vip"]), number_tests),
    st.builds(c.Score, st.just("loyalty"), number_tests),
    st.builds(c.PersonaIs, st.sampled_from(["gourmet", "nobody"])),
    st.builds(c.DateWithinNext, st.just("birthday"), durations),
    st.builds(c.DateIsToday, st.just("birthday")),
    st.builds(c.DateInThisMonth, st.just("birthday")),
    st.just(c.IsFriend()),
    st.builds(c.Top, st.sampled_from([Decimal("0.01"), Decimal("0.5"), Decimal(1)]), queries(windows), st.none()),
    st.builds(c.Rfm, st.sampled_from(["recency", "frequency", "monetary"]), number_tests),
)  # fmt: skip
conditions = st.recursive(
    leaves, lambda inner: st.one_of(
        st.builds(c.All, st.lists(inner, min_size=2, max_size=3).map(tuple)),
        st.builds(c.AnyOf, st.lists(inner, min_size=2, max_size=3).map(tuple)), st.builds(c.Not, inner),
    ), max_leaves=4,
)  # fmt: skip
properties = st.dictionaries(st.sampled_from(["store", "quantity", "starts_at", "note", "order_id"]), texts)
attributes = st.dictionaries(st.sampled_from(["tier", "points", "birthday"]), texts)
happened = st.lists(
    st.tuples(
        st.integers(0, 5), st.sampled_from(["purchase", "booking", "follow", "unfollow"]), st.integers(0, 24 * 12),
        st.none() | numbers, properties,
    ), max_size=12,
)  # fmt: skip


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(conditions, st.lists(attributes, min_size=3, max_size=6), happened,
       st.dictionaries(st.sampled_from(["store", "quantity", "value"]), texts))  # fmt: skip
def test_every_condition_divides_the_members_whatever_their_rows_say(connection, condition, people, rows, entry):
    savepoint = connection.begin_nested()
    try:
        ids = [member(connection, f"m{number}", **attributes) for number, attributes in enumerate(people)]
        written = [
            {"member_id": ids[who % len(ids)], "name": name, "at": NOW - timedelta(hours=hours), "value": value,
             "properties": properties, "source": "t"}
            for who, name, hours, value, properties in rows
        ]  # fmt: skip
        if written:
            connection.execute(insert(events), written)
        grants = [{"member_id": one, "tag": "care", "strength": Decimal(place), "source": "t",
                   "granted_at": NOW - timedelta(days=900 * place)} for place, one in enumerate(ids)]  # fmt: skip
        connection.execute(insert(tags), grants)
        cuts.keep(connection, PROJECT, ranks_in(condition), NOW)
        visit = Entry(literal(NOW - timedelta(days=3), INSTANT), literal(entry, enrolments.c.entry.type), "purchase",
                      key_name="order_id", key=literal("0"))  # fmt: skip

        def found(asked):
            holds = condition_sql(PROJECT, asked, members.c.id, literal(NOW, INSTANT), visit)
            return connection.execute(select(members.c.id, holds.label("holds")).order_by(members.c.id)).all()

        yes, no = found(condition), found(c.Not(condition))
        assert [(row.id, not row.holds) for row in yes] == [tuple(row) for row in no]
        assert {row.holds for row in yes} <= {True, False}
    finally:
        savepoint.rollback()
