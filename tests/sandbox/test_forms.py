"""The phone page draws every form of message so that what it says and what can be tapped is there; taps come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest

from journey_engine.sandbox.beside import Sandbox
from journey_engine.sandbox.messages import actions_in, complaints_about
from tests.line_openapi import needs_openapi, validate_body, validate_event
from tests.sandbox.browser import Browser, narrow, running_browser
from tests.sandbox.bubbles import CARD, SIZES
from tests.sandbox.forms import FORMS
from tests.sandbox.samples import flex
from tests.sandbox.test_page import chat, click, given, needs_browser, phone
from tests.sandbox_fixtures import user

__all__ = ["narrow", "phone", "running_browser"]

# form -> what must be on the page, as selectors
DRAWN: dict[str, list[str]] = {
    "text": [".words .address"],
    "text with emoji": [".words .emoji"],
    "text v2": [".words .mention", ".words .emoji"],
    "sticker": [".sticker"],
    "image": [".sent-picture"],
    "video": [".sent-picture.film.tappable"],
    "audio": [".audio .length"],
    "location": [".location .map"],
    "imagemap": [".imagemap .area.tappable"],
    "imagemap with video": [".imagemap .area.film .pill"],
    "buttons": [".template .picture.rectangle", ".template .upper.tappable", ".template .acts button"],
    "confirm": [".template.confirm .acts button"],
    "carousel": [".columns .template .picture.square"],
    "image carousel": [".columns .image-column.tappable .pill"],
    "receipt": [".bubble.mega .flex-separator"],
    "cafe": [".bubble .hero .flex-image", ".flex-icon.starred", ".flex-icon.grey", ".flex-button.primary"],
    "cards": [".bubbles .bubble.kilo .box"],
    "sizes": [f".bubbles .bubble.{size}" for size in ("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")],
    "film": [".bubble .hero .picture.film", ".flex-text p.clamped"],
    "coupon": [".ticket"],
    "sender and chips": [".face.own", "#chips .chip .chip-icon", "#chips .chip .sign-camera"],
}


def test_every_form_is_one_that_line_takes() -> None:
    assert {name: said for name, message in FORMS.items() if (said := complaints_about([message]))} == {}
    assert set(DRAWN) == set(FORMS)


@needs_openapi
def test_lines_own_files_take_every_form() -> None:
    for name, message in FORMS.items():
        assert validate_body("push", {"to": user(1), "messages": [message]}) == [], name


@needs_browser
def test_every_form_is_drawn_with_its_parts(sandbox: Sandbox, phone: Browser) -> None:
    messages = list(FORMS.values())
    given(sandbox, *messages)
    chat(phone, sandbox, (len(messages) + 4) // 5)

    missing = {
        name: [part for part in parts if not phone.run(f"Boolean(document.querySelector({json.dumps(part)}))")]
        for name, parts in DRAWN.items()
    }
    assert {name: parts for name, parts in missing.items() if parts} == {}
    assert phone.run("document.documentElement.scrollWidth") == 390


@needs_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_screenshots_of_every_form_can_be_looked_at(sandbox: Sandbox, tmp_path: Path, width: int) -> None:
    given(sandbox, *FORMS.values())
    with Browser(width, 6_000) as browser:
        chat(browser, sandbox, 5)
        browser.picture(tmp_path / f"forms{width}.png")
        assert browser.complaints == []
        assert browser.run("document.documentElement.scrollWidth") == width
        assert browser.run("document.querySelectorAll('.swipe.has-after').length") > 3
    assert (tmp_path / f"forms{width}.png").stat().st_size > 50_000


@needs_browser
def test_flex_boxes_stand_where_lines_rules_put_them(sandbox: Sandbox, phone: Browser) -> None:
    def box(layout: str, *contents: Any, **more: Any) -> dict[str, Any]:
        return {"type": "box", "layout": layout, "contents": list(contents), **more}

    def part(name: str, **more: Any) -> dict[str, Any]:
        return box("vertical", {"type": "text", "text": name}, **more)

    body = box(
        "vertical",
        box("horizontal", part("一"), part("二", flex=2), part("三", flex=0, width="60px"), spacing="md"),
        box("horizontal", part("左", flex=0), part("右", flex=0), justifyContent="space-between", margin="xl"),
        box("vertical", part("底", position="absolute", offsetBottom="0px", offsetEnd="10px"), height="100px"),
        paddingAll="0px",
    )
    given(sandbox, flex({"type": "bubble", "body": body}))
    chat(phone, sandbox, 1)

    place = """(() => { const frame = document.querySelector('.bubble').getBoundingClientRect();
      return Object.fromEntries([...document.querySelectorAll('.flex-text')].map(n => {
        const b = n.parentNode.getBoundingClientRect();
        return [n.textContent, [b.left - frame.left, b.top - frame.top, b.width, b.height].map(Math.round)];
      })); })()"""
    boxes = phone.run(place)
    # 300 wide: 60 fixed, two gaps of 8, and 224 shared out as one and two.
    assert boxes["一"][0::2] == [0, 75]
    assert boxes["二"][0::2] == [83, 149]
    assert boxes["三"][0::2] == [240, 60]
    assert boxes["右"][0] + boxes["右"][2] == 300
    assert boxes["左"][1] == boxes["一"][3] + 16
    assert boxes["底"][0] + boxes["底"][2] == 290
    assert boxes["底"][1] + boxes["底"][3] == boxes["左"][1] + boxes["左"][3] + 100


@needs_browser
def test_bubbles_have_the_widths_of_their_sizes(sandbox: Sandbox, phone: Browser) -> None:
    given(sandbox, flex(SIZES), flex(CARD))
    chat(phone, sandbox, 1)

    widths = phone.run(
        "[...document.querySelectorAll('.bubble')].map(b => Math.round(b.getBoundingClientRect().width))"
    )
    assert widths == [120, 160, 220, 241, 260, 300, 360, 260]


def dialog(phone: Browser, answer: str, value: str | None = None) -> None:
    phone.wait_for("document.querySelector('dialog[open]')")
    if value is not None:
        phone.run(f"document.querySelector('dialog input').value = {json.dumps(value)}")
    phone.run(
        f"[...document.querySelectorAll('dialog button')].find(b => b.textContent === {json.dumps(answer)}).click()"
    )


def came(phone: Browser, sandbox: Sandbox, before: int) -> dict[str, Any]:
    phone.wait_for(f"fetch('/sandbox/status').then(r => r.json()).then(s => s.taps > {before})")
    return list(sandbox.taps())[-1][1]


@needs_browser
def test_each_chip_does_what_it_does_on_a_phone(sandbox: Sandbox, phone: Browser) -> None:
    """The events are in the order of EVERY_CHIP; those that need an answer get one."""
    chips: dict[str, tuple[tuple[str, str | None] | None, dict[str, Any]]] = {
        "我要參加": (None, {"message": {"text": "我要參加"}}),
        "之後再說": (None, {"postback": {"data": "later"}}),
        "拍照": (("傳送", None), {"message": {"type": "image"}}),
        "選相片": (("傳送", None), {"message": {"type": "image"}}),
        "傳位置": (("傳送", None), {"message": {"type": "location", "title": "台北車站"}}),
        "挑日子": (("確定", "2027-03-09"), {"postback": {"data": "day", "params": {"date": "2027-03-09"}}}),
        "挑時間": (("確定", "10:15"), {"postback": {"params": {"time": "10:15"}}}),
        "約時間": (("確定", "2027-03-09T10:15"), {"postback": {"params": {"datetime": "2027-03-09T10:15"}}}),
        "寫下地址": (None, {"postback": {"data": "address"}}),
    }
    for number, (label, (answer, told)) in enumerate(chips.items()):
        given(sandbox, FORMS["sender and chips"])
        chat(phone, sandbox, number + 1)
        before = len(list(sandbox.taps()))
        click(phone, label)
        if answer is not None:
            dialog(phone, *answer)
        event = came(phone, sandbox, before)
        for part, said in told.items():
            assert {name: event[part][name] for name in said} == said, label
        if label == "寫下地址":
            assert phone.run("document.getElementById('words').value") == "地址："
    assert len(list(sandbox.taps())) == len(chips)


@needs_browser
def test_a_copied_code_and_a_refused_camera_tell_nobody(sandbox: Sandbox, phone: Browser) -> None:
    given(sandbox, FORMS["sender and chips"])
    chat(phone, sandbox, 1)

    click(phone, "複製折扣碼")
    phone.wait_for("document.getElementById('toast')?.textContent.includes('SPRING100')")
    click(phone, "拍照")
    dialog(phone, "取消")

    assert list(sandbox.taps()) == []


@needs_browser
def test_areas_films_and_addresses_can_be_tapped(sandbox: Sandbox, phone: Browser) -> None:
    given(sandbox, FORMS["text"], FORMS["video"], FORMS["imagemap"])
    chat(phone, sandbox, 1)

    phone.run("document.querySelector('.area[aria-label=抽獎]').click()")
    assert came(phone, sandbox, 0)["message"]["text"] == "我要抽獎"
    phone.run("document.querySelector('.area[aria-label=新品]').click()")
    dialog(phone, "取消")
    phone.run("document.querySelector('.sent-picture.film').click()")
    dialog(phone, "看完了")
    assert came(phone, sandbox, 1)["videoPlayComplete"] == {"trackingId": "spring-film"}
    phone.run("document.querySelector('.address').click()")
    phone.wait_for("document.querySelector('dialog[open]')")
    assert "https://shop.example.com/new" in phone.run("document.getElementById('ask').innerText")
    dialog(phone, "取消")
    assert [opened["uri"] for opened in sandbox.get("opens")["opens"]] == ["https://shop.example.com/new"]


@needs_browser
def test_a_friend_sends_a_sticker_and_takes_it_back(sandbox: Sandbox, phone: Browser) -> None:
    sandbox.befriend({"id": user(1), "name": "陳怡君"})
    chat(phone, sandbox, 0)

    phone.wait_for("!document.getElementById('more').disabled")
    phone.run("document.getElementById('more').click()")
    phone.run("document.querySelector('dialog select').value = 'sticker'")
    dialog(phone, "傳送")
    phone.wait_for("document.querySelector('.friend .sticker')")
    phone.run("document.querySelector('.friend .sticker').click()")
    phone.wait_for("document.querySelector('.friend .gone')")

    sent, taken = [event for _, event in sandbox.taps()]
    assert taken["unsend"]["messageId"] == sent["message"]["id"]
    assert "replyToken" not in taken


@needs_browser
def test_a_stranger_adds_the_account_from_the_page(sandbox: Sandbox, phone: Browser) -> None:
    phone.open(sandbox.url)
    phone.run("document.getElementById('newcomer').click()")
    phone.wait_for("document.querySelectorAll('#friend-list .who').length === 1")

    ((_, event),) = sandbox.taps()
    assert (event["type"], event["follow"]) == ("follow", {"isUnblocked": False})


@needs_browser
def test_faults_and_the_quota_are_set_beside_the_chat(sandbox: Sandbox, phone: Browser) -> None:
    phone.open(sandbox.url)
    phone.wait_for("document.querySelectorAll('#fault-form select[name=kind] option').length > 5")
    phone.run("document.querySelector('#fault-form select[name=kind]').value = '429_monthly'")
    phone.run("document.querySelector('#fault-form button').click()")
    phone.wait_for("document.querySelector('#faults button')")
    assert [(one["kind"], one["count"]) for one in sandbox.get("status")["faults"]] == [("429_monthly", 1)]

    phone.run("document.querySelector('#faults button').click()")
    phone.wait_for("!document.querySelector('#faults button')")
    phone.run("document.querySelector('#quota-form input').value = '500'")
    phone.run("document.querySelector('#quota-form button').click()")
    phone.wait_for("document.getElementById('gauge').innerText.includes('0／500')")

    assert sandbox.get("status")["faults"] == []
    assert sandbox.get("status")["quota"]["limit"] == 500


@needs_openapi
def test_what_friends_do_has_the_shape_of_lines_own_webhook(sandbox: Sandbox) -> None:
    given(sandbox, FORMS["video"])
    for kind in ("image", "video", "audio", "file", "location", "sticker"):
        sandbox.act(user(1), "send", message=kind)
    sandbox.act(user(1), "watch", acceptance=0, tracking="spring-film")
    sandbox.act(user(1), "unsend", message=next(iter(sandbox.taps()))[1]["message"]["id"])

    events = [event for _, event in sandbox.taps()]
    assert len(events) == 8
    assert [validate_event(event) for event in events] == [[]] * 8


@pytest.mark.parametrize(
    "act",
    [
        {"do": "send", "message": "house"},
        {"do": "watch", "acceptance": 0, "tracking": "other"},
        {"do": "watch", "acceptance": 7, "tracking": "spring-film"},
        {"do": "unsend", "message": "600"},
        {"do": "unsend"},
    ],
)
def test_what_a_friend_cannot_do_is_refused_with_what_can_be_done(sandbox: Sandbox, act: dict[str, Any]) -> None:
    given(sandbox, FORMS["video"])

    with pytest.raises(Exception, match="send \\(with message") as refused:
        sandbox.act(user(1), **act)

    assert "Traceback" not in str(refused.value)


def test_only_when_asked_may_the_page_load_pictures(sandbox: Sandbox) -> None:
    policies = [
        httpx.get(sandbox.url + path, trust_env=False).headers["content-security-policy"]
        for path in ("/", "/?pictures")
    ]

    assert "img-src 'self' data:;" in policies[0]
    assert "img-src 'self' data: https:;" in policies[1]
    assert all("script-src 'self';" in policy and "unsafe" not in policy for policy in policies)


def test_the_page_numbers_actions_as_the_sandbox_does(sandbox: Sandbox) -> None:
    assert len(actions_in([FORMS["buttons"], FORMS["imagemap"], FORMS["cafe"], FORMS["sender and chips"]])) == 23
