"""Any edit of a journey with members inside: refused, or nobody is stranded, no promise broken, no step taken again."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import event as told
from hypothesis import strategies as st
from sqlalchemy import Connection, Engine, text

from journey_engine.language.graph import graph
from journey_engine.language.journey import Wait
from journey_engine.language.project import Project
from journey_engine.moving.tick import tick
from journey_engine.planning import WouldStrand, apply, live_project, plan
from tests.conftest import examples
from tests.planning.test_planning import project

EXAMPLES = int(os.environ.get("EDITS_EXAMPLES", examples(30)))
START = datetime(2026, 11, 1, 2, tzinfo=UTC)
HOUR = timedelta(hours=1)
NAMES = "abcdefgh"
_FORGET = text(
    "truncate members, identities, events, event_keys, tags, friendships, enrolments, inside, waiting, entrances,"
    " moves, refusals, step_counts, stuck, intents, definitions, journey_clocks, runs, applications cascade"
)

waits = st.one_of(
    st.builds(lambda n: {"wait": f"{n} hours"}, st.integers(12, 90)),
    st.builds(lambda n: {"wait": f"{n} days", "until": "10:00"}, st.integers(2, 4)),
    st.builds(lambda n: {"wait": {"first_of": [{"until": "purchase"}]}, "at_most": f"{n} days"}, st.integers(1, 3)),
)
others = st.sampled_from(
    [
        {"send": "hello"},
        {"tag": "keen +1 for 9 days"},
        {"tag": "keen", "if": "purchase"},
        {"send": "hello", "if": "purchase"},
    ]
)
bodies = st.one_of(waits, waits, others)
Steps = dict[str, dict[str, Any]]


@st.composite
def journeys(draw: Any) -> Steps:
    """Two to five steps; the first or the second is a wait, so that an edit finds somebody somewhere."""
    names = draw(st.lists(st.sampled_from(NAMES), min_size=2, max_size=5, unique=True))
    steps = {name: draw(bodies) for name in names}
    return {**steps, names[draw(st.integers(0, 1))]: draw(waits)}


@st.composite
def edits(draw: Any, steps: Steps) -> dict[str, Any]:
    """The journey's new words: steps taken out, put in, put elsewhere, written otherwise; with and without answers."""
    order, written, gone = [*steps], dict(steps), set[str]()
    occupied = [name for name, step in steps.items() if "wait" in step]
    for _ in range(draw(st.integers(1, 3))):
        what = draw(st.sampled_from(["out", "out", "in", "elsewhere", "otherwise", "otherwise"]))
        name = draw(st.sampled_from([*order, *(name for name in occupied if name in order)]))
        if what == "out" and len(order) > 1:
            order.remove(name)
            gone.add(name)
        elif what == "in" and (free := [each for each in NAMES if each not in order]):
            new = draw(st.sampled_from(free))
            written[new] = draw(bodies)
            order.insert(draw(st.integers(0, len(order))), new)
        elif what == "elsewhere":
            order.remove(name)
            order.insert(draw(st.integers(0, len(order))), name)
        elif what == "otherwise":
            written[name] = draw(bodies)
            gone.add(name)
    answered = [name for name in sorted(gone) if draw(st.integers(0, 3))]
    moved = {name: draw(st.sampled_from(order)) for name in answered}
    anew = draw(st.lists(st.sampled_from(order), unique=True)) if draw(st.booleans()) else []
    return {"steps": {name: written[name] for name in order}, "moved": moved, "reschedule": anew}


def brand(steps: Steps, **more: Any) -> Project:
    enter = {"on": "follow", "again": "never"}
    return project(
        welcome={"journey": "welcome", "title": "t", "status": "live", "enter": enter, "steps": steps, **more}
    )


@pytest.fixture(scope="module")
def shared_database(make_database: Callable[[], Engine]) -> Engine:
    return make_database()


def begin(database: Engine, steps: Steps, follows: list[int], buys: list[int], now: datetime) -> None:
    """The journey is live and has run up to `now`, with members at whatever steps they came to."""
    with database.begin() as conn:
        conn.execute(_FORGET)
        apply(conn, plan(conn, brand(steps), START), "a test")
        for number, hours in enumerate(follows):
            at = START + hours * HOUR
            conn.execute(
                text("insert into members (member_key, created_at, changed_at) values (:key, :at, :at)"),
                {"key": f"m{number}", "at": at},
            )
            event(conn, f"m{number}", "follow", at)
            for later in buys[number : number + 1]:
                event(conn, f"m{number}", "purchase", at + later * HOUR)
        live = live_project(conn)
    tick(database, live, now)


def event(conn: Connection, key: str, name: str, at: datetime) -> None:
    row = "insert into events (member_id, name, at, source) select id, :name, :at, 'line' from members"
    conn.execute(text(f"{row} where member_key = :key"), {"key": key, "name": name, "at": at})


