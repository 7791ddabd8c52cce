"""A pass of many chunks gathers what arrived once: what becomes of it meanwhile, and that nothing of it stays."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from journey_engine.moving import dues
from journey_engine.moving.observing import ChunkReport, Unobserved
from tests.compiler.rows import at
from tests.moving.stage import Stage
from tests.moving.test_passing import many

NOW = "2026-03-02 10:00"
TABLES = text("select relpersistence from pg_class where relname = 'gathered'")


class Before(Unobserved):
    """Does something before the second chunk."""

    def __init__(self, work: Callable[[], object]) -> None:
        self.work = work

    def chunk(self, number: int, of: int, run: Callable[[], ChunkReport]) -> ChunkReport:
        assert of == 8
        if number == 2:
            self.work()
        return run()


@pytest.fixture
def stage(database: Engine, monkeypatch: pytest.MonkeyPatch) -> Stage:
    monkeypatch.setattr(dues, "CHUNK", 5)
    stage = many(database, 40)
    with database.begin() as connection:
        connection.execute(text("""update events set properties = '{"shop": "east"}'"""))
    return stage


def test_it_lies_in_a_table_of_the_session_that_is_gone_with_the_pass(stage: Stage) -> None:
    seen: list[str] = []
    report = stage.run(NOW, observer=Before(lambda: seen.extend(row[0] for row in stage.rows(TABLES))))
    assert (report.entered, seen) == (40, ["t"])
    assert stage.rows(TABLES) == []


def test_nothing_of_who_was_erased_meanwhile_is_written(stage: Stage) -> None:
    def erase() -> None:
        with stage.engine.begin() as connection:
            connection.execute(text("update members set erased_at = :at"), {"at": at(NOW)})
            connection.execute(text("update events set properties = '{}'"))

    report = stage.run(NOW, observer=Before(erase))
    assert report.entered == 40
    entries = stage.rows(text("select entry, count(*) from enrolments group by 1 order by 2"))
    assert entries == [({"shop": "east"}, 5), ({}, 35)]


def test_what_arrives_meanwhile_is_the_next_passes(stage: Stage) -> None:
    stage.member("late")
    again = [f"m{number}" for number in range(1, 41)]

    def tell() -> None:
        stage.events([(at(NOW), "follow", key, {}) for key in ("late", *again)])

    first = stage.run(NOW, observer=Before(tell))
    assert (first.entered, first.refused) == (40, {})
    second = stage.run(NOW)
    assert (second.members, second.entered, second.refused) == (41, 1, {"inside": 40})
    assert stage.run(NOW).members == 0
