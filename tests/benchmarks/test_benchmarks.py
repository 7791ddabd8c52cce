"""The benchmarks run to their end and compare equal work; how fast anything was is not asserted here."""

import pytest

from benchmarks import ageing, growth, keeping, plot, recording, world
from benchmarks.__main__ import OPERATIONS, Asked, held_by_disk, members_of, run, size_of
from benchmarks.measuring import Cost, Meter, ResultsDiffer, expect, median_of
from benchmarks.outcome import Comparison
from benchmarks.population import Ground
from benchmarks.recording import Measured
from journey_engine.settings import Settings


def test_every_operation_does_the_same_work_as_its_floor_and_is_written_down(databases, tmp_path, capsys):
    settings = Settings(project=tmp_path, database_url=databases.url.render_as_string(hide_password=False))
    (path,) = run(settings, Asked([100], 1, list(OPERATIONS), tmp_path / "results"))
    told, page = capsys.readouterr().out, path.read_text(encoding="utf-8")
    told = told[: told.index("WAL bytes a row")]
    rows = [line.split("|")[1].strip() for line in told.splitlines() if line.startswith("|")][2:-1]
    assert rows == [
        "`journeys --help` (0.3 s at most)",
        "`journeys check` of 100 files (1 s at most)",
        "first tick, everyone enters",
        "later tick, branch and send",
        "5 ticks, 0.1 % due among all who wait",
        "one pass over 90 days",
        "rebuild of 10 segments",
        "nightly refresh of 10 segments",
        *["10 segments from nothing"] * 3,
        *["10 segments, a night later"] * 3,
        "event ingest: stage and accept",
        "sender without HTTP",
        "first tick, times faster than",
        "taps led on and kept",
        "import of members through the gate",
    ]
    assert "insert into floor.enrolments select * from public.enrolments;" in page
    assert "copy floor.orders from stdin (format csv, header);" in page
    assert str(tmp_path) not in page


def test_what_a_backend_and_this_process_compute_is_counted_apart(empty_database):
    with Meter().watching() as meter:

        def work():
            with empty_database.connect() as connection:
                connection.exec_driver_sql("select count(*) from generate_series(1, 1500000)")

        cost, _ = meter.of(work)
    assert cost.backends > 0.05
    assert cost.process < cost.backends


def test_a_difference_in_results_ends_the_run():
    with pytest.raises(ResultsDiffer, match="rows: 3, but 4 were expected"):
        expect("rows", 3, 4)


def test_ratios_are_of_medians_and_a_loop_is_told_per_member():
    found = Comparison("a", "b", (), 1.8, 1.4, 1000)
    for ours, floor in ((1.0, 1.0), (3.0, 2.0), (9.0, 2.25)):
        found.add(Cost(0, ours, 1), Cost(floor, 0, 1))
    assert (found.ratio, found.spread, found.met) == (1.5, (1.0, 4.0), "reach")
    loop = Comparison("a", "b", (), 200, 500, 1000, floor_rows=10, faster=True)
    loop.add(Cost(0.5, 0.5, 1), Cost(2.0, 1.0, 1))
    assert (loop.ratio, loop.met) == (300, "reach")
    assert median_of([Cost(1, 5, 9), Cost(2, 4, 8), Cost(3, 6, 7)]) == Cost(2, 5, 8)


def test_sizes_are_read_as_they_are_written():
    assert [members_of(size) for size in ("200", "50k", "1M")] == [200, 50_000, 1_000_000]
    assert [size_of(members) for members in (200, 50_000, 1_500_000, 1_000_000)] == ["200", "50k", "1500k", "1M"]


def test_sizes_that_the_disk_cannot_hold_are_told_and_left_out(tmp_path, capsys):
    assert held_by_disk([100, 10**12], tmp_path) == [100]
    told = capsys.readouterr().out
    assert told.startswith("1,000,000,000,000 members left out: they want 20,000,000 GB, and ")
    assert told.count("left out") == 1


def test_a_stopped_run_keeps_what_it_measured(databases, tmp_path, monkeypatch):
    def fails(*_):
        raise ResultsDiffer("rows")

    monkeypatch.setitem(OPERATIONS, "resting", fails)
    settings = Settings(project=tmp_path, database_url=databases.url.render_as_string(hide_password=False))
    with pytest.raises(ResultsDiffer):
        run(settings, Asked([100], 1, ["starting", "resting"], tmp_path))
    assert "journeys check" in (tmp_path / "100.md").read_text(encoding="utf-8")
    assert list(recording.recorded(tmp_path, "100")) == ["starting"]


def test_an_operation_is_run_three_times_and_once_from_a_million_members_on(tmp_path):
    asked = Asked([100], None, [], tmp_path)
    assert [asked.times(members) for members in (50_000, 1_000_000)] == [3, 1]
    assert Asked([100], 2, [], tmp_path).times(1_000_000) == 2


def test_growth_is_told_as_an_exponent_of_the_members():
    runs = {}
    for members, cpu in ((100, 1.0), (1000, 20.0)):
        found = [Comparison("tick", "b", (), 1, 1, members), Comparison("quiet", "b", (), 1, 1, 5)]
        for each in found:
            each.add(Cost(0, cpu, 1), Cost(0, 1, 1))
        runs[members] = {"moving": Measured("aaa", 1, found)}
    page = growth.page(runs, "here")
    assert "| tick | 1.00 | 20.00 | 1.30 | 1.30 |" in page
    assert "quiet" not in page


def test_pictures_are_drawn_of_ratios_and_of_growth(tmp_path):
    found = Comparison("tick", "b", (), 1.8, 1.4, 100)
    found.add(Cost(0, 3, 1), Cost(0, 1, 1))
    plot.targets([found], tmp_path / "targets.svg")
    plot.growth({"tick": {100: 1.0, 1000: 20.0}}, tmp_path / "growth.svg")
    assert "3 (≤ 1.8, 1.4)" in (tmp_path / "targets.svg").read_text()
    assert "CPU seconds" in (tmp_path / "growth.svg").read_text()


def test_a_journey_that_is_ticked_again_and_again_tells_the_sizes_of_its_working_set(databases, tmp_path):
    settings = Settings(project=tmp_path, database_url=databases.url.render_as_string(hide_password=False))
    page = ageing.run(settings, 200, 3)
    named = [line.split("|")[1].strip() for line in page.splitlines() if line.startswith("| a")]
    assert named == [
        "at the start",
        "after 1 ticks, 1 of them in one session",
        "after 2 ticks, 1 of them each in its own",
        "after 3 ticks, 1 of them each in its own, beside a reader",
    ]


def test_people_that_are_kept_are_made_once_and_dropped_when_nobody_wants_them(databases, tmp_path):
    settings = Settings(project=tmp_path, database_url=databases.url.render_as_string(hide_password=False))
    name = keeping.kept(settings, 30)
    try:
        assert keeping.kept(settings, 30) == name
        with Ground(settings, keep=30) as ground, ground.lent() as engine:
            assert world.stands(engine) == 30
    finally:
        assert name in keeping.forget(settings)
    assert name not in keeping.forget(settings)


def test_a_profile_tells_which_statements_used_the_backends(empty_database):
    with Meter(profile=True).watching() as meter:

        def work():
            with empty_database.connect() as connection:
                connection.exec_driver_sql("select count(*)\n  from generate_series(1, 1500000)")

        cost, _ = meter.of(work)
    ((costliest, used),) = cost.statements.most_common(1)
    assert costliest == "select count(*) from generate_series(1, 1500000)"
    assert used > 0.05
    assert median_of([cost, cost]).statements[costliest] == 2 * used
