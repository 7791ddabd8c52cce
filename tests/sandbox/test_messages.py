"""Which messages the sandbox takes, beside what LINE's own OpenAPI files say of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from journey_engine.sandbox.limits import graphemes
from journey_engine.sandbox.messages import actions_in, complaints_about
from tests.line_openapi import needs_openapi, validate_body
from tests.sandbox.samples import BAD, GOOD, bubble, chips, flex, link, postback, text
from tests.sandbox_fixtures import user

# Limits that LINE documents in words and its OpenAPI files leave out.
ONLY_IN_WORDS = {
    "text empty", "second message bad", "text of 5001", "text of 2501 emoji", "image over http",
    "url of 2001", "alt text of 1501",
    "no quick replies", "label of 21", "uri of 1001", "uri with a script", "message action without text",
    "camera in a button", "five buttons", "one button in confirm", "button text of 161", "button text of 61 with title",
    "eleven columns", "four actions in a column", "columns that differ", "thirteen bubbles", "bubble over 30 KB",
    "carousel over 50 KB", "empty bubble", "flex text missing", "unknown flex property", "bad colour", "bad size",
    "picture over http", "body is text", "braces without substitution", "a single brace", "21 emojis", "key of 21",
    "tracking with an underscore", "delivery tag with a dash", "51 areas", "imagemap 1,024 wide",
    "video in an imagemap without an area", "rich menus switched in a message", "mail",
}  # fmt: skip


@pytest.mark.parametrize("name", GOOD)
def test_line_takes_these_messages(name: str) -> None:
    assert complaints_about(GOOD[name]) == []


@pytest.mark.parametrize("name", BAD)
def test_line_refuses_these_messages_and_says_where(name: str) -> None:
    messages, where = BAD[name]

    complaints = complaints_about(messages)

    assert where in [complaint["property"] for complaint in complaints]
    assert all(complaint["message"] for complaint in complaints)


@needs_openapi
@pytest.mark.parametrize("name", GOOD)
def test_lines_own_files_take_what_the_sandbox_takes(name: str) -> None:
    assert validate_body("push", {"to": user(1), "messages": GOOD[name]}) == []


@needs_openapi
@pytest.mark.parametrize("name", [name for name in BAD if name not in ONLY_IN_WORDS])
def test_lines_own_files_refuse_what_the_sandbox_refuses(name: str) -> None:
    messages, _ = BAD[name]
    body = {"to": user(1)} if messages is None else {"to": user(1), "messages": messages}

    assert validate_body("push", body) != []


def published_flex() -> list[Path]:
    folder = Path(__file__).resolve().parents[3] / "shared" / "line-samples" / "sdk-java" / "flex"
    return sorted(folder.glob("*.json"))


@pytest.mark.skipif(not published_flex(), reason="LINE's published samples are not here (../shared)")
@pytest.mark.parametrize("path", published_flex(), ids=lambda path: path.stem)
def test_published_flex_messages_are_taken(path: Path) -> None:
    messages = [flex(json.loads(path.read_text(encoding="utf-8")))]

    assert complaints_about(messages) == []


def test_complaints_are_worded_as_line_words_them() -> None:
    said = complaints_about([text(""), {"type": "fax"}, text("字" * 5001)])

    assert said[0] == {"message": "May not be empty", "property": "messages[0].text"}
    assert said[1]["message"].startswith("Must be one of the following values: [text, textV2, sticker, image,")
    assert said[2] == {"message": "Length must be between 1 and 5000", "property": "messages[2].text"}


@pytest.mark.parametrize(
    ("written", "count"),
    [("abc", 3), ("字", 1), ("e\u0301", 1), ("👨‍👩‍👧‍👦", 1), ("👍🏽", 1), ("🇹🇼🇯🇵", 2), ("❤️", 1), ("", 0), ("각", 1)],
)
def test_labels_are_counted_as_a_reader_sees_them(written: str, count: int) -> None:
    assert graphemes(written) == count


def test_actions_are_numbered_in_reading_order_and_quick_replies_of_the_last_message_come_last() -> None:
    button: dict[str, Any] = {"type": "button", "action": link("看商品")}
    messages = [
        chips(postback("看不到")),
        flex({**bubble(button), "action": link("整張卡")}),
        {
            "type": "template",
            "altText": "x",
            "template": {"type": "confirm", "text": "?", "actions": [postback("是"), postback("否")]},
        },
        chips(postback("之後")),
    ]

    assert [action["label"] for action in actions_in(messages)] == ["看商品", "整張卡", "是", "否", "之後"]
