"""How far the month's messages go at the pace of late, and who is warned of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.language.catalog import Policy
from journey_engine.measures.quota import Difference, Quota, differences, different, quotas, warnings
from tests.compiler.rows import at

NOW = at("2026-11-20 10:00")


def policy(quota: Any = None) -> Policy:
    return Policy.model_validate({"zone": "Asia/Taipei", **({"quota": quota} if quota else {})})


def book(engine: Engine, used: int, limit: int | None, *days: tuple[str, int, int]) -> None:
    with engine.begin() as connection:
        connection.execute(
            text(
                "insert into channels (channel, quota_month, quota_used, quota_limit)"
                " values ('main', '2026-11', :u, :l)"
            ),
            {"u": used, "l": limit},
        )
        for day, reserved, released in days:
            connection.execute(
                text("insert into quota_ledger values ('main', :day, 'news', 'push', :reserved, :released)"),
                {"day": day, "reserved": reserved, "released": released},
            )


def asked(engine: Engine, rules: Policy) -> Quota:
    with engine.connect() as connection:
        [found] = quotas(connection, NOW, rules)
    return found


def test_the_pace_is_that_of_the_last_seven_days(database):
    book(database, 2_000, 3_000, ("2026-11-20", 60, 10), ("2026-11-14", 100, 0), ("2026-11-13", 9_999, 0))
    assert asked(database, policy()) == Quota("main", "2026-11", 2_000, 3_000, per_day=21)


def test_a_channel_that_began_yesterday_has_the_pace_of_two_days(database):
    book(database, 400, 1_000, ("2026-11-20", 100, 0), ("2026-11-19", 300, 0))
    found = asked(database, policy())
    assert (found.per_day, found.runs_out) == (200, date(2026, 11, 23))
    assert [words.en for words in warnings([found])] == [
        "main: 600 of 1,000 messages are left in 2026-11; at 200 a day of late and 0 waiting they are used up on "
        "2026-11-23."
    ]


@pytest.mark.parametrize(
    ("quota", "limit"), [(500, 500), ({"limit": 800, "reserve": {"service": "5%"}}, 800), (None, 1_000)]
)
def test_the_smaller_limit_counts(database, quota, limit):
    book(database, 0, 1_000)
    assert asked(database, policy(quota)).limit == limit


def test_what_waits_already_is_counted_in(database):
    book(database, 400, 401, ("2026-11-20", 1, 0))
    with database.begin() as connection:
        connection.execute(
            text("insert into members (member_key, created_at, changed_at) values ('m', :at, :at)"), {"at": NOW}
        )
        connection.execute(
            text(
                "insert into intents (enrolment_id, journey, step, member_id, message, at, expires_at, priority, entry)"
                " select 1, 'j', 's' || n, 1, 'm', :at, :at, 50, '{}' from generate_series(1, 2) n"
            ),
            {"at": at("2026-11-30 23:00")},
        )
    found = asked(database, policy())
    assert (found.waiting, found.runs_out) == (2, date(2026, 11, 20))


def test_a_month_that_does_warns_nobody_until_it_is_nearly_used(database):
    book(database, 100, 1_000, ("2026-11-20", 1, 0))
    found = asked(database, policy())
    assert warnings([found]) == ()
    nearly = Quota("main", "2026-11", 950, 1_000)
    over = Quota("main", "2026-11", 1_001, 1_000)
    assert [words.en for words in warnings([nearly, over])] == [
        "main: 50 of 1,000 messages are left in 2026-11.",
        "main: 0 of 1,000 messages are left in 2026-11; nothing that counts is sent.",
    ]


def test_what_line_counted_otherwise_is_told(database):
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into quota_checks values ('main', '2026-11-19', 'push', 100, 98, :now),"
                " ('main', '2026-11-19', 'reply', 5, 5, :now)"
            ),
            {"now": NOW},
        )
        found = differences(connection, at("2026-11-20 00:00"), NOW)
    assert found == (Difference("main", date(2026, 11, 19), "push", 100, 98),)
    assert different(found[0]).en == "main, 2026-11-19, push: LINE counted 98, we 100"
