"""Edits of a journey with members inside: who keeps place and hour, who is moved, whose time is reckoned anew."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.moving.passing import run_pass
from journey_engine.planning import Plan, WouldStrand, apply, live_project, plan
from tests.planning.inside import DAY, HOUR, NIGHT, logged, put, stands
from tests.planning.test_planning import WELCOME, apply_now, edited, project

NOW = NIGHT + DAY  # the edit; 02:00 on the 23rd in Taipei


def steps(**changes: Any) -> dict[str, Any]:
    """The steps of welcome with these; None takes one out."""
    return {name: step for name, step in {**WELCOME["steps"], **changes}.items() if step is not None}


def edit(conn: Connection, now: datetime = NOW, **changes: Any) -> Plan:
    made = plan(conn, project(welcome=edited(**changes)), now)
    apply(conn, made, "a test")
    return made


def test_who_waits_at_a_removed_step_goes_on_where_the_file_says_at_the_hour_promised(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY)
        longer = steps(rest=None, pause={"wait": "5 days"})
        with pytest.raises(WouldStrand, match=r"moved: \{rest: STEP\}"):
            edit(conn, steps=longer)
        made = edit(conn, steps=longer, moved={"rest": "pause"})
        assert stands(conn) == ("pause", NIGHT, NIGHT + 3 * DAY)
        assert logged(conn) == [(2, "rest", "moved to pause")]
    assert any("1 go on at pause, at the hour promised" in line for line in made.text)


def test_who_is_moved_to_a_step_that_is_no_wait_arrives_there_at_the_hour_promised(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY)
        put(conn, "rest", NIGHT - 3 * DAY, NIGHT + HOUR, "overdue")
        edit(conn, steps=steps(rest=None), moved={"rest": "offer"})
        assert stands(conn) == ("offer", NIGHT + 3 * DAY, NIGHT + 3 * DAY)
        assert stands(conn, "overdue") == ("offer", NOW, NOW)


def test_a_longer_wait_keeps_the_hour_that_was_promised(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 2 * DAY)
        edit(conn, steps=steps(rest={"wait": "9 days"}))
        assert stands(conn) == ("rest", NIGHT, NIGHT + 2 * DAY)
        assert logged(conn) == []


@pytest.mark.parametrize(
    ("wait", "due"),
    [
        ({"wait": "9 days"}, NIGHT + 9 * DAY),
        ({"wait": "9 days", "until": "10:00"}, NIGHT + 9 * DAY + 8 * HOUR),  # arrived at 02:00 in Taipei
        ({"wait": "2 hours"}, NOW),  # it was over long ago: now, and not in the past
        ({"wait": "2 hours", "until": "10:00"}, NOW + 8 * HOUR),
        ({"wait": "01:30"}, NOW + DAY - HOUR / 2),
    ],
)
def test_reschedule_reckons_the_time_anew_from_arrival_but_never_before_now(
    database: Engine, wait: dict[str, Any], due: datetime
) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 2 * DAY)
        made = edit(conn, steps=steps(rest=wait), reschedule=["rest"])
        assert stands(conn) == ("rest", NIGHT, due)
        assert logged(conn) == [(2, "rest", "rescheduled")]
    assert any("1 waiting are reckoned anew from their arrival" in line for line in made.text)


def test_reschedule_that_stays_in_the_file_means_the_change_it_came_with(database: Engine) -> None:
    nine = steps(rest={"wait": "9 days"})
    with database.begin() as conn:
        apply_now(conn, project(welcome=edited(steps=nine, reschedule=["rest"])))
        put(conn, "rest", NIGHT, NIGHT + 2 * DAY)
        edit(conn, steps=nine, reschedule=["rest"], title="歡迎")
        assert stands(conn) == ("rest", NIGHT, NIGHT + 2 * DAY)
        edit(conn, steps=steps(rest={"wait": "5 days"}), reschedule=["rest"])
        assert stands(conn) == ("rest", NIGHT, NIGHT + 5 * DAY)


def test_a_wait_that_becomes_another_kind_needs_a_word_and_then_keeps_its_hour(database: Engine) -> None:
    waits = steps(rest={"wait": {"first_of": [{"until": "click of hello"}]}, "at_most": "9 days"})
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 2 * DAY)
        with pytest.raises(WouldStrand, match="becomes another kind of step"):
            edit(conn, steps=waits)
        edit(conn, steps=waits, moved={"rest": "rest"})
        assert stands(conn) == ("rest", NIGHT, NIGHT + 2 * DAY)


def test_nobody_takes_a_step_again_that_is_behind_her(database: Engine) -> None:
    late_hello = {"rest": WELCOME["steps"]["rest"], "say_hello": {"send": "hello"}, "ask": WELCOME["steps"]["ask"]}
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 2 * DAY, behind=("say_hello",))
        with pytest.raises(WouldStrand, match="some have say_hello behind them"):
            edit(conn, steps=late_hello)
        with pytest.raises(WouldStrand, match="some have say_hello behind them"):
            edit(conn, steps=steps(rest=None), moved={"rest": "say_hello"})
        renamed = {("say_it_again" if name == "say_hello" else name): step for name, step in late_hello.items()}
        edit(conn, steps=renamed)
        assert stands(conn) == ("rest", NIGHT, NIGHT + 2 * DAY)


def test_held_out_and_measured_members_stay_where_they_are(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "(holdout)", NIGHT, NIGHT + 14 * DAY, "held out")
        put(conn, "(goal)", NIGHT, NIGHT + 14 * DAY, "gone")
        edit(conn, steps={"say_hello": {"send": "hello"}})
        assert stands(conn, "held out") == ("(holdout)", NIGHT, NIGHT + 14 * DAY)
        assert stands(conn, "gone") == ("(goal)", NIGHT, NIGHT + 14 * DAY)


def test_quiet_hours_promised_before_the_step_went_are_kept(database: Engine) -> None:
    morning = NIGHT + timedelta(hours=31)
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "say_hello", NIGHT, morning)
        edit(conn, steps=steps(say_hello=None), moved={"say_hello": "rest"})
        assert stands(conn) == ("rest", morning, morning)


def test_who_is_moved_takes_the_step_at_the_hour_promised_and_not_at_the_next_pass(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY)
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY, "leaver")
        edit(conn, steps={"mark": {"tag": "keen"}}, moved={"rest": "mark"}, leave={"if": "purchase since entry"})
        bought = "insert into events (member_id, name, at, source) select id, 'purchase', :at, 'shop' from members"
        conn.execute(text(f"{bought} where member_key = 'leaver'"), {"at": NOW + HOUR})
        now_live = live_project(conn)
    run_pass(database, now_live, "welcome", NOW + 2 * HOUR)
    with database.begin() as conn:
        assert stands(conn) == ("mark", NIGHT + 3 * DAY, NIGHT + 3 * DAY)
        assert conn.execute(text("select count(*) from tags")).scalar_one() == 0
    run_pass(database, now_live, "welcome", NIGHT + 4 * DAY)
    with database.begin() as conn:
        assert conn.execute(text("select granted_at from tags")).scalars().all() == [NIGHT + 3 * DAY]
        ended = text("select end_reason, ended_at from enrolments order by id")
        assert conn.execute(ended).all() == [("finished", NIGHT + 3 * DAY), ("leave", NOW + HOUR)]


@pytest.mark.parametrize(("how", "hours"), [("keep", 0), ("shift", 32)])  # 30, and on to ten
def test_a_pause_ends_as_the_journey_says(database: Engine, how: str, hours: int) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=edited(pause=how)))
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY)
        edit(conn, status="paused", pause=how)
        edit(conn, NOW + 30 * HOUR, status="live", pause=how)
        assert stands(conn) == ("rest", NIGHT, NIGHT + 3 * DAY + hours * HOUR)
        edit(conn, NOW + 40 * HOUR, status="live", pause=how, title="another")
        assert stands(conn) == ("rest", NIGHT, NIGHT + 3 * DAY + hours * HOUR)


def test_a_pause_that_ends_with_an_edit_shifts_times_before_anybody_is_moved(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=edited(pause="shift")))
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY)
        edit(conn, status="paused", pause="shift")
        later = NOW + 30 * HOUR
        edit(conn, later, steps=steps(rest=None), moved={"rest": "offer"}, pause="shift")
        due = NIGHT + 3 * DAY + 32 * HOUR  # 30, and on to the ten o'clock that was promised
        assert stands(conn) == ("offer", due, due)


def test_who_is_moved_and_rescheduled_waits_by_the_new_words_or_goes_on_now(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put(conn, "rest", NIGHT, NIGHT + 3 * DAY)
        longer = steps(rest=None, pause={"wait": "5 days"})
        made = edit(conn, steps=longer, moved={"rest": "pause"}, reschedule=["pause"])
        assert stands(conn) == ("pause", NIGHT, NIGHT + 5 * DAY)
        edit(conn, NOW + HOUR, steps=steps(rest=None), moved={"pause": "offer"}, reschedule=["offer"])
        assert stands(conn) == ("offer", NOW + HOUR, NOW + HOUR)
        assert logged(conn) == [(2, "rest", "moved to pause"), (3, "pause", "moved to offer")]
    assert any("1 go on at pause, their time reckoned anew" in line for line in made.text)
