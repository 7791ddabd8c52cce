"""`make mutants`: breaks one rule after another in a copy of the repository and says whether its tests notice."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.mutants.mutants import MUTANTS, Mutant

ROOT = Path(__file__).resolve().parent.parent.parent
LEFT_OUT = shutil.ignore_patterns(".git", ".venv", "__pycache__", ".pytest_cache", ".ruff_cache", "node_modules")


def is_caught(copy: Path, mutant: Mutant) -> bool:
    """Whether a test of the mutant fails in `copy`, which is put right again."""
    file = copy / "journey_engine" / mutant.file
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace(mutant.old, mutant.new), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *mutant.tests]
    run = subprocess.run(command, cwd=copy, env=_environment(copy), capture_output=True, text=True, check=False)
    file.write_text(text, encoding="utf-8")
    if run.returncode not in (0, 1):
        raise RuntimeError(run.stdout[-3000:] + run.stderr[-3000:])
    return run.returncode == 1


def _environment(copy: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(copy)}


def main() -> int:
    """All mutants, a line each; 1 if one lives."""
    alive = 0
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(ROOT, copy, ignore=LEFT_OUT, symlinks=True)
        for mutant in MUTANTS:
            caught = is_caught(copy, mutant)
            alive += not caught
            print(f"{'caught' if caught else 'ALIVE '}  {mutant.file}: {mutant.rule}", flush=True)
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
