"""Who was erased: what of her is gone, what is counted still, and that nothing brings her back."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest

from journey_engine.inbox import inbox
from journey_engine.members import erased, erasing, friends
from tests.orders_shop import HEADER, NOW, Shop

FILE = HEADER + (
    "007,0912345678,2026-03-10 10:00:00,120.50,信義\n"
    "008,A-2,2026-03-10 11:00:00,30,信義\n"
)  # fmt: skip
LATER = NOW + timedelta(hours=2)


def number(shop: Shop, value: str) -> int:
    return int(shop.one(f"select member_id from identities where value = '{value}'"))


def forget(shop: Shop, *members: int, now: Any = NOW, dry: bool = False) -> erasing.Forgotten:
    return erasing.forget(shop.engine, shop.project, members, "陳怡君", "asked by mail", now, dry=dry)


@pytest.fixture
def gone(shop: Shop) -> int:
    """The number of the member who was 0912345678, erased after one purchase."""
    shop.file("a.csv", FILE)
    shop.load("a.csv")
    member = number(shop, "0912345678")
    forget(shop, member)
    return member


def test_of_an_erased_member_the_count_stays_and_nothing_tells_who_she_was(shop, gone):
    [row] = shop.rows(f"select member_key, attributes, zone, erased_at from members where id = {gone}")
    assert row[0].startswith("erased-")
    assert row[1:] == ({}, None, NOW)
    assert shop.rows(f"select name, value, properties from events where member_id = {gone}") == [
        ("purchase", 120.50, {})
    ]
    assert shop.rows("select value from identities") == [("A-2",)]
    assert shop.rows("select key from event_keys") == [("purchase\x1f008",)]
    assert shop.rows('select member_id, "by", reason, finished_at is not null from erasures') == [
        (gone, "陳怡君", "asked by mail", True)
    ]


def test_a_hash_is_the_hmac_of_kind_and_value_under_the_key_in_use(shop, gone):
    key = bytes(shop.one("select key from identity_keys where replaced_at is null"))
    wanted = hmac.new(key, b"customer_number:0912345678", hashlib.sha256).digest()
    assert [bytes(row[0]) for row in shop.rows("select hash from erased_identities")] == [wanted]


def test_the_same_rows_again_are_counted_as_erased_and_the_totals_add_up(shop, gone):
    shop.file("b.csv", FILE + "009,0912345678,2026-03-10 12:00:00,5,\n010,A-2,2026-03-10 12:30:00,5,\n")
    report = shop.load("b.csv")
    assert (report.read, report.landed, report.already, report.quarantined, report.erased) == (4, 1, 1, 0, 2)
    assert str(report).endswith("4 read, 1 landed, 1 already there, 0 quarantined, 2 erased")
    assert shop.one("select count(*) from members") == 2
    assert shop.one("select count(*) from events") == 3


def test_a_changed_key_still_finds_those_who_were_erased_with_the_old_one(shop, gone):
    with shop.engine.begin() as connection:
        assert erased.change_key(connection) == 2
    forget(shop, number(shop, "A-2"))
    shop.file("b.csv", FILE.replace("信義", "大安"))
    assert shop.load("b.csv").erased == 2
    assert shop.rows("select distinct key_number from erased_identities order by 1") == [(1,), (2,)]


def test_a_dry_run_says_what_would_go_and_changes_nothing(shop):
    shop.file("a.csv", FILE)
    shop.load("a.csv")
    before = shop.rows("select * from members order by id"), shop.rows("select * from events order by id")
    done = forget(shop, number(shop, "0912345678"), dry=True)
    assert (done.members, done.rows["events"], done.rows["identities"]) == (1, 1, 1)
    assert (shop.rows("select * from members order by id"), shop.rows("select * from events order by id")) == before
    assert shop.one("select count(*) from erased_identities") == 0


def test_a_reason_that_names_her_is_refused(shop):
    shop.file("a.csv", FILE)
    shop.load("a.csv")
    with pytest.raises(erasing.NamedInTheReason):
        erasing.forget(shop.engine, shop.project, [number(shop, "0912345678")], "x", "0912345678 asked", NOW)
    assert shop.one("select count(*) from erasures") == 0


# ---- LINE ---------------------------------------------------------------------------------------------------------
def said(kind: str, user: str, at: Any, key: str, **more: Any) -> dict[str, Any]:
    milliseconds = int(at.timestamp() * 1000)
    source = {"type": "user", "userId": user}
    return {"type": kind, "timestamp": milliseconds, "source": source, "webhookEventId": key, "mode": "active", **more}


def hear(shop: Shop, now: Any, *events: dict[str, Any]) -> dict[str, int]:
    with shop.engine.begin() as connection:
        inbox.store(connection, events, now)
        return inbox.take(connection, now, shop.project)


MEI = "U" + "a" * 32


@pytest.fixture
def mei(shop: Shop) -> int:
    """The number of a friend who wrote and was erased."""
    words = {"message": {"type": "text", "id": "1", "text": "我是王美美"}}
    hear(shop, NOW, said("follow", MEI, NOW, "E1"), said("message", MEI, NOW, "E2", **words))
    member = number(shop, MEI)
    forget(shop, member, now=NOW + timedelta(minutes=1))
    return member


def test_what_line_sent_of_her_is_emptied_and_its_identity_forgotten(shop, mei):
    assert shop.rows("select body, webhook_event_id, message_id from inbox order by id") == [
        ({}, "erased:1", None),
        ({}, "erased:2", None),
    ]
    assert shop.rows("select source, key from event_keys") == []
    assert shop.rows("select name, properties from events order by id") == [("follow", {}), ("message", {})]
    assert shop.rows("select * from friendships") == []


def test_what_is_delivered_of_her_afterwards_is_refused_and_not_kept(shop, mei):
    words = {"message": {"type": "text", "id": "1", "text": "我是王美美"}}
    again = [said("follow", MEI, NOW, "E1"), said("message", MEI, LATER, "E3", **words)]
    assert hear(shop, LATER, *again) == {"refused: erased": 2}
    assert shop.one("select count(*) from members") == 1
    assert {row[0] == {} for row in shop.rows("select body from inbox")} == {True}


def test_who_follows_anew_is_a_new_member_without_a_past(shop, mei):
    assert hear(shop, LATER, said("follow", MEI, LATER, "E4")) == {"follow": 1}
    assert number(shop, MEI) != mei
    assert shop.rows(f"select count(*) from events where member_id = {mei}") == [(2,)]
    old = said("message", MEI, NOW, "E2", message={"type": "text", "id": "1", "text": "我是王美美"})
    assert hear(shop, LATER, old) == {"refused: erased": 1}
    new = said("message", MEI, LATER + timedelta(seconds=1), "E5", message={"type": "text", "id": "2", "text": "嗨"})
    assert hear(shop, LATER + timedelta(minutes=1), new) == {"message": 1}


def test_where_the_policy_says_never_she_does_not_come_back(shop, mei):
    project = shop.project
    policy = project.policy.model_copy(update={"erased": project.policy.erased.model_copy(update={"return_": "never"})})
    with shop.engine.begin() as connection:
        inbox.store(connection, [said("follow", MEI, LATER, "E4")], LATER)
        told = inbox.take(connection, LATER, project.model_copy(update={"policy": policy}))
    assert told == {"refused: erased": 1}


def test_who_is_on_the_list_of_followers_is_not_made_anew(shop, mei):
    with shop.engine.begin() as connection:
        reading = friends.open_reading(connection, "sandbox", LATER)
        friends.keep_page(connection, reading, [MEI], None, LATER)
    assert shop.one("select count(*) from members") == 1
    assert shop.rows("select * from friendships") == []
