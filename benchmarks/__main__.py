"""`python -m benchmarks`: runs each operation beside its floor on databases of its own and writes the tables."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks import growth, keeping, plot, recording, report
from benchmarks.comparing import comparing
from benchmarks.importing import importing, ingesting
from benchmarks.looping import looping
from benchmarks.measuring import Meter
from benchmarks.outcome import Comparison
from benchmarks.passing import passing
from benchmarks.population import Ground
from benchmarks.recording import Measured, Record
from benchmarks.redirecting import redirecting
from benchmarks.segmenting import segmenting
from benchmarks.sending import sending
from benchmarks.starting import starting
from benchmarks.ticking import moving, resting
from benchmarks.weighing import Server
from journey_engine import cycles
from journey_engine.settings import Settings, load
from journey_engine.store import database, embedded

Operation = Callable[[Meter, Ground, int, int], list[Comparison]]
OPERATIONS: dict[str, Operation] = {
    "starting": starting,
    "moving": moving,
    "resting": resting,
    "passing": passing,
    "segmenting": segmenting,
    "comparing": comparing,
    "ingesting": ingesting,
    "sending": sending,
    "looping": looping,
    "redirecting": redirecting,
    "importing": importing,  # last: it empties what the others keep
}
RESULTS = Path(__file__).parent / "results"
_UNITS = {"k": 1_000, "M": 1_000_000}
_MANY = 1_000_000  # members, at which one operation takes minutes
_ROOM = 20_000  # bytes of disk for a member: her history, what is written about her, the floor's, and the log of it all


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be run, and where the tables go."""

    sizes: Sequence[int]
    repetitions: int | None  # None: three, and one from a million members on
    operations: Sequence[str]
    results: Path
    keep: bool = False
    profile: bool = False

    def times(self, members: int) -> int:
        """How often each operation of that size is run."""
        return self.repetitions or (3 if members < _MANY else 1)


def compare(settings: Settings, asked: Asked, members: int) -> Generator[tuple[str, Measured]]:
    """Run the operations, one after the other; raises ResultsDiffer if one and its floor did not do the same."""
    address = database.app_url(settings).set(drivername="postgresql").render_as_string(hide_password=False)
    keep, commit, times = members if asked.keep else None, recording.state(), asked.times(members)
    with (
        closing(Server(address)) as server,
        Meter(server, asked.profile).watching() as meter,
        Ground(settings, keep) as ground,
    ):
        for name in asked.operations:
            print(f"{name}, {members:,} members …", flush=True)
            yield name, Measured(commit, times, OPERATIONS[name](meter, ground, members, times))


def run(settings: Settings, asked: Asked) -> list[Path]:
    """Compare at each size, print the tables and write the files, after each operation anew; returns the pages' paths.

    Operations that are not asked for keep the figures that stand in the folder.
    """
    engine = database.engine_on(database.app_url(settings))
    try:
        where = report.machine(engine)
    finally:
        engine.dispose()
    written: list[Path] = []
    for members in asked.sizes:
        newly: Record = {}
        for name, measured in compare(settings, asked, members):
            newly[name] = measured
            page = _write(asked.results, members, newly, where)
        found = recording.comparisons(newly)
        print(f"\n{members:,} members; {where}\n\n{report.table(found)}\n{report.weights(found)}")
        written.append(page)
    grown = {members_of(size): kept for size, kept in recording.sizes(asked.results).items()}
    if growth.seconds(grown):
        told = growth.page(grown, where)
        print(told)
        written.append(report.write(asked.results, "growth", told))
        plot.growth(growth.seconds(grown), asked.results / "growth.svg")
    return written


def _write(folder: Path, members: int, newly: Record, where: str) -> Path:
    """What was found at one size so far, as figures, page and picture."""
    size = size_of(members)
    kept = recording.record(folder, size, newly, list(OPERATIONS))
    plot.targets(recording.comparisons(kept), folder / f"{size}.svg")
    return report.write(folder, size, report.page(kept, members, size, where))


def held_by_disk(sizes: Sequence[int], folder: Path) -> list[int]:
    """Those of the sizes for which there is room; the others are told."""
    free = shutil.disk_usage(folder).free
    for members in sizes:
        if members * _ROOM > free:
            wanted, there = members * _ROOM / 1e9, free / 1e9
            print(
                f"{members:,} members left out: they want {wanted:,.0f} GB, and {there:,.0f} GB are free.", flush=True
            )
    return [members for members in sizes if members * _ROOM <= free]


def size_of(members: int) -> str:
    """As it is written: 50k, 1M."""
    unit = next((unit for unit, size in reversed(_UNITS.items()) if members % size == 0), "")
    return f"{members // _UNITS.get(unit, 1)}{unit}"


def members_of(size: str) -> int:
    """The number that was written. Raises ValueError."""
    return int(size[:-1]) * _UNITS[size[-1]] if size[-1] in _UNITS else int(size)


def main() -> None:
    """The command line; a server that did not run before does not run afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    sizes = parser.add_argument("--sizes", default="1M", help="how many members, as 100k,1M,5M (default 1M)")
    parser.add_argument(
        "--repetitions", type=int, help="of which the medians are told (default 3; 1 from a million members on)"
    )
    parser.add_argument("--only", nargs="+", choices=OPERATIONS, default=list(OPERATIONS), help="these operations")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder to write to")
    parser.add_argument("--keep", action="store_true", help="keep the people in a database, for the next run")
    parser.add_argument("--profile", action="store_true", help="tell the costliest statements, too")
    parser.add_argument("--forget", action="store_true", help="drop what --keep kept, and do nothing else")
    given = parser.parse_args()
    try:
        members = [members_of(size) for size in given.sizes.split(",")]
    except ValueError:
        parser.error(str(argparse.ArgumentError(sizes, f"{given.sizes!r} is no list of sizes")))
    cycles.look_seldom()  # as every process does that `journeys` starts
    settings = load()
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        if given.forget:
            print(*keeping.forget(settings), sep="\n")
            return
        fitting = held_by_disk(members, settings.project) if settings.database_url is None else members
        if not fitting:
            parser.exit(1, "The disk has no room for any of these sizes: ask for a smaller one.\n")
        asked = Asked(fitting, given.repetitions, given.only, given.results, given.keep, given.profile)
        for path in run(settings, asked):
            print(f"Written: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    finally:
        if ours:
            embedded.stop(embedded.of(settings))


if __name__ == "__main__":
    main()
