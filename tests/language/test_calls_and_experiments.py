"""What check says of endpoints, calls, experiments and of what becomes of capped messages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from journey_engine.language.check import check
from tests.language.conftest import SOUND, Told

Checks = Callable[..., Told]
ENDPOINT = "endpoints: {crm: {url: https://crm.example.com/hooks, secret: env:CRM_SECRET, answers: {grade: text}}}"
ASK = (
    "ask: {call: crm, with: {tier: '{tier}', from: entry.source, note: '您好 {name|朋友}'}, "
    "failed: {do: {over: {stop: 沒有回應}}}}"
)
TEST = (
    "try_: {split: {a: {share: 50%}, b: {share: 50%}}, experiment: {measure: purchase, within: 14 days, sample: 1000}}"
)
BRANCH = "graded: {branch: [{if: answered since entry where grade = 'A', do: {vip: {send: hello}}}, {otherwise: yes}]}"


@pytest.fixture
def told(project: Path) -> Checks:
    """What check says when the policy ends with these lines and the journey begins with this step."""

    def look(policy: str = ENDPOINT, step: str = ASK, english: bool = False) -> Told:
        text = SOUND["policy"].replace("zh-TW", "en") if english else SOUND["policy"]
        (project / "journeys" / "policy.yaml").write_text(f"{text.lstrip()}{policy}\n")
        steps = SOUND["welcome"].lstrip().replace("steps:\n", f"steps:\n  {step}\n")
        (project / "journeys" / "welcome.yaml").write_text(steps)
        found = check(project).findings
        return [(f"{f.file}:{f.line}:{f.column}".removeprefix("journeys/"), f.text, f.cure) for f in found]

    return look


def test_calls_answers_and_experiments_that_are_sound_are_not_complained_of(told: Checks) -> None:
    assert told() == []
    assert told(step=f"{ASK}\n  {BRANCH}\n  {TEST}") == []
    assert told("endpoints: {crm: {url: http://localhost:8000/x, secret: env:CRM_SECRET}}") == []


POLICIES = {
    "an address that is not https": (
        "endpoints: {crm: {url: http://crm.example.com, secret: env:CRM_SECRET}}",
        ("policy.yaml:5:24", "這不是可以呼叫的網址。", "要以 https:// 開頭；自己電腦上的可以用 http://localhost。"),
    ),
    "no address at all": (
        "endpoints: {crm: {url: crm, secret: env:CRM_SECRET}}",
        ("policy.yaml:5:24", "這不是可以呼叫的網址。", "要以 https:// 開頭；自己電腦上的可以用 http://localhost。"),
    ),
    "a secret in clear": (
        "endpoints: {crm: {url: https://crm.example.com, secret: hunter2}}",
        ("policy.yaml:5:57", "secret 要放在環境變數，不能直接寫在檔案裡。",
         "寫成 secret: env:CRM_SECRET，並且換掉這個已經外流的值。"),
    ),
    "a key in the address": (
        "endpoints: {crm: {url: 'https://crm.example.com/?api_key=hunter2', secret: env:CRM_SECRET}}",
        ("policy.yaml:5:24", "網址裡有密碼或金鑰，不能直接寫在檔案裡。",
         "請拿掉，改用 secret: env:名稱 簽章，並且換掉它。"),
    ),
    "a password in the address": (
        "endpoints: {crm: {url: 'https://me:hunter2@crm.example.com/', secret: env:CRM_SECRET}}",
        ("policy.yaml:5:24", "網址裡有密碼或金鑰，不能直接寫在檔案裡。",
         "請拿掉，改用 secret: env:名稱 簽章，並且換掉它。"),
    ),
    "no secret": (
        "endpoints: {crm: {url: https://crm.example.com}}",
        ("policy.yaml:5:13", "這個外部系統沒有 secret，對方無法確認是不是我們呼叫的。",
         "請加上 secret: env:名稱，值放在環境變數。"),
    ),
    "an answer called as one of ours": (
        "endpoints: {crm: {url: https://crm.example.com, secret: env:CRM_SECRET, answers: {step: text}}}",
        ("policy.yaml:5:83", "「step」是系統自己用的名稱。", "請對方換一個名稱。"),
    ),
    "a topic that nothing caps": (
        f"when_capped: {{news: defer 3 days}}\n{ENDPOINT}",
        ("policy.yaml:5:15", "caps 沒有限制「news」，這一行用不到。", "例如加上 caps: {news: 2 per day}。"),
    ),
    "a rule that is none": (
        f"when_capped: {{promotion: later}}\n{ENDPOINT}",
        ("policy.yaml:5:26", "「later」沒有說明超過上限怎麼辦。", "請寫 skip 或 defer 3 days。"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", POLICIES)
def test_of_the_policy_it_is_found(told: Checks, name: str) -> None:
    policy, finding = POLICIES[name]
    found = told(policy)
    assert found == [finding]
    assert "hunter2" not in str(found)


STEPS = {
    "an endpoint that is not there": (
        "ask: {call: crn}",
        ("welcome.yaml:10:15", "外部系統「crn」不存在。", "相近的有：crm。"),
    ),
    "an attribute that is not there": (
        "ask: {call: crm, with: {tier: '{teir}'}}",
        ("welcome.yaml:10:33", "屬性「teir」不存在。", "相近的有：tier。"),
    ),
    "a property the entry does not have": (
        "ask: {call: crm, with: {from: entry.sauce}}",
        ("welcome.yaml:10:33", "事件屬性「sauce」不存在。", "相近的有：source。"),
    ),
    "a brace that is no placeholder": (
        "ask: {call: crm, with: {tier: '{Tier!}'}}",
        ("welcome.yaml:10:33", "「{Tier!}」不是欄位。", "寫成 {tier}；要寫大括號請寫 {{。"),
    ),
    "an answer nobody gives": (
        "graded: {branch: [{if: answered since entry where grad = 'A', do: {vip: {send: hello}}}, {otherwise: yes}]}",
        ("welcome.yaml:10:53", "事件「answered」沒有屬性「grad」。", "相近的有：grade。"),
    ),
    "a word a call does not have": (
        "ask: {call: crm, atmost: 1 day}",
        ("welcome.yaml:10:20", "call 裡不能寫「atmost」。", "是否要寫「at_most」？"),
    ),
    "a measure that does not exist": (
        TEST.replace("purchase", "purchse"),
        ("welcome.yaml:10:75", "事件「purchse」不存在。", "相近的有：purchase。"),
    ),
    "a measure that never happens": (
        TEST.replace("purchase", "refund"),
        ("welcome.yaml:10:75", "沒有任何資料來源會帶來事件「refund」。",
         "請在 feeds 裡加上 brings；由商店即時送來的，在 schema 裡寫 live: yes。"),
    ),
    "a sample that shows nothing": (
        TEST.replace("1000", "80"),
        ("welcome.yaml:10:110", "樣本 80 人太少：最小的一組不到 50 人，看不出差別。", "請寫 sample: 100 以上。"),
    ),
    "an arm that nobody draws": (
        "try_: {split: {a: {share: 100%}, b: {share: 0%}}, experiment: {measure: purchase, within: 1 day, sample: 99}}",
        ("welcome.yaml:10:47", "「b」的 share 是 0%，沒有人會抽到。", "請刪掉這一組，或給它一個比例。"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", STEPS)
def test_of_a_step_it_is_found(told: Checks, name: str) -> None:
    step, finding = STEPS[name]
    assert told(step=step) == [finding]


def test_it_is_said_in_english_too(told: Checks) -> None:
    assert told("endpoints: {crm: {url: 'http://x', secret: s}}", "ask: {call: crn}", english=True) == [
        ("policy.yaml:5:24", "This address cannot be called.", "Write https://…, or http://localhost on your machine."),
        ("policy.yaml:5:44", "A secret stands in the environment, never in a file.",
         "Write secret: env:CRM_SECRET, and replace this one."),
        ("welcome.yaml:10:15", "endpoint “crn” does not exist.", "Near: crm."),
    ]  # fmt: skip


def test_without_any_endpoint_it_is_said_where_to_write_one(told: Checks) -> None:
    assert told("", "ask: {call: crm}") == [
        (
            "welcome.yaml:10:15",
            "外部系統「crm」不存在。",
            "請在 policy.yaml 加上 endpoints: {名稱: {url: …, secret: env:…}}。",
        )
    ]


def test_an_endpoint_that_cannot_be_read_is_not_called_missing(told: Checks) -> None:
    found = told("endpoints: {crm: {urll: https://x.example}}", "ask: {call: crm}")
    assert [place for place, _, _ in found] == ["policy.yaml:5:19"]
