"""What a member gets who asks what is held about her: everything of hers, and nobody else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from zipfile import ZipFile

import pytest

from journey_engine import clock, planning
from journey_engine.commands.export import export
from journey_engine.explaining.dossier import fields_of
from journey_engine.explaining.fields import FIELDS, LEFT_OUT, TABLES
from journey_engine.store.tables import metadata
from tests.members.test_canary import CANARY, plant
from tests.members.test_erasing import MEI, hear, said
from tests.orders_shop import NOW, Shop


def test_every_table_of_a_member_is_shown_and_every_field_has_a_meaning() -> None:
    hers = {table.name for table in metadata.sorted_tables if "member_id" in table.columns}
    # Whom two findings were about is told by `merges`; lists of a feed's last snapshot say no more than the feed.
    assert hers - set(TABLES) == {"changed_events", "inside", "merge_findings", "feed_members"}
    shown = {field for table in TABLES for field in fields_of(table)}
    assert shown - set(FIELDS) == set()
    assert not LEFT_OUT & set(FIELDS)


@pytest.fixture
def shop(database, tmp_path, monkeypatch) -> Shop:
    """She and another friend, who both wrote."""
    shop = Shop(database, tmp_path)
    with database.begin() as connection:
        clock.set_to(connection, NOW)
    monkeypatch.setattr(planning, "live_project", lambda connection: shop.project)
    monkeypatch.chdir(tmp_path)
    for user, words in ((MEI, "我是美美"), ("U" + "b" * 32, "我是阿明")):
        words_of = {"message": {"type": "text", "id": user[:3], "text": words}}
        hear(shop, NOW, said("follow", user, NOW - timedelta(hours=1), user[:9]))
        hear(shop, NOW, said("message", user, NOW, user[:8], **words_of))
    return shop


def exported(shop: Shop, member: str, language: str = "en") -> tuple[dict, str]:
    url = shop.engine.url.render_as_string(hide_password=False)
    assert (
        export(
            member, out=shop.folder / "her.zip", language=language, settings=replace(shop.settings, database_url=url)
        )
        == 0
    )
    with ZipFile(shop.folder / "her.zip") as written:
        return json.loads(written.read("member.json")), written.read("member.html").decode()


def test_her_own_data_are_told_in_her_own_time_and_nobody_else_s(shop: Shop, capsys) -> None:
    told, page = exported(shop, MEI)
    assert capsys.readouterr().out.endswith("7 rows of 5 tables.\n")
    assert told["zone"] == "Asia/Taipei"
    assert [row["value"] for row in told["tables"]["identities"]["rows"]] == [MEI]
    assert [(row["name"], row["at"]) for row in told["tables"]["events"]["rows"]] == [
        ("follow", "2026-03-11T01:00:00+08:00"),
        ("message", "2026-03-11T02:00:00+08:00"),
    ]
    assert told["tables"]["events"]["fields"]["at"] == "when"
    assert len(told["tables"]["inbox"]["rows"]) == 2
    for text in (json.dumps(told, ensure_ascii=False), page):
        assert "我是美美" in text
        assert "我是阿明" not in text
        assert "b" * 32 not in text


def test_the_page_is_in_the_language_asked_for_and_asks_nobody_anything(shop: Shop) -> None:
    _, page = exported(shop, MEI, "zh-TW")
    assert "發生過的事" in page
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_member_with_a_row_in_every_table_is_told_of_all_of_them(database, tmp_path, monkeypatch) -> None:
    shop = Shop(database, tmp_path)
    shop.feed["member"]["by"] = "line"
    monkeypatch.setattr(planning, "live_project", lambda connection: shop.project)
    plant(database)
    with database.begin() as connection:
        connection.exec_driver_sql('update requests set body = convert_to(\'{"to": ["x"], "messages": []}\', \'UTF8\')')
    told, _ = exported(shop, f"line:{CANARY}")
    assert set(told["tables"]) == set(TABLES) - {"erasures"}
