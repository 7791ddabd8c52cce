"""LINE's webhook is answered as LINE asks for it: signed bodies are kept, all else gets a sentence."""

from __future__ import annotations

import json
import tarfile
import threading
from typing import Any

import pytest
from sqlalchemy import text

from journey_engine.line.signatures import is_signed
from journey_engine.receiver.webhook import MOST_BYTES
from tests.receiver.desk import event, signature


def kept(receiver: Any) -> int:
    return receiver.rows("select count(*) from inbox")[0][0]


def test_what_was_signed_is_kept_as_it_came_and_answered_with_200(receiver):
    sent = event("01", future={"a": [1, None]})
    answer = receiver.deliver(sent, event("02", "something new"))
    assert (answer.status_code, answer.json()) == (200, {})
    assert receiver.rows("select webhook_event_id, source, live, body ->> 'type' from inbox order by id") == [
        ("01", "line", True, "follow"),
        ("02", "line", True, "something new"),
    ]
    assert receiver.rows("select body from inbox where webhook_event_id = '01'") == [(sent,)]
    assert receiver.rows("select count(*) from inbox where abs(extract(epoch from received_at - heard_at)) < 1") == [
        (2,)
    ]


def test_no_events_at_all_are_answered_with_200_as_line_s_verify_button_wants_it(receiver):
    assert receiver.deliver().status_code == 200
    assert kept(receiver) == 0


@pytest.mark.parametrize("name", ["x-line-signature", "X-Line-Signature", "X-LINE-SIGNATURE"])
def test_the_case_of_the_signature_s_header_does_not_matter(receiver, name):
    body = json.dumps({"events": [event("01")]}).encode()
    assert receiver.post(body, {name: signature(body)}).status_code == 200
    assert kept(receiver) == 1


@pytest.mark.parametrize(
    ("headers", "status", "message"),
    [
        ({}, 401, "The request has no X-Line-Signature."),
        ({"x-line-signature": ""}, 401, "The request has no X-Line-Signature."),
        ({"x-line-signature": "AAAA"}, 401, "The signature is not that of this channel."),
        ({"x-line-signature": "簽".encode()}, 401, "The signature is not that of this channel."),
        ({"x-line-signature": signature(b"another body")}, 401, "The signature is not that of this channel."),
    ],
)
def test_what_is_not_signed_by_the_channel_is_refused(receiver, headers, status, message):
    answer = receiver.post(json.dumps({"events": [event("01")]}).encode(), headers)
    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert kept(receiver) == 0


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "The body is no JSON."),
        (b"{", "The body is no JSON."),
        (b"[" * 100_000, "The body is no JSON."),
        (b'{"events": [NaN]}', "The body is no JSON."),
        (b"[]", "The body holds no list of events."),
        (b'"events"', "The body holds no list of events."),
        (b"{}", "The body holds no list of events."),
        (b'{"events": {}}', "The body holds no list of events."),
        (b'{"events": [1]}', "An event is no JSON object."),
    ],
)
def test_a_signed_body_that_is_no_webhook_s_gets_a_sentence(receiver, body, message):
    answer = receiver.post(body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)
    assert kept(receiver) == 0


def test_a_body_that_is_no_utf_8_is_not_line_s(receiver):
    assert receiver.post(b'{"events": []}\xff').status_code == 401


def test_a_body_of_more_than_two_megabytes_is_refused_whether_it_says_its_length_or_not(receiver):
    large = b" " * (MOST_BYTES + 1)
    assert receiver.post(large).status_code == 413
    chunks = (large[start : start + 65_536] for start in range(0, len(large), 65_536))
    answer = receiver.http.post(f"{receiver.url}/line/webhook", content=chunks)
    assert answer.status_code == 413
    assert answer.json()["message"] == "The body is larger than 2,097,152 bytes."


def test_other_methods_and_places_get_a_sentence(receiver):
    seen = [receiver.http.get(f"{receiver.url}{path}") for path in ("/line/webhook", "/nothing", "/")]
    assert [answer.status_code for answer in seen] == [405, 404, 200]
    assert [answer.json()["message"] for answer in seen[:2]] == [
        "That method is not served here.",
        "There is nothing here.",
    ]


def test_the_same_event_is_stored_once_in_one_request_in_two_and_redelivered(receiver):
    first = event("01")
    again = {**first, "deliveryContext": {"isRedelivery": True}}
    assert receiver.deliver(first, first).status_code == 200
    assert receiver.deliver(first).status_code == 200
    assert receiver.deliver(again, event("02")).status_code == 200
    stored = receiver.rows(
        "select webhook_event_id, body -> 'deliveryContext' ->> 'isRedelivery' from inbox order by id"
    )
    assert stored == [("01", "false"), ("02", "false")]


