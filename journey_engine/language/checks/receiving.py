"""Whether the shop's key stands in the environment, and profiles of LINE's go into texts; it shows no secret."""

from __future__ import annotations

import re
from collections.abc import Iterator

from journey_engine.language.catalog import Policy
from journey_engine.language.checks.names import Names, unknown
from journey_engine.language.gather import Kept
from journey_engine.language.places import Problem
from journey_engine.language.words import Words

_VARIABLE = re.compile(r"env:[A-Z_][A-Z0-9_]{0,63}")


def receiving_problems(kept: Kept) -> Iterator[Problem]:
    """A key that is written down instead of its name opens no door, and everybody who reads the file knows it."""
    policy: Policy = kept.value
    key = policy.receiver.key
    if key is not None and _VARIABLE.fullmatch(key) is None:
        yield kept.page.problem(("receiver", "key"), *_IN_CLEAR, severity="warning")


def profile_problems(kept: Kept, names: Names) -> Iterator[Problem]:
    """Attributes that nobody declared, or that hold no text."""
    policy: Policy = kept.value
    for name in policy.profiles:
        if names.attributes is not None and name not in names.attributes:
            yield kept.page.problem(("profiles", name), *unknown("attribute", name, names.attributes), key=True)
            continue
        kind = names.schema.attributes.get(name) if names.schema is not None else None
        if kind is not None and (kind.type != "text" or kind.values is not None):
            what = Words(
                f"屬性「{name}」不是隨意的文字，放不下 LINE 的個人資料。",
                f"Attribute “{name}” is no free text, and a profile of LINE's may say anything.",
            )
            yield kept.page.problem(("profiles", name), what, _A_TEXT, key=True)


_IN_CLEAR = (
    Words(
        "receiver 的 key 沒有寫成 env:名稱，`/events` 收不到任何事件。",
        "receiver: key is not env:NAME, so `/events` takes nothing.",
    ),
    Words(
        "寫成 key: env:SHOP_KEY，值放在環境變數；已經寫進檔案的金鑰請換掉。",
        "Write key: env:SHOP_KEY, put the key into the environment, and replace one that stood in the file.",
    ),
)
_A_TEXT = Words(
    "請在 schema.yaml 宣告一個 {type: text} 的屬性，例如 line_name。",
    "Declare an attribute of {type: text} in schema.yaml, for example line_name.",
)
