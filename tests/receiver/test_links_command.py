"""`journeys links` as a person calls it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from journey_engine.commands.links import links
from journey_engine.settings import Settings
from tests.receiver.test_adding import applied

__all__ = ["applied"]

TAPPED = """
insert into links (message, link, target, made_at) values
    ('news', '去逛逛', 'https://shop.example/new', now()), ('news', '看地圖', 'https://maps.example', now());
insert into clicks (link_id, intent_id, member_id, at, counted) values
    (1, 1, 7, now(), true), (1, 1, 7, now(), false), (1, 2, 8, now(), true);
insert into source_visits (source, day, visits) values ('store_qr', '2026-03-01', 5), ('store_qr', '2026-03-02', 7)
"""


def test_taps_and_sources_are_listed_and_a_new_key_is_made(
    applied: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with applied.begin() as connection:
        for statement in TAPPED.split(";"):
            connection.execute(text(statement))
    settings = Settings(tmp_path, database_url=applied.url.render_as_string(hide_password=False))
    (tmp_path / ".journeys").mkdir()
    (tmp_path / ".journeys" / "receiver.url").write_text("http://127.0.0.1:4271\n")

    assert links(new_key=True, settings=settings) == 0
    assert [" ".join(line.split()) for line in capsys.readouterr().out.splitlines()] == [
        "Links are sealed with key 2 from now on.",
        "Links lead on from http://127.0.0.1:4271",
        "news 去逛逛 shop.example 3 taps 2 people",
        "news 看地圖 maps.example 0 taps 0 people",
        "store_qr 門市 12 opened 0 said so http://127.0.0.1:4271/add/store_qr",
        "card 名片 0 opened 0 said so http://127.0.0.1:4271/add/card",
    ]
