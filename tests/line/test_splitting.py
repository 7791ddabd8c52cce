"""A multicast that LINE refuses for its recipients is taken apart, within bounds, and loses and doubles nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.line.shop import BRISK, NOON, Shop


def test_bundles_are_halved_into_at_most_64_more_requests_and_then_pushed(shop: Shop) -> None:
    shop.crowd(300, "sale", "digest", unknown=set(range(1, 300, 5)))

    report = shop.send(pace=replace(BRISK, first_batch=600, patience=20))

    assert (report.accepted, report.skipped) == (480, {"refused by LINE": 120})
    parts = "select count(*) from requests where root_id is not null and endpoint ="
    assert shop.run(f"{parts} 'multicast'") == [(64,)]
    assert shop.run(f"select ({parts} 'push') > 100") == [(True,)]
    assert {tuple(shop.got(number)) for number in range(1, 301) if number % 5 != 1} == {("本週新聞", "全館八折")}
    shop.assert_ledgers_agree()


def test_after_23_hours_nobody_asks_for_a_part_again(shop: Shop) -> None:
    shop.crowd(8, "sale", unknown={3}, expires=lambda _: timedelta(days=5))
    shop.sandbox.fault("500_after", endpoint="push")
    shop.send(pace=replace(BRISK, patience=0, first_backoff=600, longest_backoff=600))
    assert shop.run("select endpoint, status, count(*) from requests group by 1, 2 order by 1, 2") == [
        ("multicast", "split", 1), ("push", "ready", 7), ("push", "refused", 1),
    ]  # fmt: skip
    shop.sandbox.heal()
    shop.run(
        "update requests set attempted_at = attempted_at - interval '23 hours', next_attempt_at = clock_timestamp()"
        " where status = 'ready'"
    )

    report = shop.send(NOON + timedelta(hours=23))
    assert (report.unknown, report.requests) == (7, {})
    assert {len(shop.got(number)) for number in range(1, 9) if number != 3} == {1}
