"""What nobody knows is listed, and settled by a person who has looked."""

from __future__ import annotations

from datetime import timedelta

import pytest

from journey_engine.line.doubts import Verdict, doubts, settle
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
