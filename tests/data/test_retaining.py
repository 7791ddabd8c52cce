"""What is older than the policy keeps it goes, piece by piece; open visits, counts and the keys of events stay."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from journey_engine.data import retaining
from journey_engine.language.catalog import Policy
from tests.members.test_erasing import MEI, hear, said
from tests.orders_shop import HEADER, NOW, Shop

DAY = timedelta(days=1)


def policy(**kept: str) -> Policy:
    return Policy.model_validate({"zone": "Asia/Taipei", "retention": kept})


def orders(days: list[int]) -> str:
    rows = [f"{n},A,{NOW - n * DAY:%Y-%m-%d %H:%M:%S},{n},x\n" for n in days]
    return HEADER + "".join(rows)


@pytest.fixture
def old(shop: Shop) -> Shop:
    """Orders 1, 40, 50 and 100 days old."""
    shop.feed["arrives"] = "weekly"
    shop.file("a.csv", orders([1, 40, 50, 100]))
    shop.load("a.csv")
    return shop


def ages(shop: Shop) -> list[int]:
    return [int(row[0]) for row in shop.rows("select value from events order by value")]


def test_old_events_go_and_an_old_file_that_comes_again_adds_nothing(old: Shop) -> None:
    assert retaining.sweep(old.engine, policy(events="45 days"), NOW) == {"events": 2}
    assert ages(old) == [1, 40]
    old.file("b.csv", orders([2, 1, 40, 50, 100]))
    report = old.load("b.csv")
    assert (report.landed, report.already) == (1, 4)
    assert ages(old) == [1, 2, 40]


def test_pieces_are_bounded_and_what_was_not_reached_goes_the_next_time(old: Shop) -> None:
    told: list[tuple[str, int]] = []

    def killed(table: str, rows: int) -> None:
        told.append((table, rows))
        if len(told) == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        retaining.sweep(old.engine, policy(events="30 days"), NOW, most=1, told=killed)
    assert told == [("events", 1), ("events", 1)]
    assert len(ages(old)) == 2
    assert retaining.sweep(old.engine, policy(events="30 days"), NOW) == {"events": 1}
    assert retaining.sweep(old.engine, policy(events="30 days"), NOW) == {}


def test_what_an_open_visit_may_ask_about_stays_until_it_ends(old: Shop) -> None:
    begun: datetime = NOW - 60 * DAY
    with old.engine.begin() as connection:
        from sqlalchemy import text

        visit = """insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm)
                   values ('welcome', 1, 1, 1, :begun, 'event:1', '{}', 'journey')"""
        connection.execute(text(visit), {"begun": begun})
    assert retaining.sweep(old.engine, policy(events="30 days"), NOW) == {"events": 1}
    assert ages(old) == [1, 40, 50]
    with old.engine.begin() as connection:
        connection.exec_driver_sql("update enrolments set ended_at = now(), end_reason = 'finished'")
    assert retaining.sweep(old.engine, policy(events="30 days"), NOW) == {"events": 2}


def test_inbox_quarantine_and_clicks_lose_what_was_said_and_by_whom(shop: Shop) -> None:
    hear(shop, NOW, said("follow", MEI, NOW, "E1"))
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n2,A,never,5,x\n")
    shop.load("a.csv")
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(
            "insert into clicks (link_id, intent_id, member_id, at, counted)"
            f" values (7, 1, 1, '{NOW.isoformat()}', true)"
        )
    all_of_it: dict[str, Any] = {"inbox": "90 days", "quarantine": "90 days", "clicks": "12 months"}
    assert retaining.sweep(shop.engine, policy(**all_of_it), NOW + 80 * DAY) == {}
    later = NOW + 400 * DAY
    assert retaining.sweep(shop.engine, policy(**all_of_it), later) == {"inbox": 1, "quarantine": 1, "clicks": 1}
    assert shop.rows("select content, status, settled_by from quarantine") == [({}, "dropped", "retention")]
    assert shop.rows("select link_id, intent_id, member_id, counted from clicks") == [(7, None, None, True)]
    assert hear(shop, later, said("follow", MEI, NOW, "E1")) == {"known already": 1}


def test_where_the_policy_says_nothing_nothing_is_too_old(old: Shop) -> None:
    assert retaining.sweep(old.engine, policy(), NOW + 4000 * DAY) == {}
