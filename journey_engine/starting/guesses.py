"""Which column of a file is the member, the time, the key, the money: guesses a person corrects; it writes nothing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from journey_engine.language.checks.names import RESERVED
from journey_engine.language.schema import BUILT_IN_EVENTS
from journey_engine.starting.columns import Look

_MEMBER = r"customer|member|household|shopper|client|buyer|user|會員|客戶|顧客|卡號"
_KEY = r"order|invoice|basket|receipt|transaction|redemption|訂單|發票|單號|交易"
_NUMBERED = r"id\b|_id|no\b|number|code|key|編號|號|代碼"
_MONEY = r"amount|total|sales|revenue|paid|spend|value|金額|總額|消費|實付"
_EACH = r"unit|each|單價"
_BIRTH = r"birth|生日"
_KNOWN = {
    "姓名": "name", "名字": "name", "生日": "birthday", "性別": "gender", "城市": "city", "縣市": "city",
    "等級": "tier", "會員等級": "tier", "點數": "points", "門市": "store", "店": "store",
    "品類": "category", "商品": "item", "商品編號": "sku", "數量": "quantity", "單價": "unit_price",
    "年齡": "age", "備註": "note", "狀態": "status", "訂單編號": "order_id", "訂單號碼": "order_id",
    "發票號碼": "invoice_no", "地址": "address", "時區": "zone",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Guess:
    """What a file seems to bring: members if `at` is None, else an event."""

    member: Look
    at: Look | None
    key: Look | None
    money: Look | None
    price: Look | None  # of one piece: no amount of an order
    lines: bool  # several rows are one event
    identities: dict[str, Look]
    consents: dict[str, Look]
    rest: dict[str, Look]  # attributes or properties, by the name they get


def guess(looks: Sequence[Look], taken: frozenset[str] = frozenset()) -> Guess | None:
    """What the columns seem to be; `taken`: names that cannot be used. None if no column can be the member."""
    left = _Left([look for look in looks if look.form != "empty"])
    key = left.take(_KEY, ("number", "text"), numbered=True)
    member = left.take(_MEMBER, ("number", "text"), numbered=True) or left.take(_MEMBER, ("number", "text"))
    member = member or next(
        (left.pop(look) for look in list(left.looks) if look.form in ("line", "phone", "email")), None
    )
    member = member or left.first_key() or key
    if member is None:
        return None
    key = None if key is member else key
    identities = {
        form: left.pop(look) for look in list(left.looks) if (form := look.form) in ("line", "email", "phone")
    }
    birthday = left.take(_BIRTH, ("date", "instant", "text"))
    at = left.take("", ("instant",)) if not member.unique or key else None
    at = at or (left.take("", ("date",)) if not member.unique or key else None)
    money = left.take(_MONEY, ("number",)) if at else None
    price = next((look for look in left.looks if re.search(f"{_EACH}|price", look.name, re.IGNORECASE)), None)
    consents: dict[str, Look] = {}
    if at is None:
        topics = iter(("promotion", "news", "service"))
        consents = {
            t: left.pop(look) for look in list(left.looks) if look.form == "consent" and (t := next(topics, ""))
        }
    rest = left.named(taken, birthday)
    lines = key is not None and not key.unique
    return Guess(member, at, key if at else None, money, price, lines and at is not None, identities, consents, rest)


@dataclass(slots=True)
class _Left:
    """The columns that are nothing yet."""

    looks: list[Look] = field(default_factory=list[Look])

    def pop(self, look: Look) -> Look:
        self.looks.remove(look)
        return look

    def take(self, pattern: str, forms: tuple[str, ...], numbered: bool = False) -> Look | None:
        for look in self.looks:
            named = re.search(pattern, look.name, re.IGNORECASE) is not None
            if named and look.form in forms and (not numbered or re.search(_NUMBERED, look.name, re.IGNORECASE)):
                return self.pop(look)
        return None

    def first_key(self) -> Look | None:
        look = next((look for look in self.looks if look.unique and look.filled == 1), None)
        return self.pop(look) if look else None

    def named(self, taken: frozenset[str], birthday: Look | None) -> dict[str, Look]:
        found: dict[str, Look] = {}
        for look in ([birthday] if birthday else []) + self.looks:
            name = name_of(look.name, len(found) + 1)
            while name in found or name in taken or name in RESERVED or name in BUILT_IN_EVENTS or name == "value":
                name = f"{name[:27]}_2" if not name.endswith("_2") else f"field_{len(found) + 1}"
            found[name] = look
        return found


def name_of(header: str, number: int) -> str:
    """A header as a name of the language."""
    header = header.strip()
    if header in _KNOWN:
        return _KNOWN[header]
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", header)
    plain = re.sub(r"[^a-z0-9]+", "_", spaced.lower()).strip("_")[:30].rstrip("_")
    return plain if re.match(r"[a-z]", plain) else f"field_{number}"


def kind_of(look: Look) -> Literal["number", "date", "text"]:
    """How its values are declared. A number that numbers something is a text: it keeps its noughts."""
    if look.form == "number" and re.search(_NUMBERED, look.name, re.IGNORECASE) is None:
        return "number"
    return "date" if look.form == "date" else "text"
