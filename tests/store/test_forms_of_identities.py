"""Identities of before imports put them in one form: rewritten once, collisions left and told."""

from __future__ import annotations

from importlib import import_module

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import Engine, text

MEMBERS = """
insert into members (member_key, created_at, changed_at) select 'k' || n, now(), now() from generate_series(1, 6) n
"""


def test_what_was_stored_as_it_was_written_is_in_the_form_of_imports(
    database: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    identities = [
        ("email", "Mei@Example.com ", 1), ("email", "AN@x.tw", 2), ("email", "an@x.tw", 3), ("email", "Bo@x.tw", 4),
        ("email", "BO@x.tw", 5), ("phone", "0912-345-678", 1), ("phone", "912345679", 2), ("phone", "+886912345670", 3),
        ("phone", "(09)12345670", 4), ("phone", "n/a", 5), ("customer_number", "0912-345-678", 6),
    ]  # fmt: skip
    with database.begin() as connection:
        connection.execute(text(MEMBERS))
        policy = '{"zone": "Asia/Taipei", "calendar": {"country": "TW"}}'
        connection.execute(
            text("insert into definitions values ('policy', 'policy', 1, cast(:b as json), 'x', now(), 'me')"),
            {"b": policy},
        )
        for kind, value, member in identities:
            given = {"kind": kind, "value": value, "member": member}
            connection.execute(text("insert into identities values (:kind, :value, :member)"), given)
    module = import_module("journey_engine.store.migrations.versions.0025_members")
    for _ in range(2):
        with database.begin() as connection, Operations.context(MigrationContext.configure(connection)):
            module.upgrade()
        with database.connect() as connection:
            kept = connection.execute(text("select kind, value, member_id from identities")).tuples().all()
        assert set(kept) == {
            ("email", "mei@example.com", 1), ("email", "AN@x.tw", 2), ("email", "an@x.tw", 3), ("email", "bo@x.tw", 5),
            ("email", "Bo@x.tw", 4), ("phone", "+886912345678", 1), ("phone", "+886912345679", 2),
            ("phone", "+886912345670", 3), ("phone", "(09)12345670", 4), ("phone", "n/a", 5),
            ("customer_number", "0912-345-678", 6),
        }  # fmt: skip
        assert capsys.readouterr().err.startswith("3 addresses and telephone numbers are another row's")
