"""Files to live definitions: what a plan says, what apply writes, and whom neither would leave standing nowhere."""

from __future__ import annotations

import copy
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.language.graph import graph
from journey_engine.language.project import Project
from journey_engine.planning import NothingApplied, PlanIsStale, WouldStrand, apply, live_project, plan
from tests.alike import alike

NIGHT = datetime(2026, 11, 21, 18, tzinfo=UTC)
LATER = datetime(2026, 11, 22, 18, tzinfo=UTC)

WELCOME: dict[str, Any] = {
    "journey": "welcome",
    "title": "新好友歡迎旅程",
    "status": "live",
    "enter": {"on": "follow", "again": "never"},
    # In an order that neither the alphabet nor the length of the names would give.
    "steps": {
        "say_hello": {"send": "hello"},
        "rest": {"wait": "1 day", "until": "10:00"},
        "ask": {
            "wait": {"first_of": [{"until": "click of hello", "do": {"mark": {"tag": "keen +2 for 90 days"}}}]},
            "at_most": "3 days",
            "otherwise": {"do": {"nudge": {"send": "hello", "if": "not tag keen"}}},
        },
        "offer": {"split": {"story": {"share": "30%", "do": {}}, "a": {"share": "70%", "do": {}}}},
    },
}


@alike
def project(**journeys: dict[str, Any]) -> Project:
    return Project.model_validate(
        {
            "schema": {"attributes": {"tier": {"type": "text"}}, "events": {"purchase": {"value": "money"}}},
            "policy": {"zone": "Asia/Taipei", "language": "en", "quiet_hours": "21:00-09:00"},
            "stages": {"stages": [{"stage": "acquire", "otherwise": True}]},
            "messages": {"hello": {"message": "hello", "title": "問候", "topic": "news", "say": [{"text": "您好"}]}},
            "journeys": journeys,
        }
    )


def edited(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WELCOME), **changes}


def apply_now(conn: Connection, what: Project, now: datetime = NIGHT) -> None:
    apply(conn, plan(conn, what, now), "a test")


def put_inside(conn: Connection, step: str) -> None:
    """One member who waits at `step` of welcome."""
    conn.execute(
        text("insert into members (member_key, created_at, changed_at) values ('m1', :now, :now)"), {"now": NIGHT}
    )
    conn.execute(
        text(
            "insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm)"
            " select 'welcome', id, 1, 1, :now, 'event:1', '{}', 'journey' from members"
        ),
        {"now": NIGHT},
    )
    conn.execute(
        text(
            "insert into waiting (enrolment_id, journey, member_id, step, arrived_at, due_at, wake_at)"
            " select id, journey, member_id, :step, :now, :now, :now from enrolments"
        ),
        {"step": step, "now": NIGHT},
    )


def without_step(name: str) -> dict[str, Any]:
    return edited(steps={step: body for step, body in WELCOME["steps"].items() if step != name})


def test_nothing_applied_is_said_so(database: Engine) -> None:
    with database.begin() as conn, pytest.raises(NothingApplied):
        live_project(conn)


def test_what_was_applied_comes_back_equal_and_in_its_order(database: Engine) -> None:
    files = project(welcome=WELCOME)
    with database.begin() as conn:
        apply_now(conn, files)
    with database.begin() as conn:
        live = live_project(conn)
    assert live == files
    assert [node.name for node in graph(live.journeys["welcome"]).nodes] == [
        "say_hello", "rest", "ask", "mark", "nudge", "offer",
    ]  # fmt: skip
    assert list(live.journeys["welcome"].steps["offer"].split) == ["story", "a"]