def test_an_event_without_an_id_is_known_by_what_it_says(receiver):
    nameless = {"type": "follow", "timestamp": 1, "source": {"type": "user", "userId": "U1"}}
    for sent in (nameless, nameless, {**nameless, "deliveryContext": {"isRedelivery": True}}):
        assert receiver.deliver(sent, {"webhookEventId": "x" * 9_000}, {"webhookEventId": ""}).status_code == 200
    assert kept(receiver) == 3


def test_nuls_half_pairs_and_huge_numbers_are_kept_as_far_as_text_can_hold_them(receiver):
    bodies = [
        rb'{"events": [{"webhookEventId": "1", "text": "a\u0000b \\u0000"}]}',
        rb'{"events": [{"webhookEventId": "2", "text": "a\ud83db"}]}',
        rb'{"events": [{"webhookEventId": "3", "text": 123456789012345678901234567890}]}',
        rb'{"events": [{"webhookEventId": "4", "text": 1e400}]}',
    ]
    assert [receiver.post(body).status_code for body in bodies] == [200] * 4
    assert receiver.rows("select body ->> 'text' from inbox order by id") == [
        ("a\ufffdb \\u0000",),
        ("a\ufffdb",),
        ("123456789012345680000000000000",),
        (None,),
    ]


def test_hundreds_at_once_are_all_stored(receiver):
    answers: list[int] = []

    def send(number: int) -> None:
        answers.append(receiver.deliver(event(f"{number}-1"), event(f"{number}-2")).status_code)

    threads = [threading.Thread(target=send, args=(number,)) for number in range(60)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert answers == [200] * 60
    assert kept(receiver) == 120


def test_the_published_signature_vectors_are_judged_rightly(shared):
    vectors = json.loads((shared / "line-samples/signature_vectors.json").read_text(encoding="utf-8"))
    judged = [is_signed(each["secret"], each["body"].encode(), each["signature"]) for each in vectors]
    assert judged == [each["valid"] for each in vectors]
    assert judged.count(True) == 4


def test_an_empty_secret_signs_nothing():
    assert not is_signed("", b"{}", signature(b"{}", ""))


def test_the_published_webhook_bodies_are_kept(receiver, shared):
    files = sorted((shared / "line-samples").glob("sdk-*/**/*webhook*.json"))
    files = sorted({*files, *(shared / "line-samples/sdk-java/webhook").glob("*.json")})
    bodies = [file.read_bytes() for file in files]
    bodies = [body for body in bodies if "events" in json.loads(body)]
    assert len(bodies) >= 30
    assert {receiver.post(body).status_code for body in bodies} == {200}
    held = [each for body in bodies for each in json.loads(body)["events"]]
    distinct = {json.dumps({**each, "deliveryContext": None}, sort_keys=True) for each in held}
    assert 0 < kept(receiver) <= len(distinct)


def test_the_json_bodies_of_the_parsing_suite_never_crash_it_and_show_no_stack(receiver, shared):
    with tarfile.open(shared / "data/bad_input/JSONTestSuite/JSONTestSuite_tests.tar.gz") as suite:
        bodies = [suite.extractfile(each).read() for each in suite if each.isfile() and each.name.endswith(".json")]
    assert len(bodies) > 300
    for raw in bodies:
        for body in (raw, b'{"events": [{"type": ' + raw + b"}]}"):
            answer = receiver.post(body)
            assert answer.status_code in (200, 400, 401), (body[:80], answer.status_code)
            assert "Traceback" not in answer.text
            assert answer.json() is not None
    assert receiver.deliver(event("after")).status_code == 200


def test_a_receiver_without_a_secret_takes_nothing(database, tmp_path):
    from tests.receiver.desk import reception

    with reception(database, tmp_path, secret="") as receiver:
        answer = receiver.deliver(event("01"))
    assert answer.status_code == 503
    assert "LINE_CHANNEL_SECRET" in answer.json()["cure"]


def test_while_the_database_is_away_nothing_is_acknowledged_and_afterwards_it_is_stored_once(receiver, databases):
    name = receiver.engine.url.database
    assert receiver.deliver(event("01")).status_code == 200
    with databases.server.connect() as server:
        server.execute(text(f"alter database {name} with allow_connections false"))
        server.execute(
            text("select pg_terminate_backend(pid) from pg_stat_activity where datname = :name"), {"name": name}
        )
    away = [receiver.deliver(event("02")), receiver.deliver(event("01"), event("03")), receiver.deliver(event("04"))]
    healthy = receiver.http.get(f"{receiver.url}/health").status_code
    with databases.server.connect() as server:
        server.execute(text(f"alter database {name} with allow_connections true"))
    assert [(answer.status_code, answer.headers["retry-after"]) for answer in away] == [(503, "1")] * 3
    assert healthy == 503
    assert kept(receiver) == 1
    for number in ("02", "01", "03"):
        assert receiver.deliver({**event(number), "deliveryContext": {"isRedelivery": True}}).status_code == 200
    assert receiver.rows("select webhook_event_id from inbox order by id") == [("01",), ("02",), ("03",)]
