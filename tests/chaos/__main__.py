"""`python -m tests.chaos`: plays seeded scripts, judges each by LINE's ledger, and reports; exit 1 if one is broken."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from multiprocessing import get_context

from tests.chaos.series import several
from tests.chaos.tally import Tally


def main(words: Sequence[str] | None = None) -> int:
    """Play the numbers of a seed, or one of them alone."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--runs", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0, help="the number to begin with")
    parser.add_argument("--only", type=int, help="play this number alone, and tell it step by step")
    parser.add_argument("--times", type=int, default=1, help="play each so often: threads race anew each time")
    parser.add_argument("--stop-after", type=int, default=10, help="end when so many runs were broken")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="stages side by side")
    asked = parser.parse_args(words)
    began = time.monotonic()
    if asked.only is not None:
        tally = several(asked.seed, [asked.only] * asked.times, asked.stop_after, tells=True)
    else:
        numbers = [each for each in range(asked.first, asked.first + asked.runs) for _ in range(asked.times)]
        tally = Tally(asked.seed)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
        with get_context("spawn").Pool(asked.jobs) as pool:  # told to end, it tells its processes
            parts = [(asked.seed, numbers[part :: asked.jobs], asked.stop_after) for part in range(asked.jobs)]
            for done in pool.starmap(several, parts, chunksize=1):
                tally.join(done)
    print(tally.report(time.monotonic() - began))
    return 1 if tally.broken else 0


if __name__ == "__main__":
    sys.exit(main())
