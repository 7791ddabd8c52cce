"""A segment that suddenly differs holds what rests on it, entries, moves and sends, until somebody lets it go."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine.commands.release import release
from journey_engine.gate.holds import open_holds
from journey_engine.language.mentions import segments_of
from journey_engine.language.project import Project
from journey_engine.lifecycle import segments, watching
from journey_engine.line.due import stopped
from journey_engine.settings import Settings
from tests.compiler import rows
from tests.compiler.rows import at
from tests.moving.stage import Stage

SENDS: dict[str, Any] = {"greet": {"send": "hello"}}
ON_VISIT: dict[str, Any] = {"on": "visit", "again": "after exit"}


def journey(name: str, steps: dict[str, Any] = SENDS, **enter: Any) -> dict[str, Any]:
    return {"journey": name, "enter": {"again": "never", **enter}, "steps": steps}


def branching(text: str) -> dict[str, Any]:
    arms = [{"if": text, "do": {"greet": {"send": "hello"}}}, {"otherwise": "", "do": {"nudge": {"send": "nudge"}}}]
    return {"which": {"branch": arms}}


def brand(*journeys: dict[str, Any]) -> Project:
    plain = rows.world(*journeys).model_dump(by_alias=True, exclude_unset=True)
    watched = {"segment": "buyers", "title": "b", "is": "purchase within 2 days", "watch": {"change": "40%"}}
    fans = {"segment": "fans", "title": "f", "is": "in segment buyers and tag vip"}
    apart = {"segment": "apart", "title": "a", "is": "tag vip"}
    stages = [{"stage": "grow", "if": "in segment buyers"}, {"stage": "acquire", "otherwise": True}]
    personas = {"personas": [{"persona": "keen", "if": "in segment fans"}]}
    several = {"buyers": watched, "fans": fans, "apart": apart}
    return Project.model_validate({**plain, "segments": several, "stages": {"stages": stages}, "personas": personas})


RESTS = {
    "joining it": journey("one", joins="buyers"),
    "coming from it by the clock": journey("one", every={"cron": "0 10 * * 1", "of": "buyers"}),
    "asking on entering": journey("one", on="visit", **{"if": "not in segment buyers"}),
    "asking in a branch": journey("one", branching("in segment buyers"), on="visit"),
    "asking for a segment that rests on it": journey("one", branching("in segment fans"), on="visit"),
    "waiting for members to join it": journey("one", on="joined_segment of buyers"),
    "beginning with a stage that rests on it": journey("one", stage="grow"),
    "asking for a stage": journey("one", branching("stage is grow"), on="visit"),
    "beginning with any change of stage": journey("one", on="stage_changed"),
    "asking for a persona that rests on it": journey("one", branching("not persona is keen"), on="visit"),
}
NOT = {
    "another segment": journey("one", branching("in segment apart"), joins="apart"),
    "no segment at all": journey("one", on="visit"),
}


@pytest.mark.parametrize("how", RESTS)
def test_a_journey_rests_on_a_segment_by(how: str) -> None:
    project = brand(RESTS[how])
    assert "buyers" in segments_of(project, project.journeys["one"])


@pytest.mark.parametrize("how", NOT)
def test_a_journey_does_not_rest_on_a_segment_by(how: str) -> None:
    project = brand(NOT[how])
    assert "buyers" not in segments_of(project, project.journeys["one"])


class Nights(Stage):
    def bought(self, day: int, *keys: str) -> None:
        for key in keys:
            self.event(f"2026-03-{day:02} 10:00", "purchase", key=key, value="5")

    def refresh(self, day: int) -> None:
        with self.engine.begin() as connection:
            segments.refresh(connection, self.project, at(f"2026-03-{day:02} 02:00"))

    def held(self) -> list[tuple[str, str, str]]:
        with self.engine.connect() as connection:
            return [(hold.scope, hold.name, hold.reason) for hold in open_holds(connection)]


def test_a_sudden_change_is_held_once_and_no_first_or_small_change_is(database: Engine) -> None:
    nights = Nights(database, brand())
    nights.bought(2, *"ABCDE")
    nights.refresh(3)  # the first
    nights.bought(3, "F", "G")
    nights.refresh(4)  # 5 to 7: 40 %, which is allowed
    assert nights.held() == []
    nights.refresh(5)  # five fell out: 7 to 2
    nights.refresh(7)
    reason = "It had 7 members and now has 2, a change of 71% (watch: 40%)."
    assert nights.held() == [("segment", "buyers", reason)]


def test_from_nobody_to_somebody_is_a_sudden_change_too(database: Engine) -> None:
    nights = Nights(database, brand())
    nights.refresh(2)
    nights.bought(2, "A")
    nights.refresh(3)
    assert [name for _, name, _ in nights.held()] == ["buyers"]
    with database.begin() as connection:
        watching.look(connection, nights.project.segments["apart"], 90, 1, at("2026-03-04 02:00"))
    assert [name for _, name, _ in nights.held()] == ["buyers"], "a segment without watch is never held"


def test_held_are_entries_moves_and_sends_until_a_named_person_lets_them_go(
    database: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rests = {"rest": {"wait": "1 day"}, **SENDS}
    nights = Nights(
        database,
        brand(
            {"journey": "resting", "enter": {**ON_VISIT, "if": "not in segment buyers"}, "steps": rests},
            {"journey": "free", "enter": ON_VISIT, "steps": rests},
        ),
    )
    nights.event("2026-03-02 09:00", "visit", key="A")
    nights.run("2026-03-02 09:01", journey="resting")
    nights.run("2026-03-02 09:01", journey="free")
    nights.refresh(2)
    nights.bought(2, *"BCD")
    nights.refresh(3)
    assert [name for _, name, _ in nights.held()] == ["buyers"]
    nights.event("2026-03-03 08:00", "visit", key="E")
    held, free = nights.run("2026-03-03 10:00", journey="resting"), nights.run("2026-03-03 10:00", journey="free")
    assert (held.entered, free.entered) == (0, 1)
    assert held.held is not None
    assert "a change of 300%" in held.held
    assert nights.path("A", journey="resting") == ["2026-03-02 09:00 (enter) journey"]
    with database.connect() as connection:
        assert stopped(connection, nights.project) == (("resting",), ())
    settings = Settings(tmp_path, database_url=database.url.render_as_string(hide_password=False))
    assert release("buyers", scope="segment", by="小陳", reason="活動帶來的", settings=settings) == 0
    assert "buyers" in capsys.readouterr().out
    assert nights.run("2026-03-03 10:05", journey="resting").entered == 1
    assert nights.path("A", journey="resting")[1:] == ["2026-03-03 09:00 rest next", "2026-03-03 09:00 greet next",
                                                       "2026-03-03 09:00 (end) finished"]  # fmt: skip
    kept = "select released_by, release_reason from holds"
    with database.connect() as connection:
        assert connection.exec_driver_sql(kept).all() == [("小陳", "活動帶來的")]
