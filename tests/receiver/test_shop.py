"""A shop's own events: declared ones, each id once, of members who are known, with a sentence for each that is not."""

from __future__ import annotations

from typing import Any

import pytest

from journey_engine import clock, planning
from journey_engine.inbox import inbox
from tests.compiler.rows import world
from tests.receiver.desk import event, reception

KEY = "key of the shop"


@pytest.fixture
def shop(database, tmp_path, monkeypatch):
    monkeypatch.setenv("TEST_SHOP_KEY", KEY)
    with database.begin() as connection:
        now = clock.now(connection)
        project = world(receiver={"key": "env:TEST_SHOP_KEY"})
        planning.apply(connection, planning.plan(connection, project, now), "a test")
        inbox.store(connection, [event("1", user="U1")], now)
        inbox.take(connection, now)
    with reception(database, tmp_path) as running:
        yield running


def said(number: str, **more: Any) -> dict[str, Any]:
    return {"id": number, "event": "visit", "member": {"line": "U1"}, "properties": {"page": "/"}, **more}


def send(shop: Any, *rows: Any, key: str = KEY) -> tuple[int, Any]:
    answer = shop.http.post(f"{shop.url}/events", json={"events": rows}, headers={"authorization": f"Bearer {key}"})
    return answer.status_code, answer.json()


def test_events_are_kept_once_and_their_values_are_read_as_declared(shop):
    bought = {"event": "purchase", "value": 1204.5, "properties": {"order_id": "A1", "quantity": 2}}
    rows = [said("1"), said("2", **bought, at="2026-01-05T10:00:00+08:00")]
    assert send(shop, *rows) == (200, {"kept": 2, "refused": []})
    assert send(shop, *rows) == (200, {"kept": 2, "refused": []})
    with shop.engine.begin() as connection:
        inbox.take(connection, clock.now(connection))
    assert shop.rows(
        "select name, value::text, properties, source from events where source = 'shop' order by name"
    ) == [
        ("purchase", "1204.5", {"order_id": "A1", "quantity": "2"}, "shop"),
        ("visit", None, {"page": "/"}, "shop"),
    ]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"event": "vist"}, "The schema declares no event “vist”."),
        ({"id": ""}, "The id is no text of 1 to 200 characters."),
        ({"member": {"line": "U9"}}, "Nobody is known by this identity."),
        ({"member": {"mail": "x"}}, "Nobody is known by “mail”."),
        ({"at": "2026-01-05 10:00"}, "“2026-01-05 10:00” is no instant."),
        ({"at": "2999-01-05T10:00:00+08:00"}, "It lies more than 5 minutes ahead."),
        ({"properties": {"pages": "/"}}, "The schema declares no property “pages” of it."),
        ({"value": 3}, "This event has no value."),
        ({"more": 3}, "There is no “more” here."),
    ],
)
def test_a_row_that_cannot_be_taken_is_told_and_the_others_are_kept(shop, wrong, message):
    status, told = send(shop, said("1"), {**said("2"), **wrong})
    assert (status, told["kept"], [each["message"] for each in told["refused"]]) == (200, 1, [message])
    assert told["refused"][0]["number"] == 1


def test_another_event_under_the_same_id_is_refused(shop):
    send(shop, said("1"))
    status, told = send(shop, said("1", properties={"page": "/other"}))
    assert (status, told["refused"][0]["message"]) == (422, "Another event was sent with this id.")


def test_without_the_key_nothing_is_taken(shop):
    assert send(shop, said("1"), key="wrong")[0] == 401
    assert send(shop, *[said(str(n)) for n in range(501)])[0] == 413
    assert shop.rows("select count(*) from inbox where source = 'shop'") == [(0,)]
