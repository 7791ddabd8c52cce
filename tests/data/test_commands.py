"""`journeys import` and `journeys release` as a person calls them: what they say and how they end."""

from __future__ import annotations

from dataclasses import replace

import pytest

from journey_engine import clock, planning
from journey_engine.commands.forget import forget
from journey_engine.commands.import_ import import_
from journey_engine.commands.release import release
from journey_engine.errors import UsageError
from tests.orders_shop import HEADER, NOW


@pytest.fixture
def settings(shop, monkeypatch):
    """Settings on the test's database, whose clock shows NOW and whose live project is the shop's."""
    with shop.engine.begin() as connection:
        clock.set_to(connection, NOW)
    monkeypatch.setattr(planning, "live_project", lambda connection: shop.project)
    return replace(shop.settings, database_url=shop.engine.url.render_as_string(hide_password=False))


def test_a_feed_is_imported_by_name_a_file_by_its_path_and_a_dry_run_changes_nothing(shop, settings, capsys):
    path = shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n2,A,x,5,x\n")
    assert import_("orders", dry_run=True, settings=settings) == 0
    assert (
        "tried, 2 read, 1 landed, 0 already there, 1 quarantined (at is no date and time 1)" in capsys.readouterr().out
    )
    assert shop.one("select count(*) from events") == 0
    assert shop.rows("select relname from pg_class where relname like 'batch\\_%'") == []
    assert import_(str(path), settings=settings) == 0
    assert import_("orders", settings=settings) == 0
    assert "already there, 2 read, 0 landed, 1 already there, 1 quarantined" in capsys.readouterr().out


def test_a_held_feed_ends_with_three_and_is_let_through_in_a_person_s_name(shop, settings, capsys):
    shop.file("a.csv", HEADER + "1,A,2026-03-01 10:00,5,x\n")
    assert import_("orders", settings=settings) == 3
    assert "HELD" in capsys.readouterr().out
    assert release(settings=settings) == 3
    assert "feed orders" in capsys.readouterr().out
    with pytest.raises(UsageError, match="needs a name and a reason"):
        release("orders", settings=settings)
    assert release("orders", by="林經理", reason="the old file was asked for", settings=settings) == 0
    assert "1 read, 1 landed" in capsys.readouterr().out
    assert release(settings=settings) == 0
    assert "Nothing is held." in capsys.readouterr().out


def test_a_dry_run_shows_what_would_be_added_and_the_first_rows_of_each_reason(shop, settings, capsys):
    rows = "".join(f"{n},A,2026-02-30,5,x\n" for n in range(1, 6))
    shop.file("a.csv", HEADER + rows + "6,B,2026-03-10 10:00,much,y\n7,C,2026-03-10 10:00,5,y\n")
    assert import_("orders", dry_run=True, settings=settings) == 0
    told = capsys.readouterr().out
    assert "| members | 1 |" in told
    assert "| purchase | 1 |" in told
    assert "| at is no date and time | 5 | 1: at = 2026-02-30; 2: at = 2026-02-30; 3: at = 2026-02-30 |" in told
    assert "| amount is no number | 1 | 6: amount = much |" in told
    assert told.endswith("什麼都沒有存下來。\n")
    assert shop.rows("select (select count(*) from batches), (select count(*) from members)") == [(0, 0)]


def test_an_import_tells_its_stages(shop):
    told = []
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n")
    shop.load(tell=lambda stage, rows: told.append((stage, rows)))
    assert told == [("reading", 2), ("staged", 1), ("judged", 1), ("landed", 1)]


def test_forget_names_the_files_it_does_not_reach_and_puts_a_new_key_into_use(shop, settings, capsys):
    shop.file("a.csv", HEADER + "1,A,2026-03-10 10:00,5,x\n2,B,2026-03-10 10:00,5,x\n")
    shop.load()
    (settings.state / "reports").mkdir(parents=True)
    (settings.state / "reports" / "gate-orders.html").write_text("A")
    assert forget("A", by="林", reason="by mail", settings=settings) == 0
    said = capsys.readouterr().out
    for outside in ("data/* (the feed orders", "gate-orders.html (examples of quarantined rows", "backups"):
        assert outside in said
    assert forget(new_key=True, settings=settings) == 0
    assert "by key 2 from now on" in capsys.readouterr().out
    forget("B", by="林", reason="by mail", settings=settings)
    assert shop.rows("select key_number from erased_identities order by 1") == [(1,), (2,)]
    shop.file("b.csv", HEADER + "3,A,2026-03-10 11:00,5,x\n4,B,2026-03-10 11:00,5,x\n5,C,2026-03-10 11:00,5,x\n")
    report = shop.load("b.csv")
    assert (report.read, report.landed, report.erased) == (3, 1, 2)
    with pytest.raises(UsageError, match="Name one member"):
        forget("C", new_key=True, settings=settings)
