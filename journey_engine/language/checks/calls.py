"""Whether calls name endpoints that exist and may be called, with values that can be had; it never shows a secret."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlsplit

from journey_engine.language.catalog import Endpoint, Policy
from journey_engine.language.checks.names import Sentence, Spot, unknown
from journey_engine.language.gather import Kept
from journey_engine.language.journey import Call
from journey_engine.language.placeholders import slots
from journey_engine.language.places import Problem
from journey_engine.language.urls import may_be_called
from journey_engine.language.words import Words

MOST_VALUES = 40  # Postgres: 100 arguments of a function, two for each value
_VARIABLE = re.compile(r"env:[A-Z_][A-Z0-9_]{0,63}")
_ENTRY = re.compile(r"entry\.([a-z][a-z0-9_]{0,29})")
_SECRET_WORDS = frozenset(
    {"key", "apikey", "api_key", "token", "access_token", "secret", "password", "sig", "signature"}
)
_OURS = ("step", "endpoint", "call", "status", "reason", "value")


def endpoint_problems(kept: Kept) -> Iterator[Problem]:
    """Everything wrong with the endpoints of the policy."""
    policy: Policy = kept.value
    for name, endpoint in policy.endpoints.items():
        path = ("endpoints", name)
        if sentence := _address(endpoint.url):
            yield kept.page.problem((*path, "url"), *sentence)
        if endpoint.secret is None:
            yield kept.page.problem(path, *_UNSIGNED, key=True, severity="warning")
        elif _VARIABLE.fullmatch(endpoint.secret) is None:
            yield kept.page.problem((*path, "secret"), *_IN_CLEAR)
        yield from _answers(kept, name, endpoint)


def _address(url: str) -> Sentence | None:
    try:
        parts = urlsplit(url)
        has_secret = parts.password is not None or any(
            word.lower() in _SECRET_WORDS for word, _ in parse_qsl(parts.query, keep_blank_values=True)
        )
    except ValueError:
        return _NO_ADDRESS
    if has_secret:
        return _IN_ADDRESS
    return None if may_be_called(url) else _NO_ADDRESS


def _answers(kept: Kept, name: str, endpoint: Endpoint) -> Iterator[Problem]:
    for word in endpoint.answers:
        if word in _OURS:
            what = Words(f"「{word}」是系統自己用的名稱。", f"“{word}” is a name of our own.")
            cure = Words("請對方換一個名稱。", "Let the answer call it otherwise.")
            yield kept.page.problem(("endpoints", name, "answers", word), what, cure, key=True)


def call_problems(step: Call, at: Spot) -> Iterator[Problem]:
    """Everything wrong with one step that calls."""
    known = at.names.endpoints
    if known is not None and step.call not in known:
        what, cure = unknown("endpoint", step.call, known)
        yield at.page.problem((*at.path, "call"), what, cure or _NO_ENDPOINTS)
    if len(step.with_) > MOST_VALUES:
        what = Words(f"with 最多 {MOST_VALUES} 個值。", f"At most {MOST_VALUES} values can be sent with a call.")
        yield at.page.problem((*at.path, "with"), what, key=True)
    for name, written in step.with_.items():
        for sentence in _value(written, at):
            yield at.page.problem((*at.path, "with", name), *sentence)


def _value(written: str, at: Spot) -> Iterator[Sentence]:
    if match := _ENTRY.fullmatch(written.strip()):
        if at.entry is not None and match[1] not in at.entry:
            yield unknown("property", match[1], at.entry)
        return
    for slot in slots(written):
        if slot.attribute is None:
            what = Words(f"「{slot.written}」不是欄位。", f"“{slot.written}” is no placeholder.")
            yield what, Words("寫成 {tier}；要寫大括號請寫 {{。", "Write {tier}, and {{ for a brace.")
        elif at.names.attributes is not None and slot.attribute not in at.names.attributes:
            yield unknown("attribute", slot.attribute, at.names.attributes)


_UNSIGNED = (
    Words(
        "這個外部系統沒有 secret，對方無法確認是不是我們呼叫的。", "Without a secret nobody can tell who is calling."
    ),
    Words("請加上 secret: env:名稱，值放在環境變數。", "Add secret: env:NAME, and put it into the environment."),
)
_IN_CLEAR = (
    Words("secret 要放在環境變數，不能直接寫在檔案裡。", "A secret stands in the environment, never in a file."),
    Words(
        "寫成 secret: env:CRM_SECRET，並且換掉這個已經外流的值。", "Write secret: env:CRM_SECRET, and replace this one."
    ),
)
_IN_ADDRESS = (
    Words(
        "網址裡有密碼或金鑰，不能直接寫在檔案裡。", "This url has a password or a key in it, which no file should show."
    ),
    Words(
        "請拿掉，改用 secret: env:名稱 簽章，並且換掉它。", "Take it out, sign with secret: env:NAME, and replace it."
    ),
)
_NO_ADDRESS = (
    Words("這不是可以呼叫的網址。", "This address cannot be called."),
    Words(
        "要以 https:// 開頭；自己電腦上的可以用 http://localhost。",
        "Write https://…, or http://localhost on your machine.",
    ),
)
_NO_ENDPOINTS = Words(
    "請在 policy.yaml 加上 endpoints: {名稱: {url: …, secret: env:…}}。",
    "Add endpoints: {NAME: {url: …, secret: env:…}} to policy.yaml.",
)
