"""What the command line costs before it does anything: `journeys --help`, and `journeys check` of a hundred files.

Each is a process of its own, as people call it, whose modules were compiled before; CPU is that of the process from its
start to its end.
"""

from __future__ import annotations

import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.measuring import Cost, Meter, expect
from benchmarks.outcome import Comparison
from benchmarks.population import Ground
from journey_engine.language.check import check

ROOT = Path(__file__).parent.parent
FILES = 100
_CALL = "import sys; from journey_engine.cli import main; sys.argv[0] = 'journeys'; main()"
_PASS = "pass"
_READ = (
    "import sys, pathlib; from ruamel.yaml import YAML\n"
    "for file in pathlib.Path(sys.argv[1]).rglob('*.yaml'): list(YAML(typ='safe').parse(file.read_text('utf-8')))"
)
# A check may start no faster than it is allowed to: seconds of CPU, whatever the floor.
HELP, CHECK = "`journeys --help` (0.3 s at most)", f"`journeys check` of {FILES} files (1 s at most)"


def starting(meter: Meter, ground: Ground, members: int, repetitions: int) -> list[Comparison]:  # noqa: ARG001
    """Both, as often as asked; the number of members says nothing here."""
    told = Comparison(HELP, "a Python that does nothing", ("(python -c pass)",), None, None, 1)
    read = Comparison(CHECK, "a Python that has libyaml read them", (f"({_READ})",), None, None, FILES)
    with tempfile.TemporaryDirectory() as folder:
        hundred_files(Path(folder))
        for _ in range(repetitions + 1):  # the first writes bytecode
            told.add(_cost([_CALL, "--help"])[0], _cost([_PASS])[0])
            cost, said = _cost([_CALL, "check", "--project", folder])
            expect("files checked without a finding", said.split()[:2], ["看過", f"{FILES}"])
            expect("findings", "沒有發現問題" in said, True)
            read.add(cost, _cost([_READ, folder])[0])
    for each in (told, read):
        del each.ours[0], each.floors[0]
    return [told, read]


def hundred_files(folder: Path) -> None:
    """This repository's project, and copies of its journeys under other names until there are enough files."""
    shutil.copytree(ROOT / "journeys", folder / "journeys", ignore=shutil.ignore_patterns("templates", "*.md"))
    shutil.copytree(ROOT / "expectations", folder / "expectations")
    journeys = [file for file in sorted((folder / "journeys").glob("*.yaml")) if _is_journey(file)]
    for number in range(FILES - check(folder).files):
        file = journeys[number % len(journeys)]
        copy = f"{file.stem}_{number}"
        written = file.read_text(encoding="utf-8").replace(f"journey: {file.stem}\n", f"journey: {copy}\n", 1)
        file.with_stem(copy).write_text(written, encoding="utf-8")


def _is_journey(file: Path) -> bool:
    return f"journey: {file.stem}\n" in file.read_text(encoding="utf-8")


def _cost(program: Sequence[str]) -> tuple[Cost, str]:
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    path = {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    around = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", *program]
    done = subprocess.run(command, env={**around, **path}, capture_output=True, text=True, check=True)
    after, wall = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic() - began
    return Cost(after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, 0.0, wall), done.stdout
