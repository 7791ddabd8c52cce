"""The resident sender: called, on time, one of several, through outages of the database and of LINE."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Connection

from journey_engine.data.release import release
from journey_engine.line.channel import Channel
from journey_engine.line.draining import Standing
from journey_engine.line.pausing import pause
from journey_engine.line.residing import Ground, Resident
from journey_engine.line.seat import call_senders, has_sender
from tests import beside
from tests.line.resident import residing
from tests.line.shop import BRISK, JOURNEY, NOON, Shop, project_of
from tests.line.test_crashes import await_


@dataclass
class Post:
    """Resident senders of a shop, each on a thread; the business clock runs on from NOON."""

    shop: Shop
    began: float = field(default_factory=time.monotonic)
    said: list[str] = field(default_factory=list)
    seated: list[tuple[Resident, threading.Thread]] = field(default_factory=list)

    def now(self) -> datetime:
        return NOON + timedelta(seconds=time.monotonic() - self.began)

    def look(self, _: Connection) -> Ground:
        return Ground(Standing(self.shop.project, self.now()), self.shop.channel)

    def sit(self, lease: float = 2, timeout: float = 1) -> Resident:
        pace = replace(BRISK, give_up_after=5, lease=lease, timeout=timeout)
        resident = Resident(self.shop.engine, self.look, self.said.append, pace)
        thread = threading.Thread(target=resident.run)
        thread.start()
        self.seated.append((resident, thread))
        return resident

    def end(self) -> None:
        for resident, thread in self.seated:
            resident.end()
            thread.join(10)
            assert not thread.is_alive()

    def call(self) -> None:
        with self.shop.engine.begin() as connection:
            call_senders(connection)

    def accepted(self, count: int) -> Callable[[], bool]:
        return lambda: self.shop.run("select count(*) from intents where status = 'accepted'") == [(count,)]


@pytest.fixture
def post(shop: Shop) -> Iterator[Post]:
    made = Post(shop)
    yield made
    made.end()


def test_what_is_due_goes_when_the_sender_is_called(post: Post) -> None:
    post.sit()
    await_(lambda: "Sends through sandbox." in post.said)

    post.shop.crowd(3, "hello")
    post.call()

    await_(post.accepted(3))
    assert [post.shop.got(number) for number in (1, 2, 3)] == [["n1，您好"], ["n2，您好"], ["n3，您好"]]
    await_(lambda: "3 accepted." in post.said)


def test_what_a_person_lets_go_on_goes_at_once(post: Post) -> None:
    shop = post.shop
    with shop.engine.begin() as connection:
        pause(connection, shop.project, "sandbox", "hello", "小美", "錯字", post.now())
    shop.crowd(2, "hello")
    post.sit()
    await_(lambda: "Sends through sandbox." in post.said)

    with shop.engine.begin() as connection:
        release(connection, "hello", "小美", "改好了", post.now(), scope="message")

    await_(post.accepted(2), 10)


def test_what_becomes_due_later_goes_then_without_being_called(post: Post) -> None:
    post.shop.crowd(2, "hello", at=NOON + timedelta(seconds=1.5))
    post.sit()

    await_(post.accepted(2), 10)

    assert post.now() >= NOON + timedelta(seconds=1.5)
    sent = post.shop.run("select distinct settled_at >= :due from intents", due=NOON + timedelta(seconds=1.5))
    assert sent == [(True,)]


def test_of_two_senders_one_sits_and_the_other_takes_over_when_it_ends(post: Post) -> None:
    first = post.sit()
    await_(lambda: "Sends through sandbox." in post.said)
    post.sit()
    await_(lambda: "Another sender serves sandbox; this one waits to take over." in post.said)
    with post.shop.engine.connect() as connection:
        assert (has_sender(connection, "sandbox"), has_sender(connection, "live-1")) == (True, False)

    first.end()
    await_(lambda: post.said.count("Sends through sandbox.") == 2)
    post.shop.crowd(2, "hello")
    post.call()
    await_(post.accepted(2))

    post.end()
    with post.shop.engine.connect() as connection:
        assert not has_sender(connection, "sandbox")


def test_a_database_that_throws_everybody_out_is_waited_for_and_nobody_is_messaged_twice(post: Post) -> None:
    post.shop.sandbox.fault("slow", endpoint="push", seconds=0.2)
    post.shop.crowd(150, "hello")
    post.sit()
    thrown = "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    for _ in range(3):
        time.sleep(0.3)
        post.shop.run(f"{thrown} and pid <> pg_backend_pid()")

    await_(post.accepted(150), 30)
    assert {len(post.shop.got(number)) for number in range(1, 151)} == {1}
    assert any(each.startswith("The database does not answer") for each in post.said)
    post.shop.assert_ledgers_agree()


def test_a_silent_line_is_waited_for_and_said(post: Post) -> None:
    post.shop.sandbox.fault("500_before", endpoint="push", count=20)
    post.shop.crowd(30, "hello")
    post.sit()

    await_(post.accepted(30), 30)

    assert any(each.startswith("LINE does not answer: 500") for each in post.said)
    await_(lambda: "It goes on." in post.said)
    post.shop.assert_ledgers_agree()


def test_a_bad_id_in_a_multicast_is_found_though_the_clock_runs(post: Post) -> None:
    post.shop.crowd(60, "sale", unknown={7})
    post.sit()

    await_(lambda: post.shop.run("select count(*) from intents where status in ('pending', 'frozen')") == [(0,)], 15)
    told = list(post.shop.told().values())
    assert (told.count("accepted"), told.count("skipped: refused by LINE")) == (59, 1)
    post.shop.assert_ledgers_agree()


def test_what_is_applied_while_it_sends_counts_for_the_next_decision(post: Post) -> None:
    post.sit()
    await_(lambda: "Sends through sandbox." in post.said)
    post.shop.project = project_of(journeys=[{**JOURNEY, "status": "paused"}])
    post.call()
    time.sleep(0.5)  # what had begun to be decided ends
    post.shop.crowd(3, "hello")
    post.call()
    time.sleep(0.5)
    assert set(post.shop.told().values()) == {"pending"}

    post.shop.project = project_of()
    post.call()
    await_(post.accepted(3))


def test_a_channel_that_changes_is_left(post: Post) -> None:
    post.sit()
    await_(lambda: "Sends through sandbox." in post.said)
    old = post.shop.channel

    post.shop.channel = Channel("other", old.host, old.token)
    post.call()

    await_(lambda: "Sends through other." in post.said)


def test_a_sender_told_to_end_records_what_is_under_way_and_leaves_the_rest(post: Post) -> None:
    post.shop.crowd(400, "hello")
    post.shop.sandbox.fault("slow", endpoint="push", seconds=0.3)
    post.sit(lease=60, timeout=30)
    await_(lambda: post.shop.sandbox.channel.counts["answers_slow"] > 0)

    post.end()

    told = post.shop.run("select status, count(*) from intents group by status")
    assert {status for status, _ in told} <= {"accepted", "pending"}
    post.shop.assert_ledgers_agree()
    assert post.shop.run("select count(*) from requests where status in ('ready', 'attempting')") == [(0,)]


def test_a_killed_resident_is_followed_by_another_that_sends_what_it_owed(post: Post) -> None:
    post.shop.crowd(60, "hello", "receipt")
    post.shop.sandbox.fault("slow", endpoint="push", seconds=0.3)
    url = post.shop.engine.url.render_as_string(hide_password=False)
    process = beside.start(residing, url, post.shop.sandbox.url)
    await_(lambda: post.shop.sandbox.channel.counts["answers_slow"] >= 20)
    process.kill()
    process.join()
    post.shop.sandbox.heal()

    post.sit()

    await_(post.accepted(120), 30)
    assert {len(post.shop.got(number)) for number in range(1, 61)} == {2}
    post.shop.assert_ledgers_agree()
