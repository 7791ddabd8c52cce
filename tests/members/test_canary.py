"""A person planted in every column that could hold her is found nowhere in a dump once she was erased."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import ARRAY, JSON, Boolean, Column, Date, Engine, LargeBinary, Numeric, String, Table, Uuid, text

from journey_engine.members import erasing, removals
from journey_engine.store import binaries
from journey_engine.store.tables import metadata
from tests.orders_shop import NOW, Shop

CANARY = "canary-Yellow-7431"
HER, HER_VISIT = 1, 1
# Where the text must have a form to be found, or to be taken in.
FORMS: dict[str, Any] = {
    "events.name": "purchase",
    "events.source": "orders",
    "events.properties": {"order_id": CANARY, "note": CANARY},
    "event_keys.key": f"purchase\x1f{CANARY}",
    "event_keys.source": "orders",
    "inbox.source": "line",
    "inbox.body": {"source": {"userId": CANARY}, "message": {"text": CANARY}},
    "quarantine.feed": "orders",
    "quarantine.content": {"customer": CANARY, "note": CANARY},
    "moves.path": [{"step": "a", "at": "2026-03-10", "outcome": "next", "why": {"value": CANARY}}],
    "enrolments.entry_ref": f"date:{CANARY}",
    "refusals.entry_ref": f"date:{CANARY}",
    "identities.kind": "line",
    "intents.status": "skipped",
    "requests.status": "accepted",
    "requests.reason": f"refused 400 {CANARY}",
    "calls.status": "failed",
    "batches.verdict": {"outcomes": [{"observed": f"seen {CANARY}"}]},
}
NUMBERS = {"member_id": HER, "enrolment_id": HER_VISIT, "survivor_id": HER, "request_id": 1, "batch_id": 1}


def holds_text(column: Column[Any]) -> bool:
    kind = column.type.item_type if isinstance(column.type, ARRAY) else column.type
    return isinstance(kind, (String, LargeBinary, JSON)) and not isinstance(kind, Uuid)


def texts() -> set[str]:
    return {f"{table.name}.{c.name}" for table in metadata.sorted_tables for c in table.columns if holds_text(c)}


def emptied() -> set[str]:
    every = (*removals.DELIVERY, *removals.MOVING, *removals.PEOPLE)
    named = {column for removal in every for column in removal.columns}
    return named | set(removals.BY_IDENTITY) | {f"{table}.{column}" for table, column in removals.MENTIONS}


def ours() -> list[str]:
    return [column for columns in removals.OURS.values() for column in columns.split()]


def test_every_column_that_can_hold_text_is_emptied_or_said_to_be_our_own():
    assert sorted(ours()) == sorted(set(ours())), "named twice"
    assert texts() - emptied() == set(ours())
    assert emptied() <= texts()


def test_every_table_with_a_member_is_looked_through_or_counts_only():
    """Of a member's rows without text stays that there were so many."""
    statements = " ".join(each.statement for each in (*removals.DELIVERY, *removals.MOVING, *removals.PEOPLE))
    hers = {table.name for table in metadata.sorted_tables if "member_id" in table.columns}
    untouched = {name for name in hers if f" {name} " not in statements}
    figures_only = {"changed_events", "exposures", "segment_members", "stages", "tags", "waiting"}
    assert untouched == {"clicks", "erasures", *figures_only}


def value(column: Column[Any]) -> Any:
    """What is planted in a column of hers."""
    name = f"{column.table.name}.{column.name}"
    if name in FORMS:
        return FORMS[name]
    planted = name in emptied()
    match column.type:
        case ARRAY() if holds_text(column):
            return [CANARY] if planted else []
        case ARRAY():
            return []
        case JSON():
            return {"note": CANARY} if planted else {}
        case LargeBinary():
            return CANARY.encode() if planted else b"x"
        case Uuid():
            return "00000000-0000-0000-0000-000000000001"
        case String():
            return CANARY if planted else "x"
        case Boolean():
            return False
        case Date():
            return NOW.date()
        case Numeric():
            return 1
    return NOW if "TIME" in str(column.type).upper() else NUMBERS.get(column.name, 1)


def plant(engine: Engine) -> None:
    """One row of hers in every table, and one of another member's that must stay as it is."""
    with engine.begin() as connection:
        for table in sorted(metadata.sorted_tables, key=lambda table: table.name not in ("members", "enrolments")):
            if table.name in ("clock", "identity_keys", "link_keys", "erasures", "erased_identities"):
                continue
            given = {c.name: value(c) for c in table.columns if wanted(table, c)}
            connection.execute(table.insert().values(given))


def wanted(table: Table, column: Column[Any]) -> bool:
    name = f"{table.name}.{column.name}"
    if column.identity is not None or name in ("members.erased_at", "members.merged_into", "merges.id"):
        return False
    needed = not column.nullable and column.server_default is None
    return needed or name in emptied() or column.name in NUMBERS


def found(engine: Engine, names: set[str]) -> Iterator[str]:
    """The columns in which the canary stands."""
    with engine.connect() as connection:
        for name in sorted(names):
            table, _, column = name.partition(".")
            told = f'"{column}"'
            told = (
                f"encode({told}, 'escape')" if isinstance(metadata.tables[table].c[column].type, LargeBinary) else told
            )
            query = f"select exists (select from {table} where strpos({told}::text, :canary) > 0)"
            if connection.execute(text(query), {"canary": CANARY}).scalar_one():
                yield name


def dumped(engine: Engine) -> str:
    program = binaries.locate() / "pg_dump"
    assert program.exists(), "the Postgres installation has no pg_dump"
    url = engine.url
    command = [str(program), "-h", url.host, "-p", str(url.port), "-U", url.username, url.database]
    done = subprocess.run(
        command, env={**os.environ, "PGPASSWORD": url.password or ""}, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_person_planted_in_every_column_is_found_nowhere_after_she_was_erased(shop: Shop):
    shop.feed["member"]["by"] = "line"
    plant(shop.engine)
    assert set(found(shop.engine, emptied())) == emptied(), "she was not planted everywhere"
    assert CANARY in dumped(shop.engine)
    done = erasing.forget(shop.engine, shop.project, [HER], "陳怡君", "asked by mail", NOW)
    assert done.members == 1
    assert set(found(shop.engine, texts())) == set()
    dump = dumped(shop.engine)
    assert CANARY not in dump
    assert CANARY.encode().hex() not in dump
    assert shop.rows("select finished_at is not null from erasures") == [(True,)]


@pytest.mark.parametrize("again", [1, 2])
def test_erasing_again_changes_nothing(shop: Shop, again: int):
    plant(shop.engine)
    for _ in range(again):
        erasing.forget(shop.engine, shop.project, [HER], "陳怡君", "asked by mail", NOW)
    assert shop.one("select count(*) from members where member_key like 'erased-%'") == 1
    assert shop.one("select count(*) from erasures") == 1
