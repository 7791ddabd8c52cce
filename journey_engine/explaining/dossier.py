"""All that is held about one member as one value, with what each field means; it names no other member, writes nothing.

Times are the member's own. Of what went to several people at once only the content is shown, never to whom else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import Connection, Select, Table, and_, func, or_, select

from journey_engine.explaining.fields import FIELDS, LEFT_OUT, TABLES
from journey_engine.explaining.members import Member
from journey_engine.language.feed import Feed
from journey_engine.language.project import Project
from journey_engine.language.words import Language, Words
from journey_engine.store.tables import metadata
from journey_engine.store.tables.delivery import intents, requests
from journey_engine.store.tables.happenings import inbox
from journey_engine.store.tables.operation import quarantine
from journey_engine.store.tables.people import identities

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Kept:
    """One table's rows of hers, each field by its name."""

    table: str
    fields: tuple[str, ...]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Everything, as of `now`; tables without a row of hers are left out."""

    member: Member
    now: datetime
    kept: tuple[Kept, ...]


def read_dossier(connection: Connection, member: Member, project: Project, now: datetime) -> Dossier:
    """Read everything in the caller's snapshot."""
    known = {
        (row.kind, row.value)
        for row in connection.execute(
            select(identities.c.kind, identities.c.value).where(identities.c.member_id == member.id)
        )
    }
    found = (_read(connection, name, member, project, known) for name in TABLES)
    return Dossier(member, now, tuple(each for each in found if each.rows))


def to_json(dossier: Dossier, language: Language) -> bytes:
    """The whole of it, each table with its title and the meaning of its fields; times in the member's zone."""
    told = {
        kept.table: {
            "title": TABLES[kept.table].said(language),
            "fields": {name: FIELDS[name].said(language) for name in kept.fields},
            "rows": [{name: _plain(row[name], dossier.member.zone) for name in kept.fields} for row in kept.rows],
        }
        for kept in dossier.kept
    }
    head = {
        "member": dossier.member.key,
        "zone": dossier.member.zone.key,
        "as_of": _plain(dossier.now, dossier.member.zone),
    }
    return orjson.dumps({**head, "tables": told}, option=orjson.OPT_INDENT_2)


def to_html(dossier: Dossier, language: Language) -> str:
    """The same as one page that opens offline."""
    from journey_engine.reporting import contents
    from journey_engine.reporting.page import html

    zone = dossier.member.zone
    sections: list[contents.Section] = []
    for kept in dossier.kept:
        name, title = kept.table.replace("_", "-"), TABLES[kept.table]
        columns = tuple(contents.Column(FIELDS[field]) for field in kept.fields)
        rows = tuple(tuple(_shown(row[field], zone) for field in kept.fields) for row in kept.rows)
        table = contents.Table(name, title, columns, rows)
        sections.append(contents.Section(name, title, (table,)))
    who = f"{dossier.member.name} {dossier.member.key}".strip()
    when = f"{dossier.now.astimezone(zone):%Y-%m-%d %H:%M} {zone.key}"
    title = Words(f"{who} 的個人資料", f"What is held about {who}")
    return html(contents.Page(title, Words(f"截至 {when}", f"As of {when}"), tuple(sections)), language)


def fields_of(name: str) -> tuple[str, ...]:
    """The fields of a table that are shown."""
    if name == "messages":
        return ("at", "message", "status", "messages")
    return tuple(str(column.name) for column in metadata.tables[name].columns if column.name not in LEFT_OUT)


def _read(connection: Connection, name: str, member: Member, project: Project, known: set[tuple[str, str]]) -> Kept:
    fields = fields_of(name)
    if name == "messages":
        return Kept(name, fields, list(_sent(connection, member.id)))
    table = metadata.tables[name]
    rows = connection.execute(_asked(table, member.id, project, known)).mappings().all()
    return Kept(name, fields, [dict(row) for row in rows])


def _asked(table: Table, member: int, project: Project, known: set[tuple[str, str]]) -> Select[Any]:
    columns = [table.c[name] for name in fields_of(table.name)]
    match table.name:
        case "members":
            hers = table.c.id == member
        case "merges":
            hers = table.c.survivor_id == member
        case "inbox":
            hers = or_(*(_in_inbox(kind, value) for kind, value in known)) if known else inbox.c.id.is_(None)
        case "quarantine":
            cells = [each for feed in project.feeds.values() for each in _in_quarantine(feed, known)]
            hers = or_(*cells) if cells else quarantine.c.id.is_(None)
        case _:
            hers = table.c.member_id == member
    order = [table.c[name] for name in ("at", "granted_at", "joined_at", "entered_at", "id") if name in table.c]
    return select(*columns).where(hers).order_by(*order)


def _in_inbox(kind: str, value: str) -> Any:
    shop = and_(inbox.c.source == "shop", inbox.c.body["by"].astext == kind, inbox.c.body["who"].astext == value)
    if kind != "line":
        return shop
    return or_(shop, and_(inbox.c.source == "line", inbox.c.body[("source", "userId")].astext == value))


def _in_quarantine(feed: Feed, known: set[tuple[str, str]]) -> Iterator[Any]:
    columns = {feed.member.from_: feed.member.by}
    columns |= {column: kind for kind, column in (feed.members.identities if feed.members else {}).items()}
    for column, kind in columns.items():
        values = [value for each, value in known if each == kind]
        if values:
            cell = func.btrim(quarantine.c.content[column].astext)
            yield and_(quarantine.c.feed == feed.feed, cell.in_(values))


def _sent(connection: Connection, member: int) -> Iterator[Row]:
    """The content of what was frozen for her: without the list of those who got the same."""
    asked = (
        select(intents.c.at, intents.c.message, intents.c.status, intents.c.place, requests.c.body)
        .join(requests, requests.c.id == intents.c.request_id)
        .where(intents.c.member_id == member, requests.c.body.is_not(None))
        .order_by(intents.c.at, intents.c.id)
    )
    for row in connection.execute(asked):
        messages = orjson.loads(bytes(row.body)).get("messages", [])
        yield {"at": row.at, "message": row.message, "status": row.status, "messages": messages[row.place or 0 :]}


def _plain(value: Any, zone: ZoneInfo) -> Any:
    match value:
        case datetime():
            return value.astimezone(zone).isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return value.hex()
        case _:
            return value


def _shown(value: Any, zone: ZoneInfo) -> Any:
    match value:
        case None | "":
            return ""
        case datetime():
            return value.astimezone(zone)
        case bool():
            return Words("是", "yes") if value else Words("否", "no")
        case dict() | list():
            return orjson.dumps(value).decode() if value else ""
        case _:
            return str(_plain(value, zone))
