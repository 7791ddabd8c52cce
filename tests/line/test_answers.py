from __future__ import annotations

import json

import pytest

from journey_engine.line.answers import Meaning, answered
from journey_engine.line.recording import Fate, fate_of


def error(message: str, *properties: str) -> str:
    return json.dumps({"message": message, "details": [{"message": "m", "property": p} for p in properties]})


@pytest.mark.parametrize(
    ("status", "body", "meaning"),
    [
        (200, "", Meaning.ACCEPTED),
        (202, "not json", Meaning.ACCEPTED),
        (409, '{"message":"The retry key is already accepted"}', Meaning.ACCEPTED),
        (500, "", Meaning.UNCLEAR),
        (503, "<html>", Meaning.UNCLEAR),
        (408, "", Meaning.UNCLEAR),
        (429, error("The API rate limit has been exceeded. Try again later."), Meaning.RATE),
        (429, "<html>", Meaning.RATE),
        (429, error("You have reached your monthly limit."), Meaning.MONTHLY),
        (401, error("Authentication failed"), Meaning.CHANNEL),
        (403, "", Meaning.CHANNEL),
        (404, "Not found", Meaning.CHANNEL),
        (302, "", Meaning.CHANNEL),
        (413, "", Meaning.MESSAGE),
        (400, error("The request body has 1 error(s)", "messages[0].text"), Meaning.MESSAGE),
        (400, error("The property, 'to', in the request body is invalid (line: -, column: -)"), Meaning.REQUEST),
        (400, error("Failed to send messages"), Meaning.REQUEST),
        (400, '["odd"]', Meaning.REQUEST),
        (400, '{"message": 3, "details": ["odd"]}', Meaning.REQUEST),
    ],
)
def test_an_answer_means_one_thing(status: int, body: str, meaning: Meaning) -> None:
    assert answered(status, {}, body).meaning is meaning


def test_the_request_id_kept_is_the_accepted_one() -> None:
    assert answered(200, {"x-line-request-id": "a"}, "").line_request_id == "a"
    headers = {"x-line-request-id": "b", "x-line-accepted-request-id": "a"}
    assert answered(409, headers, "").line_request_id == "a"


@pytest.mark.parametrize("meaning", list(Meaning))
@pytest.mark.parametrize("endpoint", ["push", "multicast"])  # a reply has one attempt
def test_after_an_unclear_attempt_nothing_is_decided_anew(meaning: Meaning, endpoint: str) -> None:
    assert fate_of(meaning, endpoint, True) in (Fate.ACCEPTED, Fate.AGAIN, Fate.UNKNOWN)


@pytest.mark.parametrize(
    ("meaning", "endpoint", "fate"),
    [
        (Meaning.REQUEST, "push", Fate.REFUSED),
        (Meaning.REQUEST, "multicast", Fate.SPLIT),
        (Meaning.REQUEST, "reply", Fate.DISSOLVED),
        (Meaning.MESSAGE, "push", Fate.DISSOLVED),
        (Meaning.MESSAGE, "multicast", Fate.DISSOLVED),
        (Meaning.CHANNEL, "push", Fate.DISSOLVED),
        (Meaning.CHANNEL, "reply", Fate.DISSOLVED),
        (Meaning.MONTHLY, "push", Fate.DISSOLVED),
        (Meaning.UNSENT, "push", Fate.DISSOLVED),
        (Meaning.UNSENT, "reply", Fate.DISSOLVED),
        (Meaning.RATE, "push", Fate.AGAIN),
        (Meaning.RATE, "reply", Fate.DISSOLVED),
        (Meaning.UNREACHABLE, "push", Fate.AGAIN),
        (Meaning.UNREACHABLE, "reply", Fate.DISSOLVED),
        (Meaning.UNCLEAR, "push", Fate.AGAIN),
        (Meaning.UNCLEAR, "reply", Fate.UNKNOWN),
    ],
)
def test_what_was_only_refused_has_its_own_way_on(meaning: Meaning, endpoint: str, fate: Fate) -> None:
    assert fate_of(meaning, endpoint, False) is fate
