"""A sender killed between freezing a request and hearing the answer, and senders that race."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from multiprocessing.process import BaseProcess

import pytest

from journey_engine.line.doubts import settle
from tests import beside
from tests.line.sender import sending
from tests.line.shop import BRISK, NOON, Shop
from tests.sandbox_fixtures import user

LATER = NOON + timedelta(hours=1)


def await_(what: Callable[[], bool], seconds: float = 120.0) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "it did not come to that"
        time.sleep(0.05)  # most of them ask another process


def start_sender(shop: Shop) -> BaseProcess:
    return beside.start(sending, shop.engine.url.render_as_string(hide_password=False), shop.sandbox.url)


@pytest.mark.parametrize("kind", ["slow", "timeout_after"])
def test_a_killed_senders_requests_are_sent_by_the_next_one_and_nobody_gets_them_twice(shop: Shop, kind: str) -> None:
    shop.crowd(30, "hello", "sale")
    shop.sandbox.fault(kind, seconds=0.5 if kind == "slow" else 30, endpoint="push")
    sender = start_sender(shop)
    await_(lambda: shop.sandbox.channel.counts[f"answers_{kind}"] >= 20)
    sender.kill()
    sender.join()

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
        await_(lambda: not sender.is_alive() or sum(shop.sandbox.channel.counts.values()) > before + killed_after)  # noqa: B023
        sender.kill()
        sender.join()
        shop.run("update requests set lease_until = clock_timestamp() where status = 'attempting'")
    shop.sandbox.heal()
    time.sleep(0.3)
    shop.send(NOON + timedelta(minutes=5), replace(BRISK, patience=10))

    # Who shares a multicast with one whom LINE does not know may be in doubt with them; nobody else is.
    beside = "select request_id from intents where recipient = any(:strangers)"
    strangers = [user(7), user(77)]
    told = shop.run(
        f"select status, count(*) from intents where request_id not in ({beside}) group by 1", strangers=strangers
    )
    doubtful = shop.run(
        f"select i.status, r.endpoint = 'multicast' from intents i join requests r on r.id = i.request_id "
        f"where r.id in ({beside})",
        strangers=strangers,
    )
    assert [status for status, _ in told] == ["accepted"]
    assert set(doubtful) <= {("unknown", True), ("unknown", False), ("skipped", False)}
    assert told[0][1] + len(doubtful) == 450
    fewest = 2 if any(many for _, many in doubtful) else 3
    assert {len(shop.got(number)) for number in range(1, 151) if number not in (7, 77)} <= {fewest, 3}
    shop.assert_ledgers_agree()


def test_a_multicast_that_a_killed_sender_left_and_line_refuses_then_is_in_doubt_until_a_person_says(
    shop: Shop,
) -> None:
    """A 400 does not say that the first attempt was refused, too: who got it then must not get it twice."""
    shop.crowd(50, "digest", unknown={7})
    shop.sandbox.fault("slow", endpoint="multicast", seconds=1.0)
    sender = start_sender(shop)
    await_(lambda: shop.sandbox.channel.counts["answers_slow"] == 1)
    sender.kill()
    sender.join()
    shop.sandbox.heal()
    shop.run("update requests set lease_until = clock_timestamp()")

    assert shop.send(NOON + timedelta(minutes=5)).unknown == 50
    assert {len(shop.got(number)) for number in range(1, 51)} == {0}

    with shop.engine.begin() as connection:
        assert settle(connection, "again", "小美", NOON + timedelta(minutes=6), "Asia/Taipei", before=LATER) == 50
    shop.send(NOON + timedelta(minutes=7))
    assert Counter(shop.told().values()) == {"accepted": 49, "skipped: refused by LINE": 1}
    assert {len(shop.got(number)) for number in range(1, 51) if number != 7} == {1}