def stands(conn: Connection) -> dict[int, tuple[str, datetime, datetime]]:
    rows = conn.execute(text("select enrolment_id, step, arrived_at, due_at from waiting where step not like '(%'"))
    return {number: (step, arrived, due) for number, step, arrived, due in rows}


def lines(conn: Connection) -> Iterator[tuple[int, list[dict[str, Any]]]]:
    """Each enrolment's path, without what apply wrote into it."""
    paths: dict[int, list[dict[str, Any]]] = {}
    rows = "select enrolment_id, path from moves join runs on runs.id = run_id where kind = 'pass' order by moves.id"
    for number, path in conn.execute(text(rows)):
        paths.setdefault(number, []).extend(path)
    yield from paths.items()


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_an_edit_strands_nobody_and_keeps_every_promise(shared_database: Engine, data: st.DataObject) -> None:
    database = shared_database
    steps = data.draw(journeys(), "steps")
    follows = data.draw(st.lists(st.integers(0, 60), min_size=3, max_size=8), "follows")
    buys = data.draw(st.lists(st.integers(1, 100), max_size=4), "buys")
    now = START + data.draw(st.integers(24, 90), "now") * HOUR
    edit = data.draw(edits(steps), "edit")
    begin(database, steps, follows, buys, now)
    with database.begin() as conn:
        before = stands(conn)
        made = plan(conn, brand(**edit), now)
        try:
            apply(conn, made, "a test")
        except WouldStrand:
            assert made.questions
            assert stands(conn) == before
            told("refused")
            return
        assert not made.questions
        live = live_project(conn)
        told("moved" if stands(conn) != before else "kept" if before else "nobody inside")
        check_promises(live, edit, before, stands(conn), now, steps)
    for days in (1, 2, 30):
        tick(database, live, now + timedelta(days=days))
    with database.begin() as conn:
        assert conn.execute(text("select count(*) from stuck")).scalar_one() == 0
        assert conn.execute(text("select count(*) from enrolments where ended_at is null")).scalar_one() == 0
        for _, path in lines(conn):
            check_path(path)


def check_promises(live: Project, edit: dict[str, Any], before: Any, after: Any, now: datetime, old: Steps) -> None:
    """Everyone stands at a step that is there, since when and until when she stood before; exceptions are announced."""
    new = {node.name: node.step for node in graph(live.journeys["welcome"]).nodes}
    assert after.keys() == before.keys()
    for number, (step, arrived, due) in after.items():
        was, came, promised = before[number]
        assert step in new
        if step in edit["reschedule"]:
            assert due >= min(now, promised)
        elif (isinstance(new[step], Wait) and ("wait" in old[was] or step == was)) or (
            step == was and (was not in edit["moved"] or old[was].keys() == edit["steps"][step].keys())
        ):
            assert (arrived, due) == (came, promised)
        else:
            assert arrived == due == max(promised, now)


def check_path(path: list[dict[str, Any]]) -> None:
    """Instants never go back, and each step is taken once (quiet hours before it are a line of their own)."""
    at = [datetime.fromisoformat(line["at"]) for line in path]
    assert at == sorted(at), path
    taken = [line["step"] for line in path if line["outcome"] != "quiet"]
    assert len(taken) == len(set(taken)), path


@settings(max_examples=max(1, EXAMPLES // 3), deadline=None)
@given(data=st.data())
def test_an_edit_of_words_changes_nobodys_way(shared_database: Engine, data: st.DataObject) -> None:
    steps = data.draw(journeys(), "steps")
    follows = data.draw(st.lists(st.integers(0, 60), min_size=3, max_size=8), "follows")
    buys = data.draw(st.lists(st.integers(1, 100), max_size=4), "buys")
    hours = sorted(data.draw(st.lists(st.integers(1, 200), min_size=1, max_size=3, unique=True), "edits"))
    ways: list[list[Any]] = []
    for edited_at in ([], hours):
        begin(shared_database, steps, follows, buys, START + HOUR / 2)
        for number, hour in enumerate(edited_at):
            now = START + hour * HOUR
            with shared_database.begin() as conn:
                apply(conn, plan(conn, brand(steps, owner=f"{number}", moved={"z": next(iter(steps))}), now), "a test")
                live = live_project(conn)
            tick(shared_database, live, now)
        with shared_database.begin() as conn:
            live = live_project(conn)
        tick(shared_database, live, START + timedelta(days=40))
        with shared_database.begin() as conn:
            assert conn.execute(text("select count(*) from enrolments where ended_at is null")).scalar_one() == 0
            ways.append([(line["step"], line["at"], line["outcome"]) for _, path in lines(conn) for line in path])
    assert sorted(ways[0]) == sorted(ways[1])
