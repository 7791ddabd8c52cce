"""The sandbox's own doors: the ledger in pages, friends by the thousand, its clock, and who may knock."""

from __future__ import annotations

import httpx
import pytest
from linebot.v3.messaging import MessagingApi

from journey_engine.sandbox.beside import Sandbox
from tests.sandbox.samples import chips, postback
from tests.sandbox.test_sending import KEY, multicast_of, push_of, raw
from tests.sandbox_fixtures import user


def test_the_ledger_is_read_in_pages(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    for number in range(5):
        line.push_message(push_of(words=str(number)))

    first = sandbox.get("ledger", limit=2)
    second = sandbox.get("ledger", after=first["next"], limit=2)
    third = sandbox.get("ledger", after=second["next"], limit=2)

    pages = [[taken["messages"][0]["text"] for taken in page["acceptances"]] for page in (first, second, third)]
    assert pages == [["0", "1"], ["2", "3"], ["4"]]
    assert (first["next"], second["next"], third["next"]) == (1, 3, None)


def test_the_ledger_says_on_request_what_can_be_tapped(sandbox: Sandbox) -> None:
    sandbox.befriend(user(1))
    raw(sandbox, {"to": user(1), "messages": [chips(postback("好"), postback("不"))]})

    (taken,) = sandbox.get("ledger", actions=1)["acceptances"]

    assert [action["label"] for action in taken["actions"]] == ["好", "不"]


def test_the_summary_counts_requests_recipients_and_conflicts(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1), user(2), {"id": user(3), "status": "blocked"})
    line.push_message(push_of(), x_line_retry_key=KEY)
    line.multicast(multicast_of(user(1), user(2), user(3)))
    raw(sandbox, {"to": user(1)}, **{"x-line-retry-key": KEY})

    assert sandbox.get("ledger/summary") == {
        "acceptances": 2,
        "push": 1,
        "multicast": 1,
        "reply": 0,
        "recipients": 4,
        "delivered": 3,
        "conflicts": 1,
        "key_with_other_body": 1,
    }


def test_friends_come_by_the_thousand_and_change_by_coming_again(sandbox: Sandbox) -> None:
    sandbox.befriend(*[{"id": user(number), "name": f"會員{number}"} for number in range(5_000)])
    sandbox.befriend({"id": user(17), "status": "blocked"})

    found = sandbox.get("friends", search="會員17", limit=200)

    assert sandbox.get("status")["friends"] == {"friend": 4_999, "blocked": 1, "deleted": 0}
    assert found["total"] == 111
    assert (found["friends"][0]["name"], found["friends"][0]["status"]) == ("會員17", "blocked")


def test_those_with_the_newest_chat_come_first(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1), user(2), user(3))
    line.push_message(push_of(user(2), "一"))
    line.push_message(push_of(user(3), "二"))

    found = sandbox.get("friends")["friends"]

    assert [(friend["id"], friend["last"]) for friend in found] == [(user(3), "二"), (user(2), "一"), (user(1), "")]


@pytest.mark.parametrize("row", ["me", {"id": "U1"}, {"id": user(1), "status": "enemy"}, 7, None])
def test_what_is_no_friend_is_refused_with_the_reason(sandbox: Sandbox, row: object) -> None:
    with pytest.raises(httpx.HTTPStatusError, match="This is no friend"):
        sandbox.post("friends", {"friends": [user(2), row]})

    assert sandbox.get("friends")["total"] == 0


def test_the_calendar_moves_and_runs_on(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    sandbox.post("clock", {"now": 1_509_330_600_000})
    line.push_message(push_of())

    assert 0 <= sandbox.ledger()[0].at - 1_509_330_600_000 < 60_000
    with pytest.raises(httpx.HTTPStatusError, match="This is no clock"):
        sandbox.post("clock", {"now": "noon"})


def test_a_chat_is_read_backwards_in_pages(sandbox: Sandbox, line: MessagingApi) -> None:
    sandbox.befriend(user(1))
    for number in range(7):
        line.push_message(push_of(words=str(number)))

    last = sandbox.get(f"friends/{user(1)}/chat", limit=3)
    before = sandbox.get(f"friends/{user(1)}/chat", limit=3, before=last["entries"][0]["index"])

    assert [entry["messages"][0]["text"] for entry in last["entries"]] == ["4", "5", "6"]
    assert [entry["messages"][0]["text"] for entry in before["entries"]] == ["1", "2", "3"]
    assert last["total"] == 7


def test_another_sites_page_cannot_act_here(sandbox: Sandbox) -> None:
    sandbox.befriend(user(1))
    act = f'{{"user": "{user(1)}", "do": "block"}}'
    form = httpx.post(
        f"{sandbox.url}/sandbox/act", content=act, headers={"content-type": "text/plain"}, trust_env=False
    )
    renamed = httpx.get(f"{sandbox.url}/sandbox/status", headers={"host": "evil.example"}, trust_env=False)

    assert (form.status_code, renamed.status_code) == (400, 400)
    assert sandbox.get("status")["friends"]["blocked"] == 0


def test_nonsense_is_refused_in_words(sandbox: Sandbox) -> None:
    for path, body in (("friends", {}), ("quota", {"limit": "many"}), ("habits", {"mood": 1})):
        with pytest.raises(httpx.HTTPStatusError, match=r"This is no|There is no"):
            sandbox.post(path, body)
    with pytest.raises(httpx.HTTPStatusError, match="after is no whole number"):
        sandbox.get("taps", after="x")
