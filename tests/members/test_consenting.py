"""What members allow: the last word on each topic, and every change of it with its source and proof."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from journey_engine import clock, planning
from journey_engine.commands.consent import consent
from journey_engine.commands.forget import forget
from journey_engine.errors import UsageError
from journey_engine.inbox import inbox
from journey_engine.language.reply import Replies
from journey_engine.members import consenting
from journey_engine.members.consenting import Statement
from tests.inbox.test_answering import project, said
from tests.line.shop import NOON
from tests.orders_shop import NOW, Shop

LOG = "select topic, granted, source, proof, batch_id, row_number from consent_log order by id"


@pytest.fixture
def members(shop: Shop) -> Shop:
    """A feed of members with a column of consents; 007 said yes, 008 no."""
    shop.feed |= {"brings": [], "members": {"consents": {"promotion": "promo"}}, "covers": None}
    shop.file("a.csv", "customer,promo\n0912345678,是\nA-2,no\nA-3,\n")
    shop.load("a.csv")
    return shop


def test_a_feed_logs_each_change_with_its_batch_and_row_and_nothing_that_changes_nothing(members: Shop) -> None:
    first = [
        ("promotion", True, "orders", None, 1, 1),
        ("promotion", False, "orders", None, 1, 2),
    ]
    assert members.rows(LOG) == first
    members.file("b.csv", "customer,promo\nA-2,no\n0912345678,N\n")
    assert members.load("b.csv").counts["consents"] == 1
    assert members.rows(LOG) == [*first, ("promotion", False, "orders", None, 2, 2)]
    assert members.rows("select granted from consents order by member_id") == [(False,), (False,)]


def test_a_word_in_the_chat_withholds_a_topic_and_its_event_is_the_proof(shop: Shop) -> None:
    rules = {"replies": [{"reply": "stop", "says": "不要再傳", "consents": {"promotion": False}}]}
    with shop.engine.begin() as connection:
        inbox.store(connection, [said("E1", "不要再傳")], NOON)
        inbox.take(connection, NOON, project(rules))
    assert shop.rows(LOG) == [("promotion", False, "reply stop", {"event": "line:E1"}, None, None)]
    assert shop.rows("select topic, granted, source from consents") == [("promotion", False, "reply stop")]
    assert Replies.model_validate(rules).rules["stop"].consents == {"promotion": False}


def test_the_later_word_counts_and_of_two_at_one_instant_the_one_that_withholds(members: Shop) -> None:
    later = NOW + timedelta(hours=1)
    with members.engine.begin() as connection:
        yes = Statement(2, "promotion", True, later, "operator", {"by": "小陳"})
        assert consenting.state(connection, [yes, replace(yes, granted=False)]) == 0, "she withheld it before"
        assert consenting.state(connection, [replace(yes, at=later + timedelta(hours=1))]) == 1
        assert consenting.state(connection, [replace(yes, granted=False)]) == 0, "it is older"
        assert consenting.state(connection, [replace(yes, granted=False, at=later + timedelta(hours=1))]) == 1
        assert consenting.in_force(connection, 2) == {"promotion": False}
        assert [each.granted for each in consenting.log(connection, 2)] == [False, True, False]


@pytest.fixture
def settings(members, monkeypatch):
    with members.engine.begin() as connection:
        clock.set_to(connection, NOW)
    monkeypatch.setattr(planning, "live_project", lambda connection: members.project)
    return replace(members.settings, database_url=members.engine.url.render_as_string(hide_password=False))


def test_a_person_writes_down_what_she_said_and_the_log_tells_it(settings, capsys) -> None:
    with pytest.raises(UsageError, match="a name and a reason"):
        consent("0912345678", "promotion", "no", settings=settings)
    assert consent("0912345678", "promotion", "no", by="小陳", reason="by telephone", settings=settings) == 0
    assert capsys.readouterr().out.splitlines() == [
        "promotion: no, written down.",
        "2026-03-11 02:00  promotion      yes  orders  (batch 1, row 1)",
        "2026-03-11 02:00  promotion      no   operator  (by 小陳, reason by telephone)",
    ]


def test_members_of_a_file_are_erased_together_and_the_command_says_what_went(settings, members, capsys) -> None:
    listed = members.folder / "leave.txt"
    listed.write_text("0912345678  # asked by mail\n\ncustomer_number:A-2\n", encoding="utf-8")
    with pytest.raises(UsageError, match="a name and a reason"):
        forget(file=listed, settings=settings)
    assert forget(file=listed, dry_run=True, settings=settings) == 0
    assert capsys.readouterr().out.startswith("Would erase 2 members. Rows: consent_log 2, consents 2, identities 2")
    assert forget(file=listed, by="小陳", reason="asked by mail", settings=settings) == 0
    assert capsys.readouterr().out.startswith("Erased 2 members. Rows: consent_log 2, consents 2, identities 2")
    kept = "select topic, coalesce(proof::text, batch_id::text, row_number::text) from consent_log"
    assert members.rows(kept) == [("promotion", None), ("promotion", None)]
    with pytest.raises(UsageError) as refused:
        forget(file=listed, by="小陳", reason="asked by mail", settings=settings)
    assert refused.value.where == f"{listed}:1"
