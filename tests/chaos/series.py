"""Plays many scripts one after the other on one stage, and counts; several series may be played side by side."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Sequence

from tests.chaos import telling
from tests.chaos.oracle import judge
from tests.chaos.playing import play
from tests.chaos.scripts import script_of
from tests.chaos.stage import own_stage
from tests.chaos.tally import Tally
from tests.chaos.zygote import Zygote

_EVERY = 60.0  # seconds between two words of how far it is


def several(seed: int, numbers: Sequence[int], stop_after: int, tells: bool = False) -> Tally:
    """Play these numbers on a stage of their own, telling what is broken and, now and then, how far it is."""
    # Told to end, it ends what it started: a server in memory would stay for ever.
    for told_to_end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(told_to_end, lambda *_: sys.exit(1))
    tally, told = Tally(seed), time.monotonic()
    with Zygote() as zygote, own_stage(zygote) as stage:
        for number in numbers:
            script = script_of(seed, number)
            evidence = play(script, stage)
            complaints = judge(evidence)
            tally.add(evidence, complaints)
            if complaints:
                print(telling.complained(script, complaints), flush=True)
            if tells:
                print(telling.told(evidence))
            if time.monotonic() - told > _EVERY:
                told = time.monotonic()
                print(f"{tally.runs.total()} of {len(numbers)} runs, {len(tally.broken)} broken", flush=True)
            if len(tally.broken) >= stop_after:
                break
    return tally
