"""`journeys hand-offs` as a person calls it."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_engine import clock
from journey_engine.commands.hand_offs import hand_offs
from journey_engine.errors import UsageError
from journey_engine.planning import apply, plan
from journey_engine.settings import Settings
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

ASK = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {"ask": {"hand_off": "care", "note": "請致電"}, "tell": {"hand_off": "sales", "note": "新客"}},
}


def test_what_is_open_is_listed_by_team_and_closed_by_name(database, capsys):
    settings = Settings(Path.cwd(), database_url=database.url.render_as_string(hide_password=False))
    stage = Stage(database, world(ASK))
    with database.begin() as connection:
        apply(connection, plan(connection, stage.project, at("2026-03-01 00:00")), "a test")
        now = clock.now(connection)
    stage.event("2026-03-02 10:00", "follow")
    stage.run("2026-03-02 10:00")
    assert hand_offs(settings=settings) == 0
    assert capsys.readouterr().out.splitlines() == [
        "       1  care          2026-03-02 10:00  welcome/ask  mei  請致電",
        "       2  sales         2026-03-02 10:00  welcome/tell  mei  新客",
        "2 open.",
    ]
    with pytest.raises(UsageError, match="Nobody is named"):
        hand_offs(close=1, settings=settings)
    assert hand_offs(close=1, by="小陳", settings=settings) == 0
    assert capsys.readouterr().out.splitlines() == [
        "1 is closed: mei, welcome/ask, team care.",
        "       2  sales         2026-03-02 10:00  welcome/tell  mei  新客",
        "1 open.",
    ]
    assert hand_offs(team="care", settings=settings) == 0
    assert capsys.readouterr().out == "Nothing is open.\n"
    ((when, _, properties),) = stage.told("handed_back")
    assert properties == {"team": "care"}
    assert at(when) >= now.replace(microsecond=0)
