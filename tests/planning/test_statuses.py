"""What going live, pausing, retiring and being a draft again do to triggers and arrivals, by apply and real passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.language.project import Project
from journey_engine.moving.tick import tick
from journey_engine.planning import apply, live_project, plan
from tests.planning.inside import DAY, HOUR, NIGHT
from tests.planning.test_planning import edited, project

START = NIGHT + 8 * HOUR  # ten in the morning in Taipei
STEPS = {"rest": {"wait": "9 days"}}


def made(status: str, **more: Any) -> Project:
    return project(welcome=edited(status=status, steps=STEPS, **more))


def go(database: Engine, what: Project, now: Any) -> None:
    with database.begin() as conn:
        apply(conn, plan(conn, what, now), "a test")


def run(database: Engine, now: Any) -> None:
    with database.begin() as conn:
        live = live_project(conn)
    tick(database, live, now)


def follow(conn: Connection, key: str, at: Any) -> None:
    conn.execute(text("insert into members (member_key, created_at, changed_at) values (:key, :at, :at)"),
                 {"key": key, "at": at})  # fmt: skip
    conn.execute(text("insert into events (member_id, name, at, source) select id, 'follow', :at, 'line' from members"
                      " where member_key = :key"), {"key": key, "at": at})  # fmt: skip


def entered(database: Engine) -> list[str]:
    with database.begin() as conn:
        return list(conn.execute(text(
            "select member_key from enrolments join members on members.id = member_id order by enrolments.id"
        )).scalars())  # fmt: skip


def test_triggers_count_from_going_live_and_never_from_a_pause_or_a_draft(database: Engine) -> None:
    spans = ["live", "paused", "live", "retired", "draft", "live"]
    for number, status in enumerate(spans):
        at = START + number * DAY
        if status == "draft":
            with database.begin() as conn:
                conn.execute(text("update enrolments set ended_at = :at, end_reason = 'finished'"), {"at": at})
                conn.execute(text("delete from waiting"))
                conn.execute(text("delete from inside"))
        go(database, made(status), at)
        with database.begin() as conn:
            follow(conn, f"{number} {status}", at + HOUR)
        run(database, at + 2 * HOUR)
    assert entered(database) == ["0 live", "2 live", "5 live"]


def test_a_pause_is_written_down_and_ended(database: Engine) -> None:
    asked = text("select paused_at, resumed_at from journey_clocks")
    go(database, made("live", pause="shift"), START)
    go(database, made("paused", pause="shift"), START + DAY)
    with database.begin() as conn:
        assert tuple(conn.execute(asked).one()) == (START + DAY, None)
    go(database, made("live", pause="shift"), START + 2 * DAY)
    with database.begin() as conn:
        assert tuple(conn.execute(asked).one()) == (None, START + 2 * DAY)


def test_a_draft_that_goes_live_again_forgets_what_its_former_life_had_read(database: Engine) -> None:
    go(database, made("live"), START)
    with database.begin() as conn:
        follow(conn, "early", START + HOUR)
    run(database, START + 2 * HOUR)
    with database.begin() as conn:
        assert conn.execute(text("select snapshot from journey_clocks")).scalar_one() is not None
        conn.execute(text("update enrolments set ended_at = :at, end_reason = 'finished'"), {"at": START + DAY})
        for table in ("waiting", "inside"):
            conn.execute(text(f"delete from {table}"))
        conn.execute(
            text("insert into entrances (journey, member_id, entry_ref, at, entry)"
                 " select 'welcome', id, 'event:77', :at, '{}' from members"), {"at": START + HOUR}
        )  # fmt: skip
    go(database, made("draft"), START + 2 * DAY)
    go(database, made("live"), START + 3 * DAY)
    with database.begin() as conn:
        assert conn.execute(text("select snapshot, seen > 0 from journey_clocks")).one() == (None, True)
        assert conn.execute(text("select count(*) from entrances")).scalar_one() == 0
        follow(conn, "late", START + 3 * DAY + HOUR)
    run(database, START + 3 * DAY + 2 * HOUR)
    assert entered(database) == ["early", "late"]


@pytest.mark.parametrize(("existing", "who"), [("include", ["there", "joins"]), ("ignore", ["joins"])])
def test_who_is_in_the_segment_already_enters_only_if_the_file_says_so(
    database: Engine, existing: str, who: list[str]
) -> None:
    joined = text("insert into segment_members (segment, member_id, joined_at) select 'golden', id, :at from members"
                  " where member_key = :key")  # fmt: skip
    with database.begin() as conn:
        for key, at in (("there", START - 9 * DAY), ("joins", START + HOUR)):
            follow(conn, key, START - 10 * DAY)
            if at < START:
                conn.execute(joined, {"key": key, "at": at})
    golden = {"segment": "golden", "title": "金卡", "is": "tier = '金卡'"}
    enter = {"joins": "golden", "again": "never", "existing": existing}
    base = made("live", enter=enter).model_dump(mode="json", by_alias=True, exclude_unset=True)
    go(database, Project.model_validate({**base, "segments": {"golden": golden}}), START)
    run(database, START + timedelta(minutes=1))
    with database.begin() as conn:
        conn.execute(joined, {"key": "joins", "at": START + HOUR})
    run(database, START + 2 * HOUR)
    assert entered(database) == who


def test_a_goal_that_an_edit_changes_is_looked_for_in_the_own_time_of_those_who_have_gone(database: Engine) -> None:
    def asked(goal: str) -> Project:
        rule = {"if": goal, "within": "24 hours", "then": "stay"}
        return project(welcome=edited(status="live", steps={"mark": {"tag": "keen"}}, goal=rule))

    go(database, asked("visit since entry"), START)
    with database.begin() as conn:
        for key, hours in (("soon", 2), ("late", 30)):
            follow(conn, key, START)
            conn.execute(text(
                "insert into events (member_id, name, at, source, value) select id, 'purchase', :at, 'shop', 1"
                " from members where member_key = :key"), {"key": key, "at": START + hours * HOUR})  # fmt: skip
    run(database, START + 3 * DAY)
    go(database, asked("purchase since entry"), START + 4 * DAY)
    run(database, START + 4 * DAY + HOUR)
    with database.begin() as conn:
        reached = "select member_key, goal_at from enrolments join members on members.id = member_id order by 1"
        assert conn.execute(text(reached)).all() == [("late", None), ("soon", START + 2 * HOUR)]
        assert conn.execute(text("select count(*) from waiting")).scalar_one() == 0
