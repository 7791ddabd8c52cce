"""A pass as a whole: many chunks, crashes, poison, passes that go back, and who watches."""

from collections import Counter

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, OperationalError

from journey_engine.moving import dues
from journey_engine.moving.dues import NotApplied, PassGoesBack
from journey_engine.moving.observing import Unobserved
from journey_engine.moving.passing import run_pass
from journey_engine.moving.poison import retry_stuck
from journey_engine.store.tables.moving import journey_clocks, moves, step_counts, stuck
from journey_engine.store.tables.operation import holds, runs
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "greet": {"send": "hello"},
        "rest": {"wait": "1 day"},
        "which": {"branch": [{"if": "purchase", "do": {"thank": {"send": "thanks"}}}, {"otherwise": True}]},
    },
}


def many(database, number, *journeys):
    """A stage on which `number` members followed on 2 March at 10:00, all in one transaction."""
    stage = Stage(database, world(*(journeys or [JOURNEY])))
    with database.begin() as connection:
        connection.execute(
            text(
                "insert into members (member_key, created_at, changed_at)"
                " select 'm' || n, '2026-01-01Z', '2026-01-01Z' from generate_series(1, :number) n"
            ),
            {"number": number},
        )
        connection.execute(
            text(
                "insert into events (member_id, name, at, source) select id, 'follow', '2026-03-02 10:00+08', 'test'"
                " from members"
            )
        )
        stage.ids = {row.member_key: row.id for row in connection.execute(text("select member_key, id from members"))}
    return stage


class Watching(Unobserved):
    def __init__(self):
        self.seen = []

    def begin(self, journey, now, chunks, members):
        self.seen.append(f"begin {journey}: {members} in {chunks}")

    def chunk(self, number, of, run):
        self.seen.append(f"chunk {number}/{of}")
        return run()

    def step(self, name, parents, run):
        count = run()
        self.seen.append(f"{name} after {','.join(parents)}: {dict(count)}")
        return count

    def end(self, report):
        self.seen.append(f"end {report.entered}")


def test_an_observer_is_handed_each_step_in_dag_order_with_its_counts(database):
    stage, watching = many(database, 3), Watching()
    stage.run("2026-03-02 10:00", observer=watching)
    assert watching.seen == [
        "begin welcome: 3 in 1",
        "chunk 1/1",
        "(leave) after : {}",
        "(enter) after (leave): {'journey': 3}",
        "greet after (enter): {'next': 3}",
        "rest after greet: {'waits': 3}",
        "which after rest: {}",
        "thank after which: {}",
        "(settle) after greet,rest,which,thank: {'waits': 3}",
        "end 3",
    ]


def test_a_pass_of_several_chunks_reports_their_sums(database, monkeypatch):
    monkeypatch.setattr(dues, "CHUNK", 40)
    stage, watching = many(database, 100), Watching()
    report = stage.run("2026-03-02 10:00", observer=watching)
    assert (report.chunks, report.members, report.entered, report.intents, report.waiting) == (3, 100, 100, 100, 100)
    assert report.steps == {"greet": Counter(next=100), "rest": Counter(waits=100)}
    assert watching.seen == ["begin welcome: 100 in 3", "chunk 1/3", "chunk 2/3", "chunk 3/3", "end 100"]
    stage.run("2026-03-03 10:00")
    counted = select(step_counts.c.step, step_counts.c.outcome, step_counts.c.day, step_counts.c.members)
    ways = sorted((step, outcome, str(day), members) for step, outcome, day, members in stage.rows(counted))
    assert ways == [
        ("(end)", "finished", "2026-03-03", 100),
        ("(enter)", "journey", "2026-03-02", 100),
        ("greet", "next", "2026-03-02", 100),
        ("rest", "next", "2026-03-03", 100),
        ("which", "otherwise", "2026-03-03", 100),
    ]


def test_what_was_kept_is_judged_by_a_pass_of_many_chunks_to_which_nothing_arrived(database, monkeypatch):
    monkeypatch.setattr(dues, "CHUNK", 5)
    stage = many(database, 40)
    stage.hold("welcome", "2026-03-02 09:00")
    held = stage.run("2026-03-02 10:00")
    stage.release("2026-03-02 10:30")
    let_in = stage.run("2026-03-02 11:00")
    assert (held.chunks, held.entered, len(stage.everything()["enrolments"])) == (8, 0, 40)
    assert (let_in.chunks, let_in.entered, let_in.intents) == (8, 40, 40)
    assert stage.run("2026-03-02 11:00").members == 0


def test_a_crash_between_chunks_leaves_the_done_ones_done_and_the_next_pass_does_the_rest(database, monkeypatch):
    monkeypatch.setattr(dues, "CHUNK", 40)

    class Crash(Unobserved):
        def chunk(self, number, of, run):
            if number == 2:
                raise KeyboardInterrupt
            return run()

    stage = many(database, 100)
    with pytest.raises(KeyboardInterrupt):
        stage.run("2026-03-02 10:00", observer=Crash())
    assert len(stage.everything()["enrolments"]) == 40
    report = stage.run("2026-03-02 10:00")
    assert (report.members, report.entered) == (100, 60)  # who was let in before is looked at, and let be
    assert len(stage.everything()["intents"]) == 100


