"""Several processes walk one pass: nobody moves twice, nobody is left, and a helper that dies costs nothing."""

from __future__ import annotations

import threading
import time
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from journey_engine.moving import dues
from journey_engine.moving.observing import PassReport
from journey_engine.moving.passing import help_pass, run_pass
from journey_engine.moving.sharing import Sharing, add_counted, counted
from tests import beside
from tests.compiler.rows import at
from tests.moving.helping import helping
from tests.moving.stage import Stage
from tests.moving.test_passing import JOURNEY, many

NOW = "2026-03-02 10:01"
DONE = text("select count(*) from shares where done_at is not null")
PATHS = text("select path, count(*) from moves group by path")
WISHES = text("select message, count(*), count(distinct member_id) from intents group by 1")


@pytest.fixture
def stage(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(dues, "CHUNK", 5)
    return many(database, 40)


def scalar(engine: Engine, statement: str) -> int:
    with engine.connect() as connection:
        return connection.execute(text(statement)).scalar_one()


def led(stage: Stage, sharing: Sharing) -> PassReport:
    return run_pass(stage.engine, stage.project, "welcome", at(NOW), sharing=sharing)


def has_all_walked_once(stage: Stage, report: PassReport) -> bool:
    """Forty entered, got one message and wait; nothing is left of the sharing, and the next pass finds nobody."""
    assert (report.entered, report.intents, report.waiting, report.chunks) == (40, 40, 40, 8)
    assert stage.rows(WISHES) == [("hello", 40, 40)]
    assert scalar(stage.engine, "select count(*) from enrolments") == 40
    assert [number for _, number in stage.rows(PATHS)] == [40]
    assert scalar(stage.engine, "select count(*) from shares") == 0
    again = run_pass(stage.engine, stage.project, "welcome", at(NOW))
    return again.members == 0


def test_two_processes_walk_the_path_that_one_walks(stage: Stage, tmp_path: Path) -> None:
    helpers: list[BaseProcess] = []

    def call(_journey: str, run: int) -> None:
        url = stage.engine.url.render_as_string(hide_password=False)
        helpers.append(beside.start(helping, url, run, tmp_path / "told"))
        until = time.monotonic() + 60
        while not scalar(stage.engine, DONE.text) and time.monotonic() < until:
            time.sleep(0.02)

    report = led(stage, Sharing(call, least=2))
    helpers[0].join(60)

    assert has_all_walked_once(stage, report)
    assert 5 <= int((tmp_path / "told").read_text()) <= 40
    assert scalar(stage.engine, "select (counts->>'entered')::int from runs order by id limit 1") == 40


def test_a_chunk_whose_helper_died_is_walked_by_the_pass_itself(stage: Stage) -> None:
    dying = stage.engine.connect().execution_options(isolation_level="AUTOCOMMIT")

    def call(_journey: str, run: int) -> None:
        dying.execute(text(f"select pg_advisory_lock(hashtextextended('share {run} 15', 0))"))
        threading.Timer(0.3, dying.invalidate).start()

    assert has_all_walked_once(stage, led(stage, Sharing(call, least=2)))
    dying.close()


def test_nobody_has_to_come(stage: Stage) -> None:
    assert has_all_walked_once(stage, led(stage, Sharing(lambda _journey, _run: None, least=2)))


def test_a_small_pass_calls_nobody(stage: Stage) -> None:
    called: list[int] = []

    assert led(stage, Sharing(lambda _journey, run: called.append(run), least=9)).entered == 40
    assert called == []


def test_who_comes_too_late_finds_nothing_to_do(stage: Stage) -> None:
    runs: list[int] = []
    report = led(stage, Sharing(lambda _journey, run: runs.append(run), least=2))
    late = help_pass(stage.engine, stage.project, "welcome", at(NOW), runs[0])

    assert (late.members, late.entered) == (0, 0)
    assert has_all_walked_once(stage, report)


def test_a_pass_that_was_killed_leaves_the_rest_to_the_next_one(stage: Stage) -> None:
    class Killed(BaseException):
        pass

    def call(_journey: str, run: int) -> None:
        help_pass(stage.engine, stage.project, "welcome", at(NOW), run)  # the helper goes on; the cursor stays
        raise Killed

    with pytest.raises(Killed):
        led(stage, Sharing(call, least=2))
    assert scalar(stage.engine, "select count(*) from enrolments") == 40

    after = led(stage, Sharing(lambda _journey, _run: None, least=2))

    assert after.entered == 0
    assert stage.rows(WISHES) == [("hello", 40, 40)]


def test_what_a_chunk_did_is_kept_and_added_up(database: Engine) -> None:
    alone = run_pass(database, many(database, 3).project, "welcome", at(NOW))
    twice = PassReport()
    for _ in range(2):
        add_counted(twice, counted(alone))

    assert (twice.entered, twice.intents, twice.waiting) == (6, 6, 6)
    assert twice.steps["greet"] == {"next": 6}
    assert JOURNEY["journey"] == alone.journey
