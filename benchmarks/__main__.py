"""`python -m benchmarks`: runs each operation beside its floor on databases of its own and writes the table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import report
from benchmarks.comparing import comparing
from benchmarks.importing import importing, ingesting
from benchmarks.looping import looping
from benchmarks.measuring import Meter
from benchmarks.outcome import Comparison
from benchmarks.population import Ground
from benchmarks.redirecting import redirecting
from benchmarks.sending import sending
from benchmarks.ticking import moving, resting
from journey_engine.settings import Settings, load
from journey_engine.store import database, embedded

Operation = Callable[[Meter, Ground, int, int], list[Comparison]]
OPERATIONS: dict[str, Operation] = {
    "moving": moving,
    "resting": resting,
    "comparing": comparing,
    "ingesting": ingesting,
    "sending": sending,
    "looping": looping,
    "redirecting": redirecting,
    "importing": importing,  # last: it empties what the others keep
}
RESULTS = Path(__file__).parent / "results"


def compare(settings: Settings, members: int, repetitions: int, names: Sequence[str]) -> list[Comparison]:
    """Run the named operations; raises ResultsDiffer if an operation and its floor did not write the same."""
    found: list[Comparison] = []
    with Meter().watching() as meter, Ground(settings) as ground:
        for name in names:
            print(f"{name} …", flush=True)
            found += OPERATIONS[name](meter, ground, members, repetitions)
    return found


def run(settings: Settings, members: int, repetitions: int, names: Sequence[str], results: Path, name: str) -> Path:
    """Compare, print the table and write the file; returns its path."""
    engine = database.engine_on(database.app_url(settings))
    try:
        where = report.machine(engine)
    finally:
        engine.dispose()
    found = compare(settings, members, repetitions, names)
    print(f"\n{members:,} members; {where}\n\n{report.table(found)}")
    return report.write(results, name, report.page(found, members, repetitions, where))


def main() -> None:
    """The command line; a server that did not run before does not run afterwards."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--members", type=int, default=50_000, help="how many members (default 50,000)")
    parser.add_argument("--repetitions", type=int, default=3, help="of which the medians are told (default 3)")
    parser.add_argument("--only", nargs="+", choices=OPERATIONS, default=list(OPERATIONS), help="these operations")
    parser.add_argument("--results", type=Path, default=RESULTS, help="the folder to write to")
    parser.add_argument("--name", default="latest", help="the file's name, without .md (default latest)")
    asked = parser.parse_args()
    settings = load()
    ours = settings.database_url is None and not embedded.status(embedded.of(settings)).running
    try:
        path = run(settings, asked.members, asked.repetitions, asked.only, asked.results, asked.name)
        print(f"Floors word for word: {path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path}")
    finally:
        if ours:
            embedded.stop(embedded.of(settings))


if __name__ == "__main__":
    main()
