"""What `check` says at a step whose message asks for what the journey's own entry does not bring."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from journey_engine.language.check import check
from tests.language.conftest import Told

Spoil = Callable[[str, str, str], Told]
SCHEMA = (
    "  refund: {title: 退貨, value: money}",
    "  refund: {title: 退貨, value: money, properties: {why: text, store: number, parts: list}}\n"
    "  basket: {title: 購物車, properties: {items: list, store_name: text}}",
)
BUBBLE = "{type: bubble, body: {type: box, layout: vertical, contents: [{type: text, text: '{item.name}'}]}}"


@pytest.fixture
def sent(project: Path, spoilt: Spoil) -> Callable[..., Told]:
    """`check` of the project, whose first step sends `receipt` with this in it, entered by this event or trigger."""

    def said(say: str, enter: str = "on: purchase", alt: str = "") -> Told:
        spoilt("schema.yaml", *SCHEMA)
        spoilt("messages/receipt.yaml", "", f"message: receipt\ntitle: 收據\ntopic: service\n{alt}say:\n{say}")
        spoilt("welcome.yaml", "{on: follow,", f"{{{enter},")
        return spoilt("welcome.yaml", "greet: {send: hello}", "greet: {send: receipt}")

    return said


def text(words: str) -> str:
    return f'  - text: "{words}"\n'


def cards(of: str) -> str:
    return f"  - cards: {{of: entry.{of}, flex: {BUBBLE}}}\n"


def test_a_message_that_asks_for_what_the_entry_brings_is_fine(sent: Callable[..., Told]) -> None:
    assert sent(text("訂單 {entry.order_id}，{entry.store}")) == []


def test_a_default_serves_who_comes_another_way(sent: Callable[..., Told]) -> None:
    assert sent(text("{entry.why|您好}")) == []


def test_what_the_entry_does_not_bring_is_told_at_the_step(sent: Callable[..., Told]) -> None:
    assert sent(text("因為 {entry.why}，{entry.why}")) == [
        (
            "welcome.yaml:10:17",
            "訊息「receipt」要填「entry.why」，但進入事件「purchase」沒有帶，從這裡傳不出去。",
            "會帶它的事件：refund。請改傳別則訊息，或在訊息裡替它寫預設文字。",
        )
    ]


def test_what_is_near_is_offered(sent: Callable[..., Told]) -> None:
    assert sent(text("在 {entry.store_name}")) == [
        (
            "welcome.yaml:10:17",
            "訊息「receipt」要填「entry.store_name」，但進入事件「purchase」沒有帶，從這裡傳不出去。",
            "訊息裡是否要寫「entry.store」？",
        )
    ]


def test_who_enters_by_no_event_brings_nothing(sent: Callable[..., Told]) -> None:
    assert sent(text("{entry.why}"), enter='every: {cron: "0 10 * * 1", of: lapsed}') == [
        (
            "welcome.yaml:10:17",
            "訊息「receipt」要填「entry.why」，但進入這個旅程的方式沒有帶，從這裡傳不出去。",
            "會帶它的事件：refund。請改傳別則訊息，或在訊息裡替它寫預設文字。",
        )
    ]


def test_of_who_is_let_in_by_another_system_nothing_is_known(sent: Callable[..., Told]) -> None:
    assert sent(text("{entry.anything}"), enter="by: api") == []


def test_cards_of_what_the_entry_does_not_bring_are_left_out(sent: Callable[..., Told]) -> None:
    assert sent(text("您的購物車") + cards("items"), alt="alt: 購物車\n") == [
        (
            "welcome.yaml:10:17",
            "訊息「receipt」的卡片要用「entry.items」，但進入事件「purchase」沒有帶：這些卡片不會出現。",
            "會帶它的事件：basket。請改傳別則訊息。",
        )
    ]


def test_a_message_of_such_cards_alone_goes_to_nobody(sent: Callable[..., Told], project: Path) -> None:
    (finding,) = sent(cards("items"), alt="alt: 購物車\n")

    assert finding[1].endswith("沒有帶：這則訊息沒有東西可以傳。")
    assert [f.severity for f in check(project).findings] == ["error"]


def test_a_property_that_two_events_bring_differently_is_judged_by_this_ones_type(sent: Callable[..., Told]) -> None:
    assert sent(text("{entry.store as number}")) == [
        (
            "welcome.yaml:10:17",
            "訊息「receipt」：「entry.store」的型別是 text，不能寫 as number。",
            "請寫成 {entry.store|預設文字}。",
        )
    ]


def test_flex_files_and_buttons_ask_too(sent: Callable[..., Told], project: Path) -> None:
    file = project / "journeys" / "messages" / "files" / "receipt.flex.json"
    file.parent.mkdir(parents=True)
    body = {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "{entry.why}"}]}
    file.write_text(json.dumps({"type": "bubble", "body": body}))
    buttons = (
        '[{label: 看, opens: "https://a.example/{entry.items}"}, {label: 要, taps: yes_, tag: keen +2 for 3 days}]'
    )
    say = f"  - flex: files/receipt.flex.json\n  - {{template: confirm, text: 好嗎, buttons: {buttons}}}\n"

    told = [what for _, what, _ in sent(say, alt="alt: 收據\n")]

    assert "訊息「receipt」要填「entry.why」，但進入事件「purchase」沒有帶，從這裡傳不出去。" in told


def test_it_is_told_in_english_too(sent: Callable[..., Told], project: Path, spoilt: Spoil) -> None:
    sent(text("因為 {entry.why}"))
    assert spoilt("policy.yaml", "language: zh-TW", "language: en") == [
        (
            "welcome.yaml:10:17",
            "“receipt” asks for “entry.why”, which the event “purchase” does not bring; from here it cannot be sent.",
            "It comes with: refund. Send another message, or give it a default there.",
        )
    ]
