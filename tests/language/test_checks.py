"""One word spoilt in a sound project: the finding, its place and its cure, and nothing that merely follows from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from journey_engine.language.schema import BUILT_IN_EVENTS
from tests.language.conftest import Told

Spoil = Callable[[str, str, str], Told]
WEEKLY = ("feeds/orders.yaml", "arrives: daily", "arrives: weekly")


BRING = "請在 feeds 裡加上 brings；由商店即時送來的，在 schema 裡寫 live: yes。"
EVERY_EVENT = f"已有的是：{'、'.join(sorted({*BUILT_IN_EVENTS, 'bought', 'refund'}))}。"
SPOILT = {
    "an event without a feed never lets anybody in": (
        "welcome.yaml", "on: follow", "on: refund",
        [("welcome.yaml:5:13", "沒有任何資料來源會帶來事件「refund」。", BRING)],
    ),
    "an event without a feed ends no wait": (
        "welcome.yaml", "click of hello where button = 'look'", "refund",
        [("welcome.yaml:14:18", "沒有任何資料來源會帶來事件「refund」。", BRING)],
    ),
    "a wait shorter than the feed's day": (
        "welcome.yaml",
        "click of hello where button = 'look'\n          do: {mark: {tag: keen}}\n      at_most: 2 days",
        "purchase\n          do: {mark: {tag: keen}}\n      at_most: 23 hours",
        [("welcome.yaml:14:18",
          "「purchase」由 orders 每天匯入，這個等待只有 23 hours，期限到時還不知道有沒有發生。",
          "請把 at_most 加長，或讓資料更常匯入。")],
    ),
    "a button that is not there": (
        "welcome.yaml", "'look'", "'lok'",
        [("welcome.yaml:14:39", "按鈕「lok」不存在。", "相近的有：look。")],
    ),
    "a condition that cannot be read loses no arm": (
        "welcome.yaml", "if: tag keen", "if: tags keen",
        [("welcome.yaml:19:18", "這裡看不懂「keen」。",
          "這裡可以寫：= != < <= > >=、and、at least、at most、before、between、contains、exactly…。")],
    ),
    "a tag nobody gives": (
        "welcome.yaml", "tag keen", "tag ken",
        [("welcome.yaml:19:17", "沒有任何旅程會貼上標籤「ken」。", "相近的有：keen。")],
    ),
    "an arm spelt wrong is not also called missing": (
        "welcome.yaml", "- otherwise:", "- otherwse:",
        [("welcome.yaml:21:9", "「branch」裡不能寫「otherwse」。", "是否要寫「otherwise」？")],
    ),
    "the end of a branch spelt as a value": (
        "welcome.yaml", "- otherwise:", "- otherwise: greet",
        [("welcome.yaml:21:20", "otherwise 後面不寫值。", "寫成 otherwise:，要做的事寫在 do 裡。")],
    ),
    "a wait without limit": (
        "welcome.yaml", "      at_most: 2 days\n", "",
        [("welcome.yaml:11:3", "first_of 沒有期限，可能永遠等下去。", "請加上 at_most: 3 days。")],
    ),
    "an unknown word of a wait": (
        "welcome.yaml", "at_most", "atmost",
        [("welcome.yaml:16:7", "wait 裡不能寫「atmost」。", "是否要寫「at_most」？")],
    ),
    "a holdout without a goal": (
        "welcome.yaml", "goal: {if: purchase, within: 14 days, then: stay}\n", "",
        [("welcome.yaml:7:10", "有 holdout 卻沒有 goal，對照組沒有可比較的結果。",
          "請加上 goal，例如 goal: {if: purchase since entry, within: 14 days, then: stay}。")],
    ),
    "a leave rule that nothing can change": (
        "welcome.yaml",
        "leave: {if: purchase since entry}",
        "leave: {if: entry.source = 'qr' and not purchase before entry}",
        [("welcome.yaml:6:13", "這個條件在進入時就已確定，旅程中不會再變。",
          "請改寫在 enter 的 if，或改問旅程中會發生的事。")],
    ),
    "a property the entry event does not have": (
        "welcome.yaml", "if: purchase since entry", "if: purchase and entry.sauce = 'qr'",
        [("welcome.yaml:6:32", "事件屬性「sauce」不存在。", "相近的有：source。")],
    ),
    "a step behind stop": (
        "welcome.yaml", "  greet: {send: hello}", "  done: {stop: 完成}\n  greet: {send: hello}",
        [("welcome.yaml:11:3", "沒有任何路會走到步驟「greet」。", "它前面的 go_to 或 stop 已經結束了旅程。")],
    ),
    "a stop that is passed by hides nothing": (
        "welcome.yaml", "  greet: {send: hello}", "  done: {stop: 完成, if: tag keen}\n  greet: {send: hello}", [],
    ),
    "a step behind a branch all of whose ways end": (
        "welcome.yaml",
        "      - otherwise:\n",
        "      - otherwise:\n        do: {over: {stop: 夠了}}\n  after: {send: hello}\n",
        [],
    ),
    "a circle of one": (
        "welcome.yaml", "  greet: {send: hello}", "  greet: {send: hello}\n  back: {go_to: welcome, if: tag keen}",
        [("welcome.yaml:11:17", "旅程繞成一圈，中間沒有等待：welcome → welcome。", "請在其中一個旅程加上 wait。")],
    ),
    "a circle behind a wait is none": (
        "welcome.yaml", "      - otherwise:\n", "      - otherwise:\n        do: {back: {go_to: welcome}}\n", [],
    ),
    "text compared with a number": (
        "segments/lapsed.yaml", "purchase and", "tier = 3 and",
        [("segments/lapsed.yaml:3:5", "「tier」不能和這種值比較。", "請寫文字要加單引號，例如 '金卡'。")],
    ),
    "a date compared with text": (
        "segments/lapsed.yaml", "purchase and", "birthday > '2026-12-05' and",
        [("segments/lapsed.yaml:3:5", "「birthday」不能和這種值比較。", "請寫日期，例如 2026-12-05。")],
    ),
    "an event taken for an attribute": (
        "segments/lapsed.yaml", "purchase and", "purchase = 3 and",
        [("segments/lapsed.yaml:3:5", "屬性「purchase」不存在。",
          "「purchase」是事件，例如寫 purchase within 30 days。")],
    ),
    "an attribute taken for an event": (
        "segments/lapsed.yaml", "purchase and", "tier and",
        [("segments/lapsed.yaml:3:5", "「tier」是屬性，不是事件。", "例如寫 tier is known。")],
    ),
    "a segment taken for an event": (
        "welcome.yaml", "if: tag keen", "if: lapsed",
        [("welcome.yaml:19:13", "事件「lapsed」不存在。", "「lapsed」是分群，請寫 in segment lapsed。")],
    ),
    "a property after where without parentheses": (
        "segments/lapsed.yaml", "purchase and", "purchase where store = 'a' and order_id = 'b' and",
        [("segments/lapsed.yaml:3:36", "屬性「order_id」不存在。",
          "「order_id」是事件 purchase 的屬性；where 有好幾項時請加括號：where (… and …)。")],
    ),
    "no expectations for a feed": (
        "feeds/orders.yaml", "suite: orders", "suite: baskets",
        [("feeds/orders.yaml:5:8", "找不到驗證規則 expectations/baskets.json。", "已有的是：orders。")],
    ),
    "a feed that cannot be read is not held against the waits": (
        "feeds/orders.yaml", "  - event: purchase", "  - evnt: purchase",
        [("feeds/orders.yaml:8:5", "「brings」裡不能寫「evnt」。", "是否要寫「event」？")],
    ),
    "an event that is renamed is missed wherever it is used": (
        "schema.yaml", "  purchase:", "  bought:",
        [("feeds/orders.yaml:8:12", "事件「purchase」不存在。", "已有的是：bought、refund。"),
         ("segments/lapsed.yaml:3:5", "事件「purchase」不存在。",
          EVERY_EVENT),
         ("segments/lapsed.yaml:3:21", "事件「purchase」不存在。",
          EVERY_EVENT),
         ("stages.yaml:2:25", "事件「purchase」不存在。",
          EVERY_EVENT),
         ("welcome.yaml:6:13", "事件「purchase」不存在。",
          EVERY_EVENT),
         ("welcome.yaml:7:12", "事件「purchase」不存在。",
          EVERY_EVENT)],
    ),
    "an attribute of an unknown type is still an attribute": (
        "schema.yaml", "name: {type: text}", "name: {type: txt}",
        [("schema.yaml:2:16", "這裡不能寫「txt」。", "是否要寫「text」？")],
    ),
    "stages that cannot be read are not held against journeys": (
        "stages.yaml", "stages:\n", "stage:\n",
        [("stages.yaml:1:1", "這個檔案裡不能寫「stage」。", "是否要寫「stages」？")],
    ),
    "the last stage is for everybody": (
        "stages.yaml", "otherwise: true", "if: purchase",
        [("stages.yaml:1:1", "最後少了 otherwise：都不符合的會員沒有階段。",
          "例如 - {stage: acquire, otherwise: true}。")],
    ),
    "a placeholder without default": (
        "messages/hello.yaml", "|朋友", "",
        [("messages/hello.yaml:5:12", "「{name}」沒有值的時候不知道要寫什麼。", "寫成 {name|預設文字}。")],
    ),
    "a placeholder in block copy": (
        "messages/hello.yaml", '"{name|朋友}，您好"', "|\n      第一行\n      給 {nam|朋友} 的話",
        [("messages/hello.yaml:7:9", "屬性「nam」不存在。", "相近的有：name。")],
    ),
    "copy longer than LINE takes": (
        "messages/hello.yaml", "{name|朋友}，您好", "{name|朋友}" + "好" * 4999 + "😀",
        [("messages/hello.yaml:5:11", "5001 個字，最多 5000 個字。", "請縮短。")],
    ),
    "copy as long as LINE takes": (
        "messages/hello.yaml", "{name|朋友}，您好", "{name|朋友}" + "好" * 5000, [],
    ),
    "a flex written in place": (
        "messages/hello.yaml", '  - text: "{name|朋友}，您好"',
        "  - alt: 您好\n    flex:\n      type: bubble\n"
        "      body: {type: box, layout: vertical, contents: [{type: text, text: ''}]}",
        [("messages/hello.yaml:8:54", "這段文字是空的，LINE 不收。", "")],
    ),
    "a cap that another makes pointless": (
        "policy.yaml", "2 per day and 5 per 7 days", "2 per day and 1 per 7 days",
        [("policy.yaml:4:19", "2 per 1 day 永遠用不到，因為 7 days 內最多 1 則。", "請刪掉一個或調整數字。")],
    ),
    "a policy without a zone": (
        "policy.yaml", "zone: Asia/Taipei\n", "",
        [("policy.yaml:1:1", "這裡少了「zone」。", "請加上 zone: Asia/Taipei。")],
    ),
}  # fmt: skip


@pytest.mark.parametrize("fact", SPOILT)
def test_one_mistake_gives_one_finding(fact: str, spoilt: Spoil) -> None:
    file, old, new, expected = SPOILT[fact]

    assert spoilt(file, old, new) == expected


def test_a_weekly_feed_ends_no_wait_of_two_days_unless_the_step_decides_at_once(spoilt: Spoil) -> None:
    spoilt("welcome.yaml", "click of hello where button = 'look'", "purchase")
    assert [what for _, what, _ in spoilt(*WEEKLY)] == [
        "「purchase」由 orders 每週匯入，這個等待只有 2 days，期限到時還不知道有沒有發生。"
    ]
    told = spoilt("welcome.yaml", "      at_most: 2 days", "      at_most: 2 days\n    at_once: yes")
    assert [place for place, _, _ in told] == ["welcome.yaml:17:5"]  # only the warning of what it risks


def test_journeys_that_hand_on_in_a_ring_are_told_at_each_hand(spoilt: Spoil) -> None:
    ring = "title: 環\nstatus: live\nenter: {on: follow, again: after exit}\nsteps:\n  on: {go_to: %s}\n"
    spoilt("a.yaml", "", "journey: a\n" + ring % "b")
    spoilt("b.yaml", "", "journey: b\n" + ring % "c")
    assert spoilt("c.yaml", "", "journey: c\n" + ring % "a") == [
        (f"{name}.yaml:6:15", f"旅程繞成一圈，中間沒有等待：{way}。", "請在其中一個旅程加上 wait。")
        for name, way in (("a", "a → b → c → a"), ("b", "b → c → a → b"), ("c", "c → a → b → c"))
    ]


def test_who_is_handed_on_to_a_draft_gets_nowhere(spoilt: Spoil) -> None:
    spoilt("later.yaml", "", "journey: later\ntitle: 以後\nstatus: draft\nenter: {on: follow, again: never}\n"
                             "steps:\n  greet: {send: hello}\n")  # fmt: skip
    assert spoilt("welcome.yaml", "      - otherwise:\n", "      - otherwise:\n        do: {on: {go_to: later}}\n") == [
        ("welcome.yaml:22:26", "旅程「later」是 draft，轉過去的人進不去。", "")
    ]


def test_a_step_behind_ways_that_all_end_is_told_once(spoilt: Spoil) -> None:
    told = spoilt(
        "welcome.yaml",
        "        do: {again_: {send: hello}}\n      - otherwise:\n",
        "        do: {over: {stop: 夠了}}\n      - otherwise:\n        do: {out: {stop: 好了}}\n"
        "  after: {send: hello}\n  and_more: {split: {a: {share: 50%, do: {x: {send: hello}}}, b: {share: 50%}}}\n",
    )
    assert told == [("welcome.yaml:23:3", "沒有任何路會走到步驟「after」。", "它前面的 go_to 或 stop 已經結束了旅程。")]


def test_a_flex_file_is_told_in_its_own_file(project: Path, spoilt: Spoil) -> None:
    folder = project / "journeys" / "messages" / "files"
    folder.mkdir()
    bubble = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [{"type": "txt"}]}}
    (folder / "card.flex.json").write_text(json.dumps(bubble, indent=1))

    assert spoilt(
        "messages/hello.yaml", '  - text: "{name|朋友}，您好"', "  - {flex: files/card.flex.json, alt: 卡}"
    ) == [("messages/files/card.flex.json:8:13", "這裡不能是「txt」。", "是否要寫「text」？")]


@pytest.mark.parametrize(
    ("count", "told"),
    [(12, []), (13, ["carousel 要有 1–12 個 bubble。"])],
)
def test_a_carousel_has_at_most_twelve_bubbles(count: int, told: list[str], project: Path, spoilt: Spoil) -> None:
    text = {"type": "text", "text": "好"}
    bubble = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [text]}}
    folder = project / "journeys" / "messages" / "files"
    folder.mkdir()
    (folder / "all.json").write_text(json.dumps({"type": "carousel", "contents": [bubble] * count}))

    found = spoilt("messages/hello.yaml", '  - text: "{name|朋友}，您好"', "  - {flex: files/all.json, alt: 卡}")
    assert [what for _, what, _ in found] == told


def test_a_bubble_above_thirty_kilobytes_is_refused(project: Path, spoilt: Spoil) -> None:
    text = {"type": "text", "text": "好" * 10_300}
    bubble = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [text]}}
    folder = project / "journeys" / "messages" / "files"
    folder.mkdir()
    (folder / "big.json").write_text(json.dumps(bubble, ensure_ascii=False), encoding="utf-8")

    found = spoilt("messages/hello.yaml", '  - text: "{name|朋友}，您好"', "  - {flex: files/big.json, alt: 卡}")
    assert [what for _, what, _ in found] == ["這個 flex 有 30.3 KB，最多 30 KB。"]


def test_a_message_cannot_be_called_what_may_follow_the_event_message(spoilt: Spoil) -> None:
    text = "message: since\ntitle: x\ntopic: news\nsay: [{text: 您好}]\n"
    assert spoilt("messages/since.yaml", "", text) == [
        ("messages/since.yaml:1:10", "訊息不能叫「since」，條件裡會看錯。", "請改名。")
    ]


def test_two_words_of_one_name_in_one_file_are_told_with_the_line_of_the_first(spoilt: Spoil) -> None:
    assert spoilt("welcome.yaml", "        do: {again_: {send: hello}}", "        do: {greet: {send: hello}}") == [
        ("welcome.yaml:20:14", "步驟名稱「greet」用了兩次（第 10 行已經有了）。",
         "請換一個名稱；每個步驟的名稱都不同。"),
    ]  # fmt: skip
