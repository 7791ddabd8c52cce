"""`journeys enter` as another system calls it."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from journey_engine.cli import run
from journey_engine.moving.letting_in import NotByApi, UnknownMember, let_in
from journey_engine.store.tables.happenings import events
from tests.compiler.rows import at, world
from tests.language.conftest import SOUND
from tests.moving.stage import Stage

RENEWAL = {
    "journey": "renewal",
    "enter": {"by": "api", "if": "entry.plan = 'gold'", "again": "per contract"},
    "steps": {"rest": {"wait": "1 day"}},
}
OTHER = {"journey": "other", "enter": {"on": "visit", "again": "never"}, "steps": {"rest": {"wait": "1 day"}}}
NOW = at("2026-03-02 10:00")


def test_the_event_is_judged_by_the_journeys_own_rules(database):
    stage = Stage(database, world(RENEWAL))
    stage.member("mei")
    with database.begin() as connection:
        connection.execute(
            text("insert into identities values ('customer_number', 'A100', :id)"), {"id": stage.ids["mei"]}
        )
        for contract, plan in (("c1", "gold"), ("c1", "gold"), ("c2", "silver")):
            properties = {"plan": plan, "contract": contract}
            let_in(connection, stage.project, "renewal", "customer_number:A100", properties, NOW)
    stage.tick("2026-03-02 10:00")
    assert stage.path() == ["2026-03-02 10:00 (enter) journey"]
    assert sorted(stage.refused()) == ["2026-03-02 10:00 if", "2026-03-02 10:00 inside"]


def test_only_journeys_that_say_so_and_only_members_there_are(database):
    stage = Stage(database, world(RENEWAL, OTHER))
    stage.member("mei")
    with database.begin() as connection:
        with pytest.raises(NotByApi, match=r"lets members in by its own trigger.*renewal"):
            let_in(connection, stage.project, "other", "mei", {}, NOW)
        with pytest.raises(NotByApi, match="There is no journey renewl"):
            let_in(connection, stage.project, "renewl", "mei", {}, NOW)
        with pytest.raises(UnknownMember, match="Nobody is known as ann"):
            let_in(connection, stage.project, "renewal", "ann", {}, NOW)


def test_the_command_writes_the_event_of_a_known_member(database, tmp_path, monkeypatch, capsys):
    for name, words in SOUND.items():
        path = tmp_path / "journeys" / f"{name}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(words.lstrip().replace("on: follow", "by: api"), encoding="utf-8")
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "orders.json").write_text("{}")
    monkeypatch.setenv("DATABASE_URL", database.url.render_as_string(hide_password=False))
    Stage(database, world()).member("mei")
    arguments = ["--project", str(tmp_path), "enter", "welcome", "--member"]
    assert run([*arguments, "mei", "--with", "plan=gold"]) == 0
    assert capsys.readouterr().out == "mei → welcome: event 1; the next tick judges it.\n"
    assert run([*arguments, "nobody"]) == 2
    assert run([*arguments, "mei", "--with", "plan"]) == 2
    with database.connect() as connection:
        rows = connection.execute(select(events.c.name, events.c.of, events.c.properties, events.c.source)).all()
    assert [tuple(row) for row in rows] == [("enter", "welcome", {"plan": "gold"}, "api")]
