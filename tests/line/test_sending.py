from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from journey_engine import cli
from journey_engine.line import draining
from tests.conftest import ROOT
from tests.line.shop import BRISK, NOON, Shop


def test_a_message_of_ones_own_goes_as_a_push_and_comes_back_as_an_event(shop: Shop) -> None:
    member = shop.member(1, name="小美")
    intent = shop.due(member, "hello", step="second")

    report = shop.send()

    assert (report.decided, report.accepted, report.requests, report.paused) == (1, 1, {"push": 1}, None)
    assert shop.got(1) == ["小美，您好"]
    assert shop.told() == {intent: "accepted"}
    assert shop.happened() == [(member, "accepted", "hello", NOON, {"step": "second"})]
    shop.assert_ledgers_agree()


def test_a_message_that_is_the_same_for_all_goes_as_multicasts_of_500(shop: Shop) -> None:
    for member in shop.members(3):
        shop.due(member)

    report = shop.send()

    assert (report.accepted, report.requests) == (3, {"multicast": 1})
    assert [shop.got(number) for number in (1, 2, 3)] == [["全館八折"]] * 3
    shop.assert_ledgers_agree()


def test_nothing_due_asks_nobody(shop: Shop) -> None:
    shop.due(shop.member(1), at=NOON + timedelta(minutes=1))

    report = shop.send()

    assert (report.decided, report.skipped, report.requests) == (0, {}, {})
    assert shop.sandbox.get("status")["counts"] == {}


def test_a_drain_for_one_member_leaves_the_others_alone(shop: Shop) -> None:
    first, second = shop.members(2)
    hers, theirs, owed = shop.due(first), shop.due(second), shop.due(second, "digest")
    shop.sandbox.fault("500_before", endpoint="push", count=1)
    assert shop.send(pace=replace(BRISK, patience=0, first_backoff=600, longest_backoff=600), limit=1).open == 1
    shop.run("update requests set next_attempt_at = clock_timestamp()")

    report = shop.send(members=[first])

    assert (report.accepted, report.open) == (1, 1)
    assert shop.told() == {hers: "accepted", theirs: "pending", owed: "frozen"}
    assert shop.send(members=[]).accepted == 0
    assert shop.send().accepted == 2


def test_a_limit_takes_what_comes_first_by_topic_priority_and_time(shop: Shop) -> None:
    shop.crowd(3, "sale")
    urgent = shop.due(shop.member(8), "digest")
    first = shop.due(shop.member(9), "sale", priority=90)

    report = shop.send(limit=2)

    assert (report.decided, report.accepted) == (2, 2)
    assert {intent for intent, status in shop.told().items() if status == "accepted"} == {urgent, first}


def test_more_than_one_batch_is_drained_in_one_call(shop: Shop) -> None:
    shop.crowd(130, "hello")

    assert shop.send().accepted == 130
    shop.assert_ledgers_agree()


def test_a_database_that_fails_while_outcomes_are_written_loses_none_of_them(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: Any) -> None:
        raise OperationalError("record", {}, Exception("the server closed the connection"))

    shop.crowd(20, "hello")
    shop.sandbox.fault("slow", endpoint="push", seconds=0.1)
    with monkeypatch.context() as patched:
        patched.setattr(draining, "record", broken)
        with pytest.raises(OperationalError):
            shop.send()
    assert len(shop.sandbox.ledger()) == 20

    shop.run("update requests set lease_until = clock_timestamp()")
    assert shop.send(NOON + timedelta(minutes=3)).accepted == 20
    shop.assert_ledgers_agree()


def test_the_command_sends_a_message_of_this_repository_to_a_tester(
    shop: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".journeys").mkdir()
    (tmp_path / ".journeys" / "sandbox.url").write_text(shop.sandbox.url)
    for folder in ("journeys", "expectations"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.setenv("DATABASE_URL", shop.engine.url.render_as_string(hide_password=False))
    call = ["--project", str(tmp_path), "send-test", "welcome_coupon", "--to", "小陳"]

    assert cli.run(call) == 1
    assert "has to be one of its friends" in capsys.readouterr().err
    shop.sandbox.befriend("U00000000000000000000000000000001")
    assert cli.run([*call, "--with", "name=小美"]) == 0
    assert re.match(r"welcome_coupon → 小陳 \(sandbox\): accepted by LINE, request \S+", capsys.readouterr().out)
    assert "小美" in shop.sandbox.ledger()[0].messages[0]["text"]
    assert cli.run([*call, "--with", "name"]) == 2


def test_what_was_written_is_forgotten_after_a_week_and_its_hash_is_not(shop: Shop) -> None:
    shop.crowd(1, "hello")
    shop.send()
    for days, kept in ((7, 1), (8, 0)):
        member = shop.member(days * 10, name="x")
        shop.due(member, "hello", at=NOON + timedelta(days=days))
        shop.send(NOON + timedelta(days=days, seconds=days - 7))
        first = "select count(body), min(length(body_hash)) from requests where id = (select min(id) from requests)"
        assert shop.run(first) == [(kept, 64)]
