"""A feed as it is written: where members and events come from and what a column means; it opens no file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journey_engine.language.schema import EventKind
from journey_engine.language.words import Miswritten, Words
from journey_engine.language.written import NAME, Definition, Name, ReadBy, Share


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_one_or_several)]


class Join(Definition):
    """Another frame of the same package whose columns are laid beside each row with the same value in column `on`."""

    frame: str
    on: str


class Source(Definition):
    """Exactly one: files by a pattern below the project, a query of another database, or a frame of a package.

    `file` may hold `{day}` for the local day (2026-12-05; `{day:%Y%m%d}` for 20261205). `sql` is a select, or the name
    of a .sql file below the project; where `database` is, the environment says (JOURNEYS_SOURCE_NAME). `watermark`: the
    column whose highest value the next import begins from. `per`: of a frame, one row for each value of this column.
    """

    file: str | None = None
    sheet: str | None = None
    sql: str | None = None
    database: Name | None = None
    watermark: str | None = None
    package: str | None = None
    frame: str | None = None
    per: str | None = None
    join: Join | None = None


AUTO = "auto"
LOOKS = (AUTO, "detect")  # the second is what it was called at first


class Format(Definition):
    """How a file is written. `auto` looks: at the bytes for the encoding, at the first rows for the delimiter.

    `delimiter` may be `tab`; `header` is the row that the names of the columns stand in, 1 the first of the file.
    `columns` gives columns a name of our own, and the headers they may come under: `{order_id: [訂單編號, 訂單號碼]}`.
    """

    encoding: str = AUTO
    delimiter: str = AUTO
    header: int = Field(default=1, ge=1, le=1000)
    decimal: Literal[".", ","] = "."
    columns: dict[str, Columns] = Field(default_factory=dict)


class Covers(Definition):
    """An accepted batch covers events up to the end of the local day it is for."""

    to: Literal["end of day"] = "end of day"
    zone: str


COUPON = "coupon"


class MemberBy(Definition):
    """Which identity the rows carry, in which column, and whether unknown ones become new members.

    `by: coupon`: whoever was given the coupon code in that column.
    """

    by: Name
    from_: str = Field(alias="from")
    create: bool = False


class At(Definition):
    """The column of the instant and the zone its text is in (an own offset in the text wins)."""

    from_: str = Field(alias="from")
    zone: str


class BringsEvent(Definition):
    """How rows become events; `one_per` makes one event of all rows that share a column's value."""

    event: Name
    one_per: str | None = None
    at: At
    key: Columns | None = None  # one column or several; None: content hash and the ordinal of the twin in the file
    value: str | None = None  # a column, or `sum of COLUMN` with one_per
    properties: dict[Name, str] = Field(default_factory=dict)
    where: str | None = None  # a condition over columns (as text): only those rows become this event


class BringsMember(Definition):
    """Columns that become attributes, further identities and consents of the member."""

    attributes: dict[Name, str] = Field(default_factory=dict)
    identities: dict[Name, str] = Field(default_factory=dict)
    consents: dict[Name, str] = Field(default_factory=dict)
    zone: str | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """What becomes of a member whom the last snapshot named and this one does not."""

    then: Literal["keep", "clear", "event"] = "keep"
    event: str | None = None

    def __str__(self) -> str:
        return f"event {self.event}" if self.event else self.then


def _missing(value: Any) -> Any:
    """`keep`, `clear` or `event NAME`."""
    if isinstance(value, Missing):
        return value
    if value == "keep" or value == "clear":
        return Missing(value)
    match = re.fullmatch(rf"event\s+({NAME.pattern})", str(value))
    if match is None:
        raise Miswritten(
            Words(f"「{value}」沒有說明名單上不見的人怎麼辦。", f"“{value}” says not what becomes of the missing."),
            Words("請寫 keep、clear 或 event 事件名稱。", "Write keep, clear, or event NAME."),
        )
    return Missing("event", match[1])


MissingField = Annotated[Missing, ReadBy(_missing, str)]


class Feed(Definition):
    """`journeys/feeds/NAME.yaml`: where members and events come from and what a column means.

    `mode`: a `delta` says what is new or changed; a `snapshot` names every member there is, and who was in the last one
    that landed and is not in this one is `missing`: `keep` her as she is, `clear` the attributes that the feed brings,
    or write an `event` of hers. More than `missing_at_most` of the last one missing holds the batch. `deleted`, of a
    delta: a condition over columns; such a row takes back the event of its key, and a member's row the attributes that
    the feed brings. Who she is, what she allowed and the steps she took stay in either case.
    """

    feed: Name
    title: str = ""
    from_: Source = Field(alias="from")
    format: Format = Field(default_factory=Format)
    arrives: Literal["live", "hourly", "daily", "weekly"] = "daily"
    covers: Covers | None = None
    suite: Name
    mode: Literal["delta", "snapshot"] = "delta"
    missing: MissingField = Missing()
    missing_at_most: Share = Decimal("0.2")
    deleted: str | None = None
    member: MemberBy
    brings: tuple[BringsEvent, ...] = ()
    members: BringsMember | None = None


def key_properties(brings: BringsEvent, kind: EventKind | None) -> dict[str, str] | None:
    """The properties that hold an event's key, each with its column; None if some of the key is in none of them."""
    columns = brings.key or ((brings.one_per,) if brings.one_per else ())
    held = {column: name for name, column in brings.properties.items()}
    if kind is not None and kind.key and columns and kind.key not in brings.properties:
        held[columns[0]] = kind.key
    if not columns or any(column not in held for column in columns):
        return None
    return {held[column]: column for column in columns}
