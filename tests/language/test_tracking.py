"""Links of messages as conditions name them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.language.conftest import Told

Spoil = Callable[[str, str, str], Told]
OPENS = ("messages/hello.yaml", "taps: look", 'opens: "https://shop.example/new"')


def test_a_wait_may_name_a_link_by_the_words_on_it(spoilt: Spoil) -> None:
    spoilt(*OPENS)

    assert spoilt("welcome.yaml", "button = 'look'", "link = '看看' and host = 'shop.example'") == []


def test_a_link_that_is_not_there_is_told_with_those_that_are(spoilt: Spoil) -> None:
    spoilt(*OPENS)

    assert spoilt("welcome.yaml", "button = 'look'", "link = '看一看'") == [
        ("welcome.yaml:14:39", "連結「看一看」不存在。", "相近的有：看看。")
    ]


def test_a_message_that_only_opens_pages_can_be_waited_for(spoilt: Spoil) -> None:
    spoilt(*OPENS)

    assert spoilt("welcome.yaml", " where button = 'look'", "") == []


def test_taps_of_real_people_that_stay_unknown_are_warned_of_once(spoilt: Spoil) -> None:
    spoilt(*OPENS)
    spoilt("welcome.yaml", " where button = 'look'", "")
    told = spoilt("policy.yaml", "zone:", "line: live\nzone:")

    assert told == [
        ("policy.yaml:2:7",
         "policy.yaml 沒有寫 links 的 base，訊息裡的連結不會追蹤，點了也不會有 click。",
         "請加上 links: {base: https://…}，也就是收件服務對外的網址。")
    ]  # fmt: skip


@pytest.mark.parametrize("base", ["https://go.example.com", "https://go.example.com/line", "http://127.0.0.1:4271"])
def test_links_may_begin_with_an_address_of_the_receiver(spoilt: Spoil, base: str) -> None:
    assert spoilt("policy.yaml", "zone:", f'links: {{base: "{base}", expires: 30 days}}\nzone:') == []


@pytest.mark.parametrize("base", ["go.example.com", "ftp://go.example.com", "https://go.example.com/", "https://a?b="])
def test_what_a_browser_cannot_open_is_no_beginning_of_a_link(spoilt: Spoil, base: str) -> None:
    told = spoilt("policy.yaml", "zone:", f'links: {{base: "{base}"}}\nzone:')

    assert [(place, what) for place, what, _ in told] == [("policy.yaml:2:15", "這不是可以放在連結裡的網址。")]
