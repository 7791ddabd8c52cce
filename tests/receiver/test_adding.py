"""Sources of friends: counted, and led on to the account with the source's words ready."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, insert

from journey_engine.language.reply import Replies
from journey_engine.measures.links import SourceFigures, source_figures
from journey_engine.planning.definitions import written
from journey_engine.store.tables.moving import definitions
from tests.line.shop import NOON, project_of
from tests.receiver.desk import reception
from tests.receiver.taps import PHONE

FRIENDS: dict[str, Any] = {
    "account": "@shop",
    "sources": {"store_qr": {"title": "門市", "says": "我從門市來"}, "card": {"title": "名片"}},
}
PROJECT = project_of().model_copy(update={"replies": Replies.model_validate({"friends": FRIENDS})})


@pytest.fixture
def applied(database: Engine) -> Engine:
    import json

    with database.begin() as connection:
        for each in written(PROJECT):
            row = {"kind": each.kind, "name": each.name, "version": 1, "body": json.loads(each.body)}
            values = {**row, "checksum": each.checksum, "applied_at": NOON, "applied_by": "test"}
            connection.execute(insert(definitions).values(values))
    return database


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("store_qr", "https://line.me/R/oaMessage/%40shop/?%E6%88%91%E5%BE%9E%E9%96%80%E5%B8%82%E4%BE%86"),
        ("card", "https://line.me/R/ti/p/%40shop"),
    ],
)
def test_a_source_leads_on_to_the_account(applied: Engine, tmp_path: Path, source: str, where: str) -> None:
    with reception(applied, tmp_path) as receiver:
        answer = receiver.http.get(f"{receiver.url}/add/{source}", headers={"user-agent": PHONE})

    assert (answer.status_code, answer.headers["location"]) == (302, where)


def test_people_are_counted_and_previews_are_not(applied: Engine, tmp_path: Path) -> None:
    with reception(applied, tmp_path) as receiver:
        for agent in (PHONE, PHONE, "facebookexternalhit/1.1;line-poker/1.0"):
            receiver.http.get(f"{receiver.url}/add/store_qr", headers={"user-agent": agent})

    with applied.connect() as connection:
        assert source_figures(connection, PROJECT) == [
            SourceFigures("store_qr", "門市", 2, 0),
            SourceFigures("card", "名片", 0, 0),
        ]


def test_a_source_that_is_not_declared_leads_nowhere(applied: Engine, tmp_path: Path) -> None:
    with reception(applied, tmp_path) as receiver:
        answer = receiver.http.get(f"{receiver.url}/add/evil")

    assert answer.status_code == 404
    assert "location" not in answer.headers