def test_unchanged_files_make_no_new_version(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
    with database.begin() as conn:
        again = plan(conn, project(welcome=WELCOME), LATER)
        apply(conn, again, "a test")
        assert again.changes == ()
        assert again.text == ("LINE: sandbox", "Nothing to change.")
        assert conn.execute(text("select max(version), count(*) from definitions")).one() == (1, 5)


def test_an_edit_is_a_second_version_and_the_first_is_kept(database: Engine) -> None:
    longer = edited(steps={**WELCOME["steps"], "rest": {"wait": "2 days", "until": "10:00"}})
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put_inside(conn, "rest")
        made = plan(conn, project(welcome=longer), LATER)
        apply(conn, made, "小陳")
        rows = conn.execute(
            text(
                "select version, applied_by, applied_at, replaced_at from definitions"
                " where kind = 'journey' order by version"
            )
        ).all()
    assert [tuple(row) for row in rows] == [(1, "a test", NIGHT, LATER), (2, "小陳", LATER, None)]
    assert [" ".join(line.split()) for line in made.text[1:3]] == [
        "~ journey welcome v1 → v2 live",
        "~ rest wait: 1 day → 2 days (1 waiting keep the hour they were promised; or: reschedule: [rest])",
    ]


def test_a_journey_that_goes_live_counts_its_triggers_from_then(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=edited(status="draft")))
        assert conn.execute(text("select count(*) from journey_clocks")).scalar_one() == 0
    with database.begin() as conn:
        # Other databases of the server have transactions, too: the horizon may move meanwhile.
        horizon = text("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        before = conn.execute(horizon).scalar_one()
        apply_now(conn, project(welcome=WELCOME), LATER)
        since, last, seen = conn.execute(text("select live_since, last_now, seen from journey_clocks")).one()
        assert before <= seen <= conn.execute(horizon).scalar_one()
    assert (since, last) == (LATER, LATER)


def test_a_journey_that_resumes_keeps_its_unread_arrivals_but_not_its_triggers(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        conn.execute(text("update journey_clocks set seen = 7"))
        apply_now(conn, project(welcome=edited(status="paused")))
        apply_now(conn, project(welcome=WELCOME), LATER)
        assert tuple(conn.execute(text("select live_since, last_now, seen from journey_clocks")).one()) == (
            LATER,
            NIGHT,
            7,
        )


def test_an_edit_of_a_live_journey_keeps_its_beginning(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        apply_now(conn, project(welcome=edited(title="歡迎")), LATER)
        assert conn.execute(text("select live_since from journey_clocks")).scalar_one() == NIGHT


@pytest.mark.parametrize(
    ("step", "after", "words"),
    [
        ("rest", without_step("rest"), "Step rest of journey welcome is removed or renamed, and 1 wait there."),
        (
            "rest",
            edited(steps={**WELCOME["steps"], "rest": {"send": "hello"}}),
            "Step rest of journey welcome becomes another kind of step, and 1 wait there.",
        ),
        ("rest", edited(status="draft"), "Journey welcome goes back to draft, and 1 are inside it"),
    ],
)
def test_an_edit_that_would_strand_someone_is_refused(
    database: Engine, step: str, after: dict[str, Any], words: str
) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put_inside(conn, step)
        made = plan(conn, project(welcome=after), LATER)
        assert words in made.text[-2]
        with pytest.raises(WouldStrand, match=words) as refused:
            apply(conn, made, "a test")
        assert refused.value.where == "journeys/welcome.yaml"
        assert live_project(conn) == project(welcome=WELCOME)


def test_a_file_that_is_gone_while_members_are_inside_is_refused(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put_inside(conn, "rest")
        with pytest.raises(WouldStrand, match=r"The file of journey welcome is gone, and 1 are inside it\."):
            apply_now(conn, project(), LATER)


def test_who_arrived_after_the_plan_was_made_is_seen_by_apply(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        made = plan(conn, project(welcome=without_step("rest")), LATER)
        assert made.questions == ()
        put_inside(conn, "rest")
        with pytest.raises(WouldStrand):
            apply(conn, made, "a test")


def test_a_step_nobody_waits_at_may_go_and_held_out_members_need_none(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        put_inside(conn, "(holdout)")
        apply_now(conn, project(welcome=without_step("rest")), LATER)
        assert "rest" not in live_project(conn).journeys["welcome"].steps


def test_a_removed_file_that_comes_back_goes_on_counting(database: Engine) -> None:
    with database.begin() as conn:
        apply_now(conn, project(welcome=WELCOME))
        apply_now(conn, project(), LATER)
        assert live_project(conn).journeys == {}
        apply_now(conn, project(welcome=WELCOME), LATER)
        versions = text("select version from definitions where kind = 'journey' and replaced_at is null")
        assert conn.execute(versions).scalar_one() == 2


def test_a_plan_made_before_another_was_applied_is_refused(database: Engine) -> None:
    with database.begin() as conn:
        early = plan(conn, project(welcome=WELCOME), NIGHT)
        apply_now(conn, project(welcome=edited(title="歡迎")))
        with pytest.raises(PlanIsStale):
            apply(conn, early, "a test")
