"""The first instant at which a condition holds, found by its candidates, against asking at every minute or midnight."""

from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import bindparam, func, insert, literal, literal_column, select, text
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import condition_sql
from journey_engine.compiler.instants import Whose, candidate_instants, first_instant, next_change
from journey_engine.language.grammar import parse_condition
from journey_engine.language.project import Project
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import tags
from tests.compiler.rows import at, event, member, tag, world
from tests.compiler.test_conditions import who
from tests.conftest import examples

PLAIN = world()


def fading(days, zone="Asia/Taipei"):
    schema = {**PLAIN.schema_.model_dump(by_alias=True), "tags": {"care": {"half_life": f"{days} days"}}}
    return Project.model_validate({**world(zone=zone).model_dump(by_alias=True), "schema": schema})


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def visit(member_id, entered, key=""):
    """A row named v, as the engine's statements have one."""
    columns = (
        literal(member_id).label("member_id"), literal(entered, INSTANT).label("entered_at"),
        literal({}, JSONB).label("entry"), literal(key).label("entry_key"),
    )  # fmt: skip
    return select(*columns).subquery("v")


def first(connection, project, written, member_id, entered, until, at_entry=True, key=None):
    whose = Whose("v", key_name="order_id" if key else None)
    found = first_instant(project, parse_condition(written), whose, literal(until, INSTANT), at_entry)
    return connection.execute(select(found).select_from(visit(member_id, entered, key or ""))).scalar_one()


def upcoming(connection, project, written, member_id, entered, now):
    change = next_change(project, parse_condition(written), Whose("v"), literal(now, INSTANT))
    return connection.execute(select(change).select_from(visit(member_id, entered))).scalar_one()


# ---- strength with a half-life -------------------------------------------------------------------------------------
def test_a_strength_is_halved_after_its_half_life_and_rounded_to_four_digits(connection):
    one, two = member(connection, "one"), member(connection, "two")
    tag(connection, one, "care", "2026-03-01 23:00", strength="3")
    tag(connection, two, "care", "2026-03-01 12:00", strength="1", expires="2026-03-12 12:00")
    tag(connection, two, "care", "2026-03-11 12:00", strength="1")
    project = fading(10)
    assert who(connection, "tag care strength = 3", "2026-03-01 23:59", project=project) == ["one"]
    assert who(connection, "tag care strength = 2.7991", "2026-03-02 00:00", project=project) == ["one"]
    assert who(connection, "tag care strength = 1.5", "2026-03-11 12:00", project=project) == ["one", "two"]
    assert who(connection, "tag care strength = 0.9330", "2026-03-12 12:00", project=project) == ["two"]
    assert who(connection, "tag care strength > 0", "2028-03-12 12:00", project=project) == []
    assert who(connection, "tag care strength >= 0", "2028-03-12 12:00", project=project) == ["one", "two"]
    assert who(connection, "tag care", "2028-03-12 12:00", project=project) == ["one", "two"]


def test_a_strength_falls_below_a_limit_at_a_local_midnight(connection):
    one = member(connection, "one")
    tag(connection, one, "care", "2026-03-01 12:00", strength="4")
    entered, now = at("2026-03-02 12:00"), at("2026-12-31 12:00")
    project = fading(10)
    assert first(connection, project, "tag care strength < 2", one, entered, now) == at("2026-03-12 00:00")
    assert first(connection, project, "tag care strength <= 2", one, entered, now) == at("2026-03-11 00:00")
    assert first(connection, project, "tag care strength = 1", one, entered, now) == at("2026-03-21 00:00")
    assert first(connection, project, "tag care strength = 0", one, entered, now) == at("2026-08-11 00:00")
    # The flip that a waiting row is woken for lies ahead, and nothing is between it and now.
    assert upcoming(connection, project, "tag care strength < 0.5", one, entered, at("2026-03-29 12:00")) <= at(
        "2026-04-01 00:00"
    )


def strength(grants, when, half_life, zone_hours=8):
    """What the strength is at an instant, worked out with decimals; None without a grant in force."""
    zone = timedelta(hours=zone_hours)
    day = (when.astimezone(UTC) + zone).date()

    def faded(grant):
        days = (day - (grant["granted_at"] + zone).date()).days
        return grant["strength"] * Decimal(2) ** (Decimal(-days) / half_life)

    parts = [
        faded(grant)
        for grant in grants
        if grant["granted_at"] <= when and (grant["expires_at"] is None or when < grant["expires_at"])
    ]  # fmt: skip
    return sum(parts).quantize(Decimal("0.0001"), ROUND_HALF_UP) if parts else None