def test_a_backend_killed_in_mid_chunk_leaves_nothing_and_the_next_pass_finishes(database):
    class Kill(Unobserved):
        def step(self, name, parents, run):
            count = run()
            if name == "rest":
                with database.connect() as other:
                    other.execute(
                        text(
                            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                            " and pid <> pg_backend_pid() and state = 'idle in transaction'"
                        )
                    )
            return count

    stage = many(database, 5)
    with pytest.raises(OperationalError):
        stage.run("2026-03-02 10:00", observer=Kill())
    left = stage.everything()
    assert (left["enrolments"], left["intents"], left["waiting"], left["inside"]) == ([], [], [], [])
    assert stage.rows(select(moves)) == []
    assert stage.run("2026-03-02 10:00").entered == 5


def test_a_pass_for_an_instant_before_the_last_is_refused(database):
    stage = many(database, 1)
    stage.run("2026-03-02 10:00")
    with pytest.raises(PassGoesBack, match="2026-03-02 01:59:00 UTC lies before the last one, 2026-03-02 02:00:00 UTC"):
        run_pass(database, stage.project, "welcome", at("2026-03-02 09:59"))


def test_a_journey_that_was_never_applied_is_refused(database):
    with pytest.raises(NotApplied, match="welcome has not been applied"):
        run_pass(database, world(JOURNEY), "welcome", at("2026-03-02 10:00"))


POISON = """
create function refuse() returns trigger language plpgsql as $$
begin
    if new.member_id = (select id from members where member_key = 'm7') then
        raise exception 'this one cannot be moved';
    end if;
    return new;
end $$;
create trigger refuse before insert on moves for each row execute function refuse();
"""


def poisoned(database, number):
    stage = many(database, number)
    with database.begin() as connection:
        connection.execute(text(POISON))
    return stage


def test_a_poison_member_is_set_aside_and_all_others_move(database):
    stage = poisoned(database, 120)
    report = stage.run("2026-03-02 10:00")
    assert (report.entered, report.stuck, report.held) == (119, 1, None)
    assert stage.rows(select(stuck.c.member_id, stuck.c.reason)) == [(stage.ids["m7"], "this one cannot be moved")]
    assert stage.run("2026-03-02 11:00").members == 0
    with database.begin() as connection:
        connection.execute(text("drop trigger refuse on moves"))
        assert retry_stuck(connection, "welcome", at("2026-03-02 12:00")) == 1
    assert stage.run("2026-03-02 12:00").entered == 1
    assert stage.path("m7")[0] == "2026-03-02 10:00 (enter) journey"


def test_more_than_one_in_a_hundred_stuck_stops_the_journey(database):
    stage = poisoned(database, 99)
    report = stage.run("2026-03-02 10:00")
    assert report.stuck == 1
    assert stage.rows(select(holds.c.scope, holds.c.name)) == [("journey", "welcome")]
    assert report.held == "1 of 99 members could not be moved, which is more than 1 %."
    assert stage.run("2026-03-03 10:00").finished == 0


def test_a_pass_leaves_a_run_with_its_counts_and_an_idle_one_leaves_none(database):
    stage = many(database, 2)
    stage.run("2026-03-02 10:00")
    stage.run("2026-03-02 11:00")
    (found,) = stage.rows(select(runs.c.kind, runs.c.name, runs.c.status, runs.c.counts))
    assert found[:3] == ("pass", "welcome", "completed")
    assert (found[3]["entered"], found[3]["intents"]) == (2, 2)


def test_the_cursor_and_the_last_now_move_only_after_the_last_chunk(database):
    class Crash(Unobserved):
        def end(self, report):
            raise AssertionError("not reached")

        def chunk(self, number, of, run):
            raise RuntimeError

    stage = many(database, 2)
    before = stage.rows(select(journey_clocks))
    with pytest.raises(RuntimeError):
        stage.run("2026-03-02 10:00", observer=Crash())
    assert stage.rows(select(journey_clocks)) == before


def test_two_passes_at_once_do_everything_once(database):
    from concurrent.futures import ThreadPoolExecutor

    stage = many(database, 200)
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(lambda _: stage.run("2026-03-02 10:00"), range(2)))
    assert sum(report.entered for report in both) == 200
    assert len(stage.everything()["intents"]) == 200


def test_other_failures_of_a_statement_are_not_taken_for_poison(database):
    class Cancelled(Unobserved):
        def step(self, name, parents, run):
            raise OperationalError("select 1", {}, Exception("canceling statement due to user request"))

    stage = many(database, 2)
    with pytest.raises(DBAPIError):
        stage.run("2026-03-02 10:00", observer=Cancelled())
    assert stage.rows(select(stuck)) == []
