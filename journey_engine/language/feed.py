"""A feed as it is written: where members and events come from and what a column means; it opens no file."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from journey_engine.language.written import Definition, Name


def _one_or_several(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_one_or_several)]


class Join(Definition):
    """Another frame of the same package whose columns are laid beside each row with the same value in column `on`."""

    frame: str
    on: str


class Source(Definition):
    """Exactly one: files by a pattern below the project, or a frame of an installed package.

    `file` may hold `{day}` for the local day (2026-12-05; `{day:%Y%m%d}` for 20261205). `per`: of a frame, one row for
    each value of this column.
    """

    file: str | None = None
    sheet: str | None = None
    package: str | None = None
    frame: str | None = None
    per: str | None = None
    join: Join | None = None


class Format(Definition):
    """How a CSV is written. `encoding: detect` looks (UTF-8 with or without BOM, CP950/Big5); `delimiter` may be `tab`.

    `columns` gives columns a name of our own, and the headers they may come under: `{order_id: [訂單編號, 訂單號碼]}`.
    """

    encoding: str = "detect"
    delimiter: str = ","
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


class Feed(Definition):
    """`journeys/feeds/NAME.yaml`: where members and events come from and what a column means."""

    feed: Name
    title: str = ""
    from_: Source = Field(alias="from")
    format: Format = Field(default_factory=Format)
    arrives: Literal["live", "hourly", "daily", "weekly"] = "daily"
    covers: Covers | None = None
    suite: Name
    member: MemberBy
    brings: tuple[BringsEvent, ...] = ()
    members: BringsMember | None = None
