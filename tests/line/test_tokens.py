from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine

from journey_engine.line.tokens import reserve


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
