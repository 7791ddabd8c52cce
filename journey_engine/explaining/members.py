"""One member found by her permanent key or by any identity she is known by; it looks no further."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import ColumnElement, Connection, func, or_, select

from journey_engine.errors import UsageError
from journey_engine.language.catalog import Policy
from journey_engine.language.named import MEMBER, NoSuch
from journey_engine.language.words import Language, Words
from journey_engine.members import phones
from journey_engine.store.tables.people import identities, members

_LIKE_A_NUMBER = re.compile(r"\+?[\d()\s.\-－]{6,24}")


@dataclass(frozen=True, slots=True)
class Member:
    """Who is asked about. `zone`: her own if it is one, else the business zone."""

    id: int
    key: str
    name: str
    zone: ZoneInfo
    erased_at: datetime | None


class Several(UsageError):
    """Different members are known by the same text, in different kinds of identity."""

    def __init__(self, what: str, ways: list[str], language: Language) -> None:
        said = Words(f"「{what}」指到不只一位會員。", f"“{what}” is more than one member.")
        cure = Words(f"請寫其中一個：{'、'.join(ways)}。", f"Write one of: {', '.join(ways)}.")
        super().__init__(said.said(language), cure.said(language), "member")


def find_member(connection: Connection, what: str, policy: Policy, language: Language) -> Member:
    """The member whose key or identity is `what`, which may begin with its kind (`email:mei@example.com`).

    A telephone number or an address may be written in any way that imports read. Raises NoSuch with keys that begin
    alike, and Several.
    """
    known = select(identities.c.member_id, identities.c.kind, identities.c.value).where(or_(*_meant(what, policy)))
    ways = {row.member_id: f"{row.kind}:{row.value}" for row in connection.execute(known)}
    m = members.c
    asked = select(m.id, m.member_key, m.attributes, m.zone, m.erased_at)
    # By the key of one that was merged away the one that is left is meant.
    owner = connection.scalar(select(func.coalesce(m.merged_into, m.id)).where(m.member_key == what))
    found = connection.execute(asked.where(m.id.in_([owner, *ways]))).all()
    own = [row for row in found if row.id == owner]
    if not found:
        alike = select(m.member_key).where(m.member_key.startswith(what[:3], autoescape=True)).limit(50)
        raise NoSuch(MEMBER, what, connection.execute(alike).scalars(), language, "member")
    if len(found) > 1 and not own:
        raise Several(what, sorted(ways[row.id] for row in found), language)
    row = (own or found)[0]
    return Member(row.id, row.member_key, row.attributes.get("name", ""), _zone(row.zone, policy.zone), row.erased_at)


def _meant(what: str, policy: Policy) -> Iterator[ColumnElement[bool]]:
    """Identities as they stand, and in the form in which imports keep them."""
    kind, _, value = what.partition(":")
    yield identities.c.value == what
    yield (identities.c.kind == kind) & (identities.c.value == value)
    country = phones.country_of(policy)
    named = [(kind, value)] if kind in (phones.PHONE, phones.EMAIL) else []
    if not named and "@" in what:
        named = [(phones.EMAIL, what)]
    elif not named and _LIKE_A_NUMBER.fullmatch(what):
        named = [(phones.PHONE, what)]
    for each, written in named:
        kept = phones.normal(each, written, country)
        if kept is not None:
            yield (identities.c.kind == each) & (identities.c.value == kept)


def find_all(connection: Connection, listed: Sequence[str] | Path, policy: Policy, language: Language) -> list[Member]:
    """The members listed, or those that stand in a file, one a line (# begins a remark); as `find_member`.

    Raises UsageError if the file cannot be read, with the line where one is not found.
    """
    if not isinstance(listed, Path):
        return [find_member(connection, what, policy, language) for what in listed]
    try:
        lines = listed.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        said = Words(f"檔案 {listed} 讀不出來：{error}", f"The file {listed} cannot be read: {error}")
        cure = Words("請給一個 UTF-8 純文字檔，一行一位會員。", "Give a text file in UTF-8 with one member a line.")
        raise UsageError(said.said(language), cure.said(language), str(listed)) from error
    found: dict[int, Member] = {}
    for number, line in enumerate(lines, 1):
        what = line.partition("#")[0].strip()
        if what:
            try:
                one = find_member(connection, what, policy, language)
            except UsageError as error:
                raise UsageError(error.reason, error.cure, f"{listed}:{number}") from error
            found[one.id] = one
    return list(found.values())


def _zone(own: str | None, business: str) -> ZoneInfo:
    try:
        return ZoneInfo(own or business)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo(business)
