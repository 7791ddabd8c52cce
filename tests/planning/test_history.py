"""Who applied what: the log, the way back, and plans that are kept in a file between making and applying."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from journey_engine import planning
from journey_engine.planning import PlanIsStale, WouldStrand, apply, live_project, plan
from journey_engine.planning.answering import NotAnAnswer
from journey_engine.planning.keeping import NoSuchApplication, NotAPlan
from tests.planning.inside import DAY, NIGHT, put, stands
from tests.planning.test_planning import WELCOME, edited, project


def test_the_log_says_who_made_what_live_and_when(database: Engine) -> None:
    with database.begin() as conn:
        assert apply(conn, plan(conn, project(welcome=WELCOME), NIGHT), "小陳") == 1
        assert apply(conn, plan(conn, project(welcome=WELCOME), NIGHT), "小陳") is None
        made = plan(conn, project(welcome=edited(title="歡迎")), NIGHT + DAY)
        assert apply(conn, made, "小林") == 2
        later, first = planning.history(conn)
    assert (first.number, first.now, first.by, first.back_to) == (1, NIGHT, "小陳", None)
    assert (later.number, later.now, later.by) == (2, NIGHT + DAY, "小林")
    assert later.words == made.text
    assert ("journey", "welcome", 1) in first.versions
    assert ("journey", "welcome", 2) in later.versions


def test_rollback_makes_the_earlier_definitions_live_under_new_versions(database: Engine) -> None:
    with database.begin() as conn:
        apply(conn, plan(conn, project(welcome=WELCOME), NIGHT), "小陳")
        apply(conn, plan(conn, project(welcome=edited(title="歡迎"), second=second()), NIGHT), "小陳")
        number, earlier = planning.as_of(conn)
        assert (number, earlier) == (1, project(welcome=WELCOME))
        back = plan(conn, earlier, NIGHT + DAY, back_to=number)
        apply(conn, back, "小林")
        assert live_project(conn) == project(welcome=WELCOME)
        rows = text("select version from definitions where kind = 'journey' and replaced_at is null")
        assert conn.execute(rows).scalars().all() == [3]
        assert planning.history(conn)[0].back_to == 1
        assert back.text[1] == "Back to application 1"


def test_a_rollback_asks_the_same_questions_and_takes_the_answers_beside_the_files(database: Engine) -> None:
    longer = edited(steps={**WELCOME["steps"], "pause": {"wait": "9 days"}})
    with database.begin() as conn:
        apply(conn, plan(conn, project(welcome=WELCOME), NIGHT), "小陳")
        apply(conn, plan(conn, project(welcome=longer), NIGHT), "小陳")
        put(conn, "pause", NIGHT, NIGHT + 9 * DAY)
        number, earlier = planning.as_of(conn, 1)
        with pytest.raises(WouldStrand, match="Step pause of journey welcome is removed"):
            apply(conn, plan(conn, earlier, NIGHT + DAY, back_to=number), "小林")
        with pytest.raises(NotAnAnswer):
            planning.answered(earlier, moved=["nobody.pause=rest"])
        told = planning.answered(earlier, moved=["welcome.pause=rest"])
        apply(conn, plan(conn, told, NIGHT + DAY, back_to=number), "小林")
        assert stands(conn) == ("rest", NIGHT, NIGHT + 9 * DAY)


def test_there_is_no_way_back_to_what_never_was(database: Engine) -> None:
    with database.begin() as conn:
        apply(conn, plan(conn, project(welcome=WELCOME), NIGHT), "小陳")
        for number in (None, 7):
            with pytest.raises(NoSuchApplication):
                planning.as_of(conn, number)


def test_a_plan_in_a_file_is_the_same_plan(database: Engine, tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    with database.begin() as conn:
        made = plan(conn, project(welcome=WELCOME), NIGHT)
        planning.save(made, file)
        kept = planning.load(file)
        assert kept == made
        apply(conn, kept, "小陳", NIGHT + DAY)
        assert live_project(conn) == project(welcome=WELCOME)
        assert conn.execute(text("select live_since from journey_clocks")).scalar_one() == NIGHT + DAY
        with pytest.raises(PlanIsStale):
            apply(conn, kept, "小林")


def test_a_file_that_is_no_plan_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "plan.json"
    for content in ("", "{}", '{"now": 1}'):
        file.write_text(content)
        with pytest.raises(NotAPlan):
            planning.load(file)


def test_what_is_kept_in_the_log_has_no_bodies(database: Engine) -> None:
    with database.begin() as conn:
        made = plan(conn, project(welcome=WELCOME), NIGHT)
        apply(conn, made, "小陳")
        kept = conn.execute(text("select plan from applications")).scalar_one()
    assert [change["name"] for change in kept["changes"]] == [change.name for change in made.changes]
    assert {change["body"] for change in kept["changes"]} == {""}
    assert replace(made, changes=()).text[-1] == "Nothing to change."


def second() -> dict[str, object]:
    return {
        "journey": "second",
        "title": "第二",
        "status": "live",
        "enter": {"on": "purchase", "again": "never"},
        "steps": {"hello": {"send": "hello"}},
    }
