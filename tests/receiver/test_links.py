"""Taps on links: led on to where the link goes and nowhere else, kept once they are answered, heard by journeys."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from journey_engine.line.linking import change_key
from journey_engine.receiver import redirecting
from journey_engine.receiver.redirecting import Redirector
from journey_engine.sandbox.beside import Sandbox
from journey_engine.store import database as databases
from tests.line.shop import NOON, Shop, project_of
from tests.receiver.taps import NEWS, PHONE, SHOP, Taps, receiving, taipei
from tests.sandbox_fixtures import sandbox

__all__ = ["sandbox"]


@pytest.fixture
def make(database: Engine, sandbox: Sandbox, tmp_path: Path) -> Iterator[Callable[..., Taps]]:
    with ExitStack() as stack:

        def make(count: int = 1, **message: Any) -> Taps:
            shop = Shop(database, sandbox, project_of(messages={"news": {**NEWS, **message}}))
            shop.channel = replace(shop.channel, links="http://127.0.0.1:1")
            told: list[int] = []
            links = Redirector(database, taipei, told.extend)
            return Taps(shop, count, stack.enter_context(receiving(links, tmp_path)), links, told)

        yield make


def test_a_tap_leads_on_is_kept_and_is_an_event_with_message_step_and_link(make: Callable[..., Taps]) -> None:
    taps = make()
    answer = taps.tap(taps.tokens[0])

    assert answer.status_code == 302
    assert answer.headers["location"] == SHOP
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert taps.clicks() == [(taps.members[0], True)]
    assert taps.events() == [(taps.members[0], "news", {"step": "second", "link": "去逛逛", "host": "shop.example"})]
    assert taps.heard() == taps.members


def test_each_members_taps_are_her_own(make: Callable[..., Taps]) -> None:
    taps = make(3)
    for token in reversed(taps.tokens):
        taps.tap(token)

    assert [member for member, _, _ in taps.events()] == list(reversed(taps.members))


def test_taps_again_within_half_an_hour_are_kept_and_are_no_event_again(make: Callable[..., Taps]) -> None:
    taps = make()
    taps.tap(taps.tokens[0])
    taps.later(timedelta(minutes=29))
    taps.tap(taps.tokens[0])
    taps.later(timedelta(minutes=2))
    taps.tap(taps.tokens[0])

    assert taps.clicks() == [(taps.members[0], True), (taps.members[0], False), (taps.members[0], True)]
    assert len(taps.events()) == 2


def test_a_link_for_all_counts_its_taps_and_names_nobody(make: Callable[..., Taps]) -> None:
    taps = make(2, track="together")
    (token,) = set(taps.tokens)
    taps.tap(token)
    taps.tap(token)

    assert taps.clicks() == [(None, False), (None, False)]
    assert taps.events() == []


def test_previews_are_led_on_and_not_counted(make: Callable[..., Taps]) -> None:
    taps = make()
    answer = taps.tap(taps.tokens[0], user_agent="facebookexternalhit/1.1;line-poker/1.0")

    assert (answer.status_code, answer.headers["location"]) == (302, SHOP)
    assert taps.clicks() == []


def test_head_is_answered_and_not_counted(make: Callable[..., Taps]) -> None:
    taps = make()
    answer = taps.client.head(f"/r/{taps.tokens[0]}", headers={"user-agent": PHONE})

    assert (answer.status_code, answer.headers["location"], taps.clicks()) == (302, SHOP, [])


def test_a_link_past_its_last_day_is_gone_and_says_so(make: Callable[..., Taps]) -> None:
    taps = make()
    taps.later(timedelta(days=91))
    answer = taps.tap(taps.tokens[0])

    assert answer.status_code == 410
    assert "這個連結已經過期了" in answer.text
    assert taps.clicks() == []


@pytest.mark.parametrize("token", ["x", "A" * 36, "..%2f..%2fetc", "https:%2f%2fevil.example", "é" * 36])
def test_what_we_did_not_seal_leads_nowhere(make: Callable[..., Taps], token: str) -> None:
    answer = make().tap(token)

    assert answer.status_code == 404
    assert "location" not in answer.headers


def test_nothing_in_the_request_changes_where_a_link_leads(make: Callable[..., Taps]) -> None:
    taps = make()
    answer = taps.client.get(
        f"/r/{taps.tokens[0]}?url=https://evil.example&next=//evil.example",
        headers={"user-agent": PHONE, "host": "evil.example", "x-forwarded-host": "evil.example"},
    )

    assert answer.headers["location"] == SHOP


def test_posting_to_a_link_is_refused(make: Callable[..., Taps]) -> None:
    taps = make()

    assert taps.client.post(f"/r/{taps.tokens[0]}").status_code == 405


def test_an_address_that_no_header_can_carry_is_percent_encoded(make: Callable[..., Taps]) -> None:
    opens = "https://shop.example/新品\r\nset-cookie: a=b"
    button = {"label": "去", "opens": "https://shop.example/a"}
    taps = make(say=[{"template": "buttons", "text": "新品", "buttons": [button]}])
    taps.shop.run("update links set target = :to", to=opens)
    answer = taps.tap(taps.tokens[0])

    assert answer.headers["location"] == "https://shop.example/%E6%96%B0%E5%93%81%0D%0Aset-cookie:%20a=b"
    assert "set-cookie" not in answer.headers


def test_an_erased_member_is_led_on_and_not_named(make: Callable[..., Taps]) -> None:
    taps = make()
    taps.shop.run("update members set erased_at = :at", at=NOON - timedelta(hours=1))

    assert taps.tap(taps.tokens[0]).status_code == 302
    assert (taps.clicks(), taps.events()) == ([(None, False)], [])


def test_a_click_on_a_link_with_a_tag_grants_it(make: Callable[..., Taps]) -> None:
    taps = make()
    taps.shop.run("update links set tag = 'shopper +1 for 90 days'")
    taps.tap(taps.tokens[0])
    taps.tap(taps.tokens[0])

    assert taps.shop.run("select member_id, tag, strength, expires_at - granted_at, source from tags") == [
        (taps.members[0], "shopper", 1, timedelta(days=90), "click of news")
    ]


def test_two_receivers_count_the_same_tap_once(make: Callable[..., Taps], tmp_path: Path) -> None:
    taps = make()
    other = Redirector(databases.engine_on(taps.shop.engine.url), taipei)
    with receiving(other, tmp_path) as client:
        for each in (taps.client, client):
            each.get(f"/r/{taps.tokens[0]}", headers={"user-agent": PHONE})
    other._engine.dispose()

    assert sorted(taps.clicks()) == [(taps.members[0], False), (taps.members[0], True)]


class Away(Redirector):
    """One whose database is away while `gone`."""

    gone = False

    def _write(self, connection: Any, groups: Any) -> Any:
        if self.gone:
            raise OperationalError("select", {}, Exception("the server closed the connection"))
        return super()._write(connection, groups)


def test_while_the_database_is_away_a_known_link_leads_on_and_the_tap_is_kept_afterwards(
    make: Callable[..., Taps], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redirecting, "_PAUSE", 0.02)
    taps = make(2)
    away = Away(taps.shop.engine, taipei)
    with receiving(away, tmp_path) as client:
        first = client.get(f"/r/{taps.tokens[0]}", headers={"user-agent": PHONE})
        away.gone = True
        second = client.get(f"/r/{taps.tokens[1]}", headers={"user-agent": PHONE})
        assert taps.clicks() == [(taps.members[0], True)]
        away.gone = False

    assert (first.headers["location"], second.headers["location"]) == (SHOP, SHOP)
    assert taps.clicks() == [(taps.members[0], True), (taps.members[1], True)]


def test_while_the_database_is_away_an_unknown_link_asks_to_tap_again(
    make: Callable[..., Taps], tmp_path: Path
) -> None:
    taps = make()
    away = Away(taps.shop.engine, taipei)
    away.gone = True
    with receiving(away, tmp_path) as client:
        answer = client.get(f"/r/{taps.tokens[0]}", headers={"user-agent": PHONE})

    assert answer.status_code == 503
    assert "請稍後再點一次" in answer.text


def test_a_key_that_was_changed_after_the_receiver_began_is_found(make: Callable[..., Taps]) -> None:
    taps = make()
    taps.tap(taps.tokens[0])
    with taps.shop.engine.begin() as connection:
        change_key(connection)
    taps.shop.due(taps.shop.member(2), "news")
    taps.shop.send()
    ((sent,),) = taps.shop.run("select convert_from(body, 'utf8') from requests order by id desc limit 1")
    taps.links._looked = float("-inf")

    assert taps.tap(re.findall(r"/r/([\w-]+)", sent)[0]).status_code == 302


def test_clicks_are_heard_of_by_journeys_that_wait_for_them(make: Callable[..., Taps]) -> None:
    taps = make()
    taps.tap(taps.tokens[0])

    with taps.shop.engine.connect() as connection:
        row = connection.execute(text("select at, arrived from events where name = 'click'")).one()
    assert timedelta(0) <= row.at - NOON < timedelta(minutes=5)
    assert row.arrived > 0
