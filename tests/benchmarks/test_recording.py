"""Figures stand until their operation is measured again, and say at which state of the code they were."""

from collections import Counter

from benchmarks import growth, recording, report
from benchmarks.measuring import Cost
from benchmarks.outcome import Comparison
from benchmarks.recording import Measured

ORDER = ("moving", "sending", "importing")


def _found(name: str, cpu: float, rows: int = 1000) -> list[Comparison]:
    found = Comparison(name, "by hand", ["select 1"], 1.8, 1.4, rows)
    found.add(Cost(cpu / 2, cpu / 2, cpu, statements=Counter({"select 1": 0.25})), Cost(0, 1, 1))
    return [found]


def test_an_operation_measured_alone_replaces_only_its_own_figures(tmp_path):
    newly = {name: Measured("aaa", 3, _found(name, 2)) for name in ("moving", "importing")}
    recording.record(tmp_path, "1k", newly, ORDER)
    kept = recording.record(tmp_path, "1k", {"sending": Measured("bbb", 1, _found("sending", 9))}, ORDER)
    assert list(kept) == ["moving", "sending", "importing"]
    assert recording.recorded(tmp_path, "1k") == kept
    assert [each.ratio for each in recording.comparisons(kept)] == [2, 9, 2]
    page = report.page(kept, 1000, "1k", "2 cores")
    assert "2 cores. Measured: moving, importing at aaa; sending at bbb." in page
    assert "Medians of 1 or 3 repetitions" in page


def test_growth_is_told_of_all_sizes_at_which_an_operation_was_measured_at_one_commit(tmp_path):
    for size, members, cpu in (("1k", 1000, 2.0), ("10k", 10_000, 20.0), ("100k", 100_000, 200.0)):
        names = ("moving", "sending") if size != "10k" else ("moving",)
        newly = {name: Measured("aaa", 1, _found(name, cpu, members)) for name in names}
        recording.record(tmp_path, size, newly, ORDER)
    later = {"moving": Measured("bbb", 1, _found("moving", 700, 1_000_000))}
    recording.record(tmp_path, "1M", later, ORDER)  # of another state of the code: it says nothing about growth
    sizes = {"1k": 1000, "10k": 10_000, "100k": 100_000, "1M": 1_000_000}
    page = growth.page({sizes[size]: kept for size, kept in recording.sizes(tmp_path).items()}, "here")
    assert "1,000,000" not in page
    assert "| moving | 2.00 | 20.00 | 200.00 | 1.00 | 1.00 | 1.00 |" in page
    assert "| sending | 2.00 |  | 200.00 |  |  | 1.00 |" in page
