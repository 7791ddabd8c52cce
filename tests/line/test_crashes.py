"""A sender killed between freezing a request and hearing the answer, and senders that race."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.conftest import ROOT
from tests.line.shop import BRISK, NOON, Shop


def await_(what: Callable[[], bool], seconds: float = 20.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.01)


def start_sender(shop: Shop) -> subprocess.Popen[bytes]:
    url = shop.engine.url.render_as_string(hide_password=False)
    return subprocess.Popen([sys.executable, "-m", "tests.line.sender", url, shop.sandbox.url], cwd=ROOT)


@pytest.mark.parametrize("kind", ["slow", "timeout_after"])
def test_a_killed_senders_requests_are_sent_by_the_next_one_and_nobody_gets_them_twice(shop: Shop, kind: str) -> None:
    shop.crowd(30, "hello", "sale")
    shop.sandbox.fault(kind, seconds=0.5 if kind == "slow" else 30, endpoint="push")
    sender = start_sender(shop)
    await_(lambda: shop.sandbox.channel.counts[f"answers_{kind}"] >= 20)
    sender.send_signal(signal.SIGKILL)
    sender.wait()

    assert shop.run("select count(*) > 20 from requests where status = 'attempting'") == [(True,)]
    shop.sandbox.heal()
    time.sleep(0.6)  # what was slow is done, whether or not anybody listens
    assert shop.send(pace=replace(BRISK, patience=0)).requests == {}, "their leases still run"
    shop.run("update requests set lease_until = clock_timestamp() - interval '1 second' where status = 'attempting'")
    shop.send(NOON + timedelta(minutes=5))

    assert set(shop.told().values()) == {"accepted"}
    assert {tuple(sorted(shop.got(number))) for number in range(1, 31)} == {
        tuple(sorted((f"n{number}，您好", "全館八折"))) for number in range(1, 31)
    }
    shop.assert_ledgers_agree()


def test_two_senders_at_once_divide_the_work(shop: Shop) -> None:
    shop.crowd(200, "hello", "digest")

    with ThreadPoolExecutor(2) as senders:
        reports = list(senders.map(lambda _: shop.send(pace=replace(BRISK, first_batch=20, batch=50)), range(2)))

    assert sum(report.accepted for report in reports) == 400
    assert {len(shop.got(number)) for number in range(1, 201)} == {2}
    shop.assert_ledgers_agree()


def test_a_sender_that_outlives_its_lease_is_overtaken_and_nobody_is_messaged_twice(shop: Shop) -> None:
    shop.crowd(5, "hello")
    shop.sandbox.fault("slow", endpoint="push", seconds=0.5, count=5)
    hasty = replace(BRISK, lease=0.1, timeout=5)

    with ThreadPoolExecutor(2) as senders:
        first = senders.submit(shop.send, NOON, hasty)
        await_(lambda: shop.sandbox.channel.counts["answers_slow"] == 5)
        time.sleep(0.15)
        second = senders.submit(shop.send, NOON, hasty)
        assert first.result().accepted + second.result().accepted == 5

    assert {len(shop.got(number)) for number in range(1, 6)} == {1}
    assert set(shop.told().values()) == {"accepted"}
    assert len(shop.happened()) == 5
    shop.assert_ledgers_agree()


def test_senders_killed_again_and_again_amid_faults_message_everybody_once(shop: Shop) -> None:
    shop.crowd(150, "hello", "digest", "receipt", unknown={7, 77})
    for seed, kind in enumerate(("500_before", "500_after", "reset_after", "429_rate", "slow")):
        shop.sandbox.fault(kind, rate=0.1, seed=seed, endpoint="push", seconds=0.2)
    for killed_after in (20, 150):
        before = sum(shop.sandbox.channel.counts.values())
        sender = start_sender(shop)
        await_(lambda: sender.poll() is not None or sum(shop.sandbox.channel.counts.values()) > before + killed_after)  # noqa: B023
        sender.kill()
        sender.wait()
        shop.run("update requests set lease_until = clock_timestamp() where status = 'attempting'")
    shop.sandbox.heal()
    time.sleep(0.3)
    shop.send(NOON + timedelta(minutes=5), replace(BRISK, patience=10))

    told = Counter(status for (status,) in shop.run("select status from intents"))
    assert (told["accepted"], told["skipped"] + told["unknown"]) == (444, 6)  # of the two whom LINE does not know
    assert {len(shop.got(number)) for number in range(1, 151) if number not in (7, 77)} == {3}
    shop.assert_ledgers_agree()
