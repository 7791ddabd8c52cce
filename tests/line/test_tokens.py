"""One bucket per channel and endpoint, whoever takes from it, so that LINE's own never overflows."""

from __future__ import annotations

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Engine, text

from journey_engine.line.tokens import BURST_SECONDS, RATES, reserve
from tests.conftest import ROOT

# Takes 40 chunks of 5 and says of each when it may go, in seconds by the database's clock.
_TAKER = """
import sys
from sqlalchemy import text
from journey_engine.line.tokens import reserve
from journey_engine.store import database
engine = database.engine_on(sys.argv[1])
for _ in range(40):
    with engine.begin() as connection:
        wait = reserve(connection, "sandbox", "multicast", 5)
        print(float(connection.execute(text("select extract(epoch from clock_timestamp())")).scalar_one()) + wait)
"""


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


def test_three_processes_together_never_ask_for_more_than_line_gives(database: Engine) -> None:
    url = database.url.render_as_string(hide_password=False)
    takers = [
        subprocess.Popen([sys.executable, "-c", _TAKER, url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [taker.communicate(timeout=120)[0] for taker in takers]

    goes_at = sorted(float(line) for part in told for line in part.splitlines())
    assert ([taker.returncode for taker in takers], len(goes_at)) == ([0, 0, 0], 120)
    # LINE's bucket, taken to hold one second's worth, would have to be empty for a refusal.
    rate, left, seen = RATES["multicast"], RATES["multicast"] * BURST_SECONDS * 1.1, goes_at[0]
    for at in goes_at:
        left, seen = min(rate, left + (at - seen) * rate) - 5, at
        assert left >= 0
