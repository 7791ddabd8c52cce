"""Calls over HTTP: what is posted, how it is signed, which answers count, and what is tried again."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from sqlalchemy import Engine

from journey_engine.calling.draining import CallReport
from journey_engine.calling.pace import Pace
from tests.calling.desk import Desk, Reply
from tests.calling.office import JOURNEY, SECRET, Office
from tests.compiler.rows import world


def test_an_answer_comes_back_as_an_event_with_its_small_values(office: Office, desk: Desk) -> None:
    desk.answers({"grade": "A", "score": 12, "vip": True, "long": "x" * 201, "nested": {"a": 1}, "step": "forged"})
    office.visits("mei")

    report = office.call()

    assert (report.answered, report.failed, report.again, report.closed) == (1, 0, 0, {})
    [(number,)] = office.run("select id from calls")
    assert office.stage.told("answered") == [
        (
            "2026-03-02 10:01",
            None,
            {
                "grade": "A", "score": "12", "vip": "true",
                "step": "ask", "endpoint": "crm", "call": str(number), "status": "200",
            },
        )
    ]  # fmt: skip
    office.stage.tick("2026-03-02 10:02")
    assert office.stage.path()[1:] == [
        "2026-03-02 10:01 ask next",
        "2026-03-02 10:01 which 1",
        "2026-03-02 10:01 vip next",
        "2026-03-02 10:01 (end) finished",
    ]


def test_what_is_posted_is_signed_with_its_time_and_key(office: Office, desk: Desk) -> None:
    office.visits("mei")
    office.call()

    [asked] = desk.asked
    assert asked.told["with"] == {"page": "pricing"}
    assert (asked.told["journey"], asked.told["step"], asked.told["member"]) == ("scoring", "ask", "mei")
    [(key,)] = office.run("select idempotency_key::text from calls")
    assert asked.key == key
    stamp = asked.headers["x-journeys-timestamp"]
    signed = hmac.new(SECRET.encode(), f"{stamp}.{key}.".encode() + asked.body, hashlib.sha256).hexdigest()
    assert asked.headers["x-journeys-signature"] == f"sha256={signed}"
    assert SECRET not in json.dumps([asked.headers, asked.body.decode()])


def test_without_a_secret_it_goes_unsigned(database: Engine, desk: Desk) -> None:
    office = Office(database, desk.url, secret=None)
    office.visits("mei")
    office.call()

    assert "x-journeys-signature" not in desk.asked[0].headers


@pytest.mark.parametrize("status", [500, 503, 429, 408])
def test_a_busy_system_is_asked_again_with_the_same_key_and_body(office: Office, desk: Desk, status: int) -> None:
    replies = iter([Reply(status), Reply(status), Reply()])
    desk.reply = lambda _: next(replies)
    office.visits("mei")

    came = []
    for minute in (1, 2, 3):
        office.run("update calls set next_attempt_at = clock_timestamp()")
        report = office.call(minute)
        came.append((report.answered, report.again))

    assert came == [(0, 1), (0, 1), (1, 0)]
    assert len({(asked.key, asked.body) for asked in desk.asked}) == 1
    assert office.told() == [("answered", None, 3)]


def test_the_backoff_is_kept_and_heeds_what_the_other_side_asks_for(office: Office, desk: Desk) -> None:
    desk.reply = lambda _: Reply(503, headers={"Retry-After": "40"})
    office.visits("mei")
    office.call(pace=Pace(first_backoff=10, longest_backoff=900))
    assert office.call(2).again == 0

    [(wait,)] = office.run("select extract(epoch from next_attempt_at - clock_timestamp())::float8 from calls")
    assert 35 < wait <= 40


def test_after_the_last_attempt_it_has_failed_and_she_goes_the_other_way(office: Office, desk: Desk) -> None:
    desk.reply = lambda _: Reply(500)
    office.visits("mei")
    for minute in (1, 2, 3, 4):
        office.run("update calls set next_attempt_at = clock_timestamp() where status = 'pending'")
        office.call(minute)

    assert office.told() == [("failed", "status 500", 3)]
    assert len(desk.asked) == 3
    office.stage.tick("2026-03-02 10:05")
    assert office.stage.path()[1:3] == ["2026-03-02 10:03 ask failed", "2026-03-02 10:03 nudge next"]


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(404), "status 404"),
        (Reply(401), "status 401"),
        (Reply(302, headers={"Location": "http://127.0.0.1:9/elsewhere"}), "status 302"),
        (Reply(204, b"", {"Content-Length": "0"}), None),
    ],
)
def test_a_refusal_is_final_and_no_redirect_is_followed(
    office: Office, desk: Desk, reply: Reply, reason: str | None
) -> None:
    desk.reply = lambda _: reply
    office.visits("mei")
    office.call()

    assert office.told() == [("failed" if reason else "answered", reason, 1)]
    assert len(desk.asked) == 1
    assert len(office.stage.told("call_failed")) == (1 if reason else 0)


@pytest.mark.parametrize(
    "body", [b"<html>", b"[1,2]", b'"text"', b'{"grade": "A"' + b" " * 70_000 + b"}", b"\xff\xfe", b'{"grade": null}']
)
def test_an_answer_that_is_no_small_object_is_an_answer_without_values(office: Office, desk: Desk, body: bytes) -> None:
    desk.reply = lambda _: Reply(200, body)
    office.visits("mei")

    assert office.call().answered == 1
    assert office.run("select answer from calls") == [({},)]


def test_a_silent_system_is_left_alone_for_the_rest_of_the_drain(office: Office, desk: Desk) -> None:
    desk.reply = lambda _: Reply(status=0)
    office.visits("a", "b", "c")

    report = office.call(pace=Pace(batch=2, together=2, timeout=2))

    assert (len(desk.asked), report.again, report.closed) == (2, 2, {"crm": "endpoint crm does not answer"})
    assert office.told()[2] == ("pending", None, 0)


def test_one_who_answers_too_slowly_is_asked_again(office: Office, desk: Desk) -> None:
    desk.reply = lambda _: Reply(after=0.6)
    office.visits("mei")

    assert office.call(pace=Pace(timeout=0.2)).again == 1
    assert office.told() == [("pending", "ReadTimeout", 1)]


def test_who_has_left_or_waits_no_more_is_not_asked_about(office: Office, desk: Desk) -> None:
    office.visits("left", "late", "stays")
    office.stage.event("2026-03-02 10:01", "purchase", key="left", value="1")
    office.stage.tick("2026-03-02 10:02")
    office.run("update calls set expires_at = '2026-03-02 02:02Z' where member_id = :id", id=office.stage.ids["late"])

    report = office.call(3)

    assert (report.dropped, report.answered) == (2, 1)
    assert [asked.told["member"] for asked in desk.asked] == ["stays"]
    assert [row[:2] for row in office.told()] == [("dropped", "left"), ("dropped", "expired"), ("answered", None)]


def test_a_journey_that_is_held_or_paused_calls_nobody(office: Office, desk: Desk) -> None:
    office.visits("mei")
    office.stage.hold("scoring", "2026-03-02 10:00")
    assert office.call().answered == 0
    office.stage.release("2026-03-02 10:02")
    office.stage.status("scoring", "paused")
    assert office.call(3).answered == 0
    office.stage.status("scoring", "live")
    assert office.call(4).answered == 1


def test_without_the_secret_calls_wait_and_it_is_said_which_is_missing(office: Office, desk: Desk) -> None:
    office.visits("mei")

    report = office.call(environ={})

    assert report.closed == {"crm": "endpoint crm: set the environment variable CRM_SECRET"}
    assert desk.asked == []
    assert office.call(2).answered == 1


def test_an_address_without_https_is_never_called(database: Engine) -> None:
    office = Office(database, "http://crm.example.com/hooks")
    office.visits("mei")

    assert office.call().closed == {"crm": "endpoint crm: its url is not https"}


def test_what_was_posted_is_forgotten_after_a_week(office: Office) -> None:
    office.visits("mei")
    office.call()
    assert office.run("select content is null from calls") == [(False,)]
    office.stage.event("2026-03-10 10:00", "visit", key="ann")
    office.stage.tick("2026-03-10 10:00")
    office.call(8 * 24 * 60)
    assert office.run("select content is null from calls order by id limit 1") == [(True,)]


def test_nothing_to_call_is_one_cheap_question(office: Office) -> None:
    assert office.call() == CallReport()


def test_each_order_hears_the_answer_to_its_own_question(database: Engine, desk: Desk) -> None:
    office = Office(database, desk.url)
    asked = {**JOURNEY, "enter": {"on": "purchase", "again": "per order_id"}, "leave": None}
    office.stage.project = world(asked, endpoints={"crm": {"url": desk.url}})
    for order, minute in (("A1", "00"), ("B2", "01")):
        office.stage.event(f"2026-03-02 10:{minute}", "purchase", value="1", order_id=order)
    office.stage.tick("2026-03-02 10:01")
    desk.reply = lambda asked: Reply(body=b'{"grade": "A"}' if asked.told["key"] == {"order_id": "A1"} else b"{}")

    assert office.call(2).answered == 2
    office.stage.tick("2026-03-02 10:03")

    ways = office.run(
        "select entry_key, i.message from intents i join enrolments e on e.id = i.enrolment_id order by 1"
    )
    assert ways == [("A1", "thanks"), ("B2", "hello")]
