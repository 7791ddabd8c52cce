"""What nobody knows is listed, and settled by a person who has looked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from journey_engine.commands.unknown import unknown
from journey_engine.errors import UsageError
from journey_engine.line.doubts import Verdict, doubts, settle
from journey_engine.settings import Settings
from tests.line.shop import NOON, Shop

LATER = NOON + timedelta(hours=1)


def in_doubt(shop: Shop) -> int:
    """A message of which LINE's answer was lost, its reply token being spent."""
    member = shop.member(1)
    shop.run(
        "insert into reply_tokens (token, member_id, event_id, issued_at) values ('t', :m, 'e', clock_timestamp())",
        m=member,
    )
    intent = shop.due(member)
    shop.sandbox.fault("500_before", endpoint="reply")
    shop.send()
    shop.sandbox.heal()
    return intent


@pytest.mark.parametrize(
    ("verdict", "told"), [("accepted", "accepted"), ("lost", "skipped: lost"), ("again", "pending")]
)
def test_a_person_says_what_became_of_it(shop: Shop, verdict: Verdict, told: str) -> None:
    intent = in_doubt(shop)
    with shop.engine.begin() as connection:
        (doubt,) = doubts(connection)
        assert (doubt.endpoint, doubt.messages, doubt.members) == ("reply", ["sale"], ["m1"])
        assert "500" in doubt.why
        assert settle(connection, verdict, "小美", LATER, "Asia/Taipei", before=NOON) == 0
        assert settle(connection, verdict, "小美", LATER, "Asia/Taipei", request=doubt.request) == 1
        assert doubts(connection) == []

    assert shop.told() == {intent: told}
    assert shop.run("select settled_by from intents") == [("小美",)]
    assert shop.send(LATER).requests == ({"push": 1} if verdict == "again" else {})


def test_what_is_expired_is_not_sent_again(shop: Shop) -> None:
    intent = in_doubt(shop)
    with shop.engine.begin() as connection:
        assert settle(connection, "again", "小美", NOON + timedelta(days=2), "Asia/Taipei", before=LATER) == 1

    assert shop.told() == {intent: "skipped: lost"}


def test_the_command_lists_what_nobody_knows_and_settles_it_in_a_person_s_name(
    shop: Shop, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    intent = in_doubt(shop)
    (request,) = shop.run("select id from requests")[0]
    assert unknown(settings=settings) == 3
    assert f"request {request} (reply, sandbox): sale to m1" in capsys.readouterr().out
    with pytest.raises(UsageError, match="who says so"):
        unknown(request, settle="again", settings=settings)
    assert unknown(settle="accepted", older_than=1, by="小美", settings=settings) == 0
    assert capsys.readouterr().out == "0 messages settled as accepted by 小美.\n"
    assert unknown(request, settle="accepted", by="小美", settings=settings) == 0
    assert capsys.readouterr().out == "1 messages settled as accepted by 小美.\n"
    assert unknown(settings=settings) == 0
    assert capsys.readouterr().out == "Nothing is unknown.\n"
    assert shop.told() == {intent: "accepted"}
