"""The phone page in a real browser: it draws every message, runs no script of one, and fetches nothing outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest

from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.messages import actions_in
from tests.sandbox.browser import CHROMIUM, Browser, narrow, running_browser
from tests.sandbox.samples import GOOD, bubble, chips, flex, link, postback, template, text
from tests.sandbox.test_sending import raw
from tests.sandbox_fixtures import user

__all__ = ["narrow", "running_browser"]
needs_browser = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
EXAMPLES = Path(__file__).resolve().parents[3] / "shared"


_LOADS = count()


@pytest.fixture
def phone(narrow: Browser, sandbox: Sandbox) -> Iterator[Browser]:
    """A browser as narrow as a phone; whatever it complains of or fetches elsewhere fails the test."""
    yield narrow
    narrow.run("1")
    assert narrow.complaints == []
    assert [url for url in narrow.fetched if not url.startswith((sandbox.url, "data:", "about:"))] == []


def given(sandbox: Sandbox, *messages: Any, to: str = user(1), name: str = "陳怡君") -> None:
    sandbox.befriend({"id": to, "name": name})
    for start in range(0, len(messages), 5):
        answer = raw(sandbox, {"to": to, "messages": list(messages[start : start + 5])})
        assert answer.status_code == 200, answer.text


def chat(phone: Browser, sandbox: Sandbox, entries: int, who: str = user(1)) -> None:
    phone.open(f"{sandbox.url}/?{next(_LOADS)}#{who}")  # another address is loaded anew
    phone.wait_for(f"document.querySelectorAll('.entry, .note').length >= {entries}")


def click(phone: Browser, words: str) -> None:
    script = "[...document.querySelectorAll('#chat button, dialog button')].find(b => b.textContent === %s).click()"
    phone.run(script % json.dumps(words))


def shown(phone: Browser) -> str:
    return phone.run("document.getElementById('entries').innerText")


def test_the_page_forbids_whatever_it_does_not_bring(sandbox: Sandbox) -> None:
    answer = httpx.get(sandbox.url, trust_env=False)

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert "http" not in answer.text.replace("https", "http").replace("http-equiv", "")
    assert httpx.get(f"{sandbox.url}/phone/..%2Fserver.py", trust_env=False).status_code == 404


@needs_browser
def test_every_kind_of_message_is_drawn_at_a_phones_width(sandbox: Sandbox, phone: Browser) -> None:
    messages = [message for name, said in GOOD.items() if not name.startswith("text of") for message in said]
    given(sandbox, *messages)

    chat(phone, sandbox, (len(messages) + 4) // 5)

    assert phone.run("document.documentElement.scrollWidth") == 390
    assert phone.run("document.querySelectorAll('.location').length") == 1
    assert phone.run("document.querySelectorAll('.bubble').length") == 13


@needs_browser
@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="LINE's published samples are not here (../shared)")
def test_published_flex_messages_are_drawn_whole(sandbox: Sandbox, phone: Browser) -> None:
    for number, path in enumerate(sorted((EXAMPLES / "line-samples" / "sdk-java" / "flex").glob("*.json"))):
        contents = json.loads(path.read_text(encoding="utf-8"))
        given(sandbox, flex(contents), to=user(number))
        chat(phone, sandbox, 1, user(number))

        words = [node["text"] for node in walk(contents) if node.get("type") in ("text", "span") and node.get("text")]
        drawn = phone.run("document.getElementById('entries').textContent")
        assert [word for word in words if word not in drawn] == [], path.name
        bubbles = phone.run("[...document.querySelectorAll('.bubble')].map(b => b.getBoundingClientRect().height)")
        assert len(bubbles) == len(contents.get("contents", [1])), path.name
        assert min(bubbles) > 40, path.name


def walk(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        yield node
    for part in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
        yield from walk(part)


@needs_browser
def test_a_tap_on_a_chip_acts_as_that_friend(sandbox: Sandbox, phone: Browser) -> None:
    given(
        sandbox, text(), chips({"type": "message", "label": "好的", "text": "我要參加"}, postback("之後再說", "later"))
    )
    chat(phone, sandbox, 1)

    click(phone, "好的")
    phone.wait_for("document.querySelectorAll('.entry.friend').length === 1")

    assert [event["message"]["text"] for _, event in sandbox.taps()] == ["我要參加"]
    assert phone.run("document.querySelectorAll('#chips button').length") == 0


@needs_browser
def test_a_tap_on_a_card_names_the_same_action_as_the_ledger(sandbox: Sandbox, phone: Browser) -> None:
    button = {"type": "button", "action": postback("按鈕", "flex")}
    messages = [
        chips(postback("不會出現")),
        flex({**bubble(button), "action": link("卡片")}),
        template("carousel", columns=[{"text": "欄", "actions": [postback(f"鈕{n}", f"c{n}")]} for n in range(3)]),
        chips(postback("片", "chip"), postback("另一片", "other chip")),
    ]
    given(sandbox, *messages)
    chat(phone, sandbox, 1)

    assert phone.run("[...document.querySelectorAll('#chips .chip')].map(b => b.textContent)") == ["片", "另一片"]

    for words in ("鈕1", "按鈕"):
        before = len(sandbox.taps())
        click(phone, words)
        phone.wait_for(f"fetch('/sandbox/status').then(r => r.json()).then(s => s.taps === {before + 1})")

    phone.wait_for("document.querySelectorAll('#chips button').length === 0")
    assert [event["postback"]["data"] for _, event in sandbox.taps()] == ["c1", "flex"]
    assert [action["label"] for action in actions_in(messages)] == ["按鈕", "卡片", "鈕0", "鈕1", "鈕2", "片", "另一片"]


@needs_browser
def test_a_tap_on_the_second_chip_is_the_second_chips(sandbox: Sandbox, phone: Browser) -> None:
    given(sandbox, chips(postback("不會出現", "gone")), chips(postback("一", "first"), postback("二", "second")))
    chat(phone, sandbox, 1)

    click(phone, "二")
    phone.wait_for("document.querySelector('.note')")

    assert [event["postback"]["data"] for _, event in sandbox.taps()] == ["second"]


@needs_browser
def test_a_link_is_shown_before_it_is_opened(sandbox: Sandbox, phone: Browser) -> None:
    given(sandbox, chips(link("看商品", "https://shop.example.com/new")))
    chat(phone, sandbox, 1)

    click(phone, "看商品")
    phone.wait_for("document.querySelector('dialog[open]')")

    assert "https://shop.example.com/new" in phone.run("document.getElementById('ask').innerText")
    click(phone, "取消")
    assert [opened["uri"] for opened in sandbox.get("opens")["opens"]] == ["https://shop.example.com/new"]


@needs_browser
def test_a_friend_writes_blocks_and_comes_back(sandbox: Sandbox, phone: Browser) -> None:
    given(sandbox, text())
    chat(phone, sandbox, 1)

    phone.run("document.getElementById('words').value = '請問營業時間？'")
    phone.run("document.querySelector('#compose [type=submit]').click()")
    phone.wait_for("document.querySelector('.entry.friend')")
    click(phone, "封鎖")
    phone.wait_for("!document.getElementById('follow').hidden")
    assert phone.run("document.getElementById('words').disabled") is True
    click(phone, "加入好友")
    phone.wait_for("!document.getElementById('block').hidden")

    assert [event["type"] for _, event in sandbox.taps()] == ["message", "unfollow", "follow"]


@needs_browser
@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the naughty strings are not here (../shared)")
def test_naughty_strings_are_shown_as_they_are_and_run_nothing(sandbox: Sandbox, phone: Browser) -> None:
    strings = json.loads((EXAMPLES / "data" / "bad_input" / "blns" / "blns.json").read_text(encoding="utf-8"))
    naughty = [words for words in strings if words]
    sandbox.befriend(*[{"id": user(number), "name": words} for number, words in enumerate(naughty, 1)])
    for start in range(0, len(naughty), 5):
        given(sandbox, *[text(words) for words in naughty[start : start + 5]], name=naughty[start])
    card = [{"type": "text", "text": words[:300], "wrap": True} for words in naughty[:200]]
    given(sandbox, flex(bubble(*card[:100])), flex(bubble(*card[100:])), *[chips(postback(w[:8])) for w in naughty[:5]])
    phone.call("Page.addScriptToEvaluateOnNewDocument", source="window.alert = () => { console.error('alert ran') }")

    chat(phone, sandbox, 5)
    while phone.run("!document.getElementById('earlier').hidden"):
        count = phone.run("document.querySelectorAll('.words').length")
        phone.run("document.getElementById('earlier').click()")
        phone.wait_for(f"document.querySelectorAll('.words').length > {count}")
    phone.run("document.querySelector('#tabs [data-pane=friends]').click()")
    phone.wait_for("document.querySelectorAll('#friend-list li').length === 50")

    drawn = phone.run("[...document.querySelectorAll('.entry.account .words')].map(n => n.textContent)")
    assert [words for words in naughty if words not in drawn] == []
    assert (
        phone.run("document.querySelectorAll('#entries script, #entries img, #entries iframe, #entries a').length") == 0
    )
    assert phone.run("document.documentElement.scrollWidth") == 390


@needs_browser
def test_the_account_shows_quota_and_the_last_requests(sandbox: Sandbox, phone: Browser) -> None:
    sandbox.post("quota", {"limit": 3_000})
    sandbox.fault("429_rate", count=1, endpoint="multicast")
    given(sandbox, text())
    raw(sandbox, {"to": [user(1)], "messages": [text()]}, "multicast")

    phone.open(sandbox.url)
    phone.run("document.querySelector('#tabs [data-pane=account]').click()")
    phone.wait_for("document.querySelectorAll('#recent li').length === 2")

    assert "1／3,000" in phone.run("document.getElementById('gauge').innerText")
    assert "multicast" in phone.run("document.querySelector('#recent li').innerText")


@needs_browser
def test_the_friend_sees_what_was_read_and_that_an_answer_is_coming(sandbox: Sandbox, phone: Browser) -> None:
    sandbox.befriend({"id": user(1), "name": "陳怡君"})
    (event,) = sandbox.act(user(1), "write", text="在嗎？")["events"]
    chat(phone, sandbox, 1)
    assert phone.run("document.querySelector('.friend .stamp').textContent.includes('已讀')") is False

    for path, body in (
        ("markAsRead", {"markAsReadToken": event["message"]["markAsReadToken"]}),
        ("loading/start", {"chatId": user(1), "loadingSeconds": 60}),
    ):
        raw(sandbox, body, f"../chat/{path}")

    phone.wait_for("document.querySelector('.friend .stamp').textContent.includes('已讀')")
    phone.wait_for("document.querySelectorAll('.dots i').length === 3")
