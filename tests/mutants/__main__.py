"""`python -m tests.mutants`: breaks one rule of the engine after another; exit 1 if the tests do not notice one."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence

from tests.mutants.further import FURTHER
from tests.mutants.mutants import MUTANTS, Mutant
from tests.mutants.running import Copy, Run, copied, judge


def main(words: Sequence[str] | None = None) -> int:
    """Which mutants to try: those whose rule or file contains one of the words; all without any."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", help="words in a rule or a file")
    only = parser.parse_args(words).only
    chosen = [
        each for each in (*MUTANTS, *FURTHER) if not only or any(word in f"{each.rule} {each.file}" for word in only)
    ]
    if not chosen:
        print(f"No rule and no file of a mutant contains: {', '.join(only)}.", file=sys.stderr)
        return 2
    with copied() as copy:
        began = time.monotonic()
        whole = copy.run(list(dict.fromkeys(test for each in chosen for test in each.tests)))
        if not whole.all_passed:
            print(f"The engine as it is does not pass the tests chosen:\n{whole.printed}", file=sys.stderr)
            return 1
        print(f"As it is, the engine passes the {len(whole.ends)} tests chosen ({time.monotonic() - began:.0f} s).\n")
        caught = sum(_try(copy, number, mutant) for number, mutant in enumerate(chosen, 1))
    print(f"{caught} of {len(chosen)} mutants are caught, in {time.monotonic() - began:.0f} s.")
    return 0 if caught == len(chosen) else 1


def _try(copy: Copy, number: int, mutant: Mutant) -> bool:
    began = time.monotonic()
    with copy.mutated(mutant):
        run = copy.run(mutant.tests)
    verdict = judge(run)
    print(f"{number:2}. {verdict:8} {mutant.rule}  ({mutant.file}, {time.monotonic() - began:.0f} s)")
    print(f"    - {mutant.old}\n    + {mutant.new}")
    for line in _witnesses(run) if verdict == "caught" else run.printed.splitlines()[-30:]:
        print(f"    {line}")
    print(flush=True)
    return verdict == "caught"


def _witnesses(run: Run) -> list[str]:
    return [f"by {test}" for test in run.tests("asserted")]


if __name__ == "__main__":
    sys.exit(main())
