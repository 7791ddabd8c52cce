"""Gives the links of what is frozen addresses of our own, and stores where each leads; it follows none.

Where everybody is led to the same place one row does for all: what makes a member's address her own is its token, which
is sealed and not stored.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, text

from journey_engine.language.project import Project
from journey_engine.line.deciding import Decided
from journey_engine.line.filling import Blocked, Link
from journey_engine.line.link_tokens import KEY_BYTES, Key, Token, last_day, seal
from journey_engine.line.render import Rendering

# LINE opens its own addresses in the app itself; led to by way of a page they would open in a browser.
_TRACKABLE = re.compile(r"https?://(?!(?:[a-z0-9-]+\.)?(?:line\.me|lin\.ee)(?:[:/?#]|$))", re.IGNORECASE)
_NUMBERS = range(1, 256)

_KEY = text("select number, key from link_keys where replaced_at is null")
_FIND = text("""
with given as (
    select * from unnest(cast(:messages as text[]), cast(:links as text[]), cast(:targets as text[]),
                         cast(:tags as text[]), cast(:members as bigint[]))
           with ordinality as g (message, link, target, tag, member_id, place))
select g.place, l.id from given g
left join links l on l.message = g.message and l.link = g.link and l.target = g.target and l.tag = g.tag
                 and l.member_id is not distinct from g.member_id
order by g.place
""")
_MAKE = text("""
insert into links (message, link, target, tag, member_id, made_at)
select message, link, target, tag, member_id, :now
from unnest(cast(:messages as text[]), cast(:links as text[]), cast(:targets as text[]), cast(:tags as text[]),
            cast(:members as bigint[])) as g (message, link, target, tag, member_id)
order by message, link, target, tag, member_id
on conflict do nothing
""")


@dataclass(frozen=True, slots=True)
class _Row:
    message: str
    link: str
    target: str
    tag: str
    member: int | None


def track(
    connection: Connection,
    project: Project,
    base: str | None,
    now: datetime,
    decided: Sequence[Decided],
    renderings: Mapping[str, Rendering],
) -> None:
    """Put the addresses of what goes into its values (`link.1`, …), in the transaction that freezes it.

    `base` is where the receiver is reached, without a slash at its end; None: links are not tracked. A member whose own
    values make no address gets none: her message cannot be rendered, and says why. Of a message tracked `together` all
    get the same addresses, which tell of no member.
    """
    linked = {name for name, rendering in renderings.items() if rendering.links}
    wanted = [each for each in decided if each.goes and each.message in linked] if linked else []
    if not wanted or base is None:
        return
    found = _Finding(project, renderings)
    rows = [(each, found.rows(each)) for each in wanted]
    ids = _stored(connection, {row for _, hers in rows for _, row in hers}, now)
    sealing, day = key_in_use(connection), last_day(now, project.policy.links.expires.longest)
    for each, hers in rows:
        intent = 0 if each.message in found.together else each.intent
        for key, row in hers:
            number = ids.get(row)
            address = row.target if number is None else f"{base}/r/{seal(Token(number, intent, day), sealing)}"
            each.values[key] = address


class _Finding:
    """Where the links of messages lead: of those that lead everybody to the same place it is found once."""

    def __init__(self, project: Project, renderings: Mapping[str, Rendering]) -> None:
        self._renderings = renderings
        self._same: dict[str, list[tuple[str, _Row]]] = {}
        self.together = {name for name in renderings if project.messages[name].track == "together"}

    def rows(self, each: Decided) -> list[tuple[str, _Row]]:
        """The links of her message by their keys; none, if her own values make no address of one."""
        same = self._same.get(each.message)
        if same is not None:
            return same
        links = self._renderings[each.message].links
        whose = None if each.message in self.together else each.member
        try:
            rows = [
                (key, _row(each.message, link, target, whose))
                for link in links
                for key, target in link.targets(each.values)
            ]
        except Blocked:  # `Rendering.messages` raises it again, where a message that cannot be made is settled
            return []
        if not any(link.personal or link.deck for link in links):
            self._same[each.message] = rows
        return rows


def _row(message: str, link: Link, target: str, member: int | None) -> _Row:
    owner = member if link.personal else None
    return _Row(message, link.label or link.place, target, link.tag.text if link.tag else "", owner)


def _stored(connection: Connection, rows: Collection[_Row], now: datetime) -> dict[_Row, int]:
    """The number of each row that is to be tracked; those not yet there are made."""
    wanted = [row for row in rows if _TRACKABLE.match(row.target)]
    ids = _found(connection, wanted)
    new = [row for row in wanted if row not in ids]
    if new:
        connection.execute(_MAKE, {**_columns(new), "now": now})
        ids |= _found(connection, new)  # another sender's row counts as well
    return ids


def _found(connection: Connection, rows: Sequence[_Row]) -> dict[_Row, int]:
    if not rows:
        return {}
    found = connection.execute(_FIND, _columns(rows))
    return {rows[place - 1]: number for place, number in found if number is not None}


def _columns(rows: Sequence[_Row]) -> dict[str, list[Any]]:
    return {
        "messages": [row.message for row in rows],
        "links": [row.link for row in rows],
        "targets": [row.target for row in rows],
        "tags": [row.tag for row in rows],
        "members": [row.member for row in rows],
    }


def key_in_use(connection: Connection) -> Key:
    """The key that seals links now; the first is made here."""
    row = connection.execute(_KEY).one_or_none()
    if row is None:
        _make_key(connection, 1)
        row = connection.execute(_KEY).one()
    return Key(row.number, bytes(row.key))


def change_key(connection: Connection) -> Key:
    """Seal with a new key from now on. What older keys sealed stays good, but for the oldest of 255."""
    current = key_in_use(connection)
    connection.execute(text("update link_keys set replaced_at = clock_timestamp() where replaced_at is null"))
    taken = connection.scalars(text("select number from link_keys order by replaced_at")).all()
    free = next((number for number in _NUMBERS if number not in taken), None)
    if free is None:
        free = next(number for number in taken if number != current.number)
        connection.execute(text("delete from link_keys where number = :number"), {"number": free})
    _make_key(connection, free)
    return key_in_use(connection)


def _make_key(connection: Connection, number: int) -> None:
    connection.execute(
        text("insert into link_keys (number, key) values (:number, :key) on conflict do nothing"),
        {"number": number, "key": secrets.token_bytes(KEY_BYTES)},
    )