START = datetime(2026, 3, 1, tzinfo=UTC)
minutes = st.integers(0, 60 * 24 * 40)
grants = st.lists(st.tuples(minutes, st.integers(-3, 5), st.none() | minutes), min_size=1, max_size=4)
limits = st.sampled_from(["0", "0.5", "1", "1.4142", "2", "-1", "3.00005", "0.0001"])


@settings(max_examples=examples(120), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(grants, st.sampled_from([1, 7, 30]), st.sampled_from([">=", "<", "=", ">", "!="]), limits, minutes)
def test_the_first_crossing_is_the_one_that_asking_every_hour_finds(
    connection, drawn, half_life, operator, limit, entry
):
    savepoint = connection.begin_nested()
    one = member(connection, "one")
    rows = [
        {"member_id": one, "tag": "care", "strength": Decimal(much), "granted_at": START + timedelta(minutes=granted),
         "expires_at": None if lasts is None else START + timedelta(minutes=granted + lasts + 1), "source": "t"}
        for granted, much, lasts in drawn
    ]  # fmt: skip
    connection.execute(insert(tags), rows)
    entered = START + timedelta(minutes=entry)
    until = START + timedelta(days=120)
    written = f"tag care strength {operator} {limit}"
    found = first(connection, fading(half_life), written, one, entered, until)
    savepoint.rollback()
    bounds = [row[name] for row in rows for name in ("granted_at", "expires_at") if row[name]]
    midnights = [START + timedelta(days=number, hours=-8) for number in range(122)]
    compare = {">=": "__ge__", "<": "__lt__", "=": "__eq__", ">": "__gt__", "!=": "__ne__"}[operator]

    def holds(when):
        value = strength(rows, when, half_life)
        return getattr(value, compare)(Decimal(limit)) if value is not None else operator == "!="

    asked = sorted(when for when in {entered, *bounds, *midnights} if entered <= when <= until)
    assert found == next((when for when in asked if holds(when)), None)


# ---- calendar windows, friends, keys -------------------------------------------------------------------------------
FORMS = [
    "no visit today", "visit today", "no visit this week", "visit at least 2 times this month", "is friend",
    "is not friend", "birthday is today", "not birthday is today", "no visit today and is friend",
]  # fmt: skip


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["visit", "follow", "unfollow"]), st.integers(0, 24 * 40)), max_size=5),
    st.sampled_from(FORMS), st.integers(0, 24 * 40), st.sampled_from(["Asia/Taipei", "America/New_York"]),
)  # fmt: skip
def test_the_first_instant_is_the_one_that_asking_every_hour_finds(connection, happened, written, entry, zone):
    savepoint = connection.begin_nested()
    project = world(zone=zone)
    start = datetime(2026, 2, 20, tzinfo=UTC)
    one = member(connection, "one", birthday="1990-03-15")
    rows = [
        {"member_id": one, "name": name, "at": start + timedelta(hours=hour), "properties": {}, "source": "t"}
        for name, hour in sorted(happened, key=lambda each: each[1])
    ]
    if rows:
        connection.execute(insert(events), rows)
    entered, until = start + timedelta(hours=entry), start + timedelta(days=60)
    found = first(connection, project, written, one, entered, until)
    holds = condition_sql(project, parse_condition(written), literal(one), literal_column("h.t", INSTANT))
    hours = text("generate_series(cast(:first as timestamptz), cast(:last as timestamptz), interval '1 hour') h(t)")
    asked = select(func.min(literal_column("h.t", INSTANT))).select_from(hours).where(holds)
    expected = connection.execute(asked, {"first": entered, "last": until}).scalar_one()
    savepoint.rollback()
    assert found == expected


def test_a_visit_per_order_leaves_by_its_own_refund_only(connection):
    one = member(connection, "one")
    entered, until = at("2026-03-01 12:00"), at("2026-04-01 12:00")
    event(connection, one, "refund", "2026-03-02 12:00", order_id="b")
    event(connection, one, "refund", "2026-03-03 12:00", order_id="a")
    assert first(connection, PLAIN, "refund since entry", one, entered, until, key="a") == at("2026-03-03 12:00")
    assert first(connection, PLAIN, "refund of any order_id", one, entered, until, key="a") == at("2026-03-02 12:00")
    assert first(connection, PLAIN, "refund since entry", one, entered, until, key="c") is None


def test_a_rank_has_no_instants(connection):
    with pytest.raises(TypeError, match="a rank has no instants of its own"):
        candidate_instants(PLAIN, parse_condition("top 5% by purchase"), Whose("v"), bindparam("now", type_=INSTANT))
