"""One bucket per channel and endpoint, whoever takes from it, so that LINE's own never overflows."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from journey_engine.line.tokens import BURST_SECONDS, RATES, reserve
from tests import beside
from tests.line.taker import taking


def take(engine: Engine, endpoint: str, wanted: int) -> float:
    with engine.begin() as connection:
        return reserve(connection, "sandbox", endpoint, wanted)


def test_a_burst_goes_at_once_and_then_the_rate_holds(database: Engine) -> None:
    assert take(database, "push", 500) == 0.0
    assert take(database, "push", 2000) == pytest.approx(1.0, abs=0.2)
    assert take(database, "multicast", 50) == 0.0
    assert take(database, "multicast", 200) == pytest.approx(1.0, abs=0.2)


def test_all_senders_together_keep_to_one_rate(database: Engine) -> None:
    started = time.monotonic()
    with ThreadPoolExecutor(4) as senders:
        waits = list(senders.map(lambda _: take(database, "push", 100), range(60)))
    spent = time.monotonic() - started

    # 6,000 tokens less the burst of 500 at 2,000 a second: the last may go after 2.75 s, whoever waits for it.
    assert max(waits) + spent >= 2.7
    assert max(waits) <= 2.75


def test_a_clock_that_was_set_back_does_not_freeze_a_bucket(database: Engine) -> None:
    take(database, "push", 500)
    with database.begin() as connection:
        connection.execute(text("update buckets set tokens = 0, refilled_at = refilled_at + interval '1 hour'"))

    assert take(database, "push", 200) == pytest.approx(0.1)  # nothing for the hour that is yet to come
    with database.begin() as connection:
        connection.execute(text("update buckets set refilled_at = refilled_at - interval '1 second'"))
    assert take(database, "push", 500) == 0.0


def test_three_processes_together_never_ask_for_more_than_line_gives(database: Engine, tmp_path: Path) -> None:
    url = database.url.render_as_string(hide_password=False)
    told = [tmp_path / f"told by {number}" for number in range(3)]
    takers = [beside.start(taking, url, each) for each in told]
    for taker in takers:
        taker.join(120)

    goes_at = sorted(float(line) for each in told for line in each.read_text().splitlines())
    assert ([taker.exitcode for taker in takers], len(goes_at)) == ([0, 0, 0], 120)
    # LINE's bucket, taken to hold one second's worth, would have to be empty for a refusal.
    rate, left, seen = RATES["multicast"], RATES["multicast"] * BURST_SECONDS * 1.1, goes_at[0]
    for at in goes_at:
        left, seen = min(rate, left + (at - seen) * rate) - 5, at
        assert left >= 0
