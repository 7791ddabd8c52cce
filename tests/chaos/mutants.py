"""`python -m tests.chaos.mutants`: breaks one rule of delivery after another; exit 1 if chaos does not notice one.

Each is played from a number of the seed at which it is known to show, in a copy of the checkout.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.mutants.mutants import Mutant
from tests.mutants.running import Copy, copied

LONGEST = 600  # seconds for one mutant
_COMPLAINT = re.compile(r"^    (\w+): ", re.MULTILINE)
# Not a word of the law: a sender that fell over.
_FELL_OVER = re.compile(r"^    nothing_strange: \w*(Error|Exception)", re.MULTILINE)


@dataclass(frozen=True)
class Broken:
    """A rule of delivery, broken by one edit; the oracle complains by one of the rules in `noticed`."""

    rule: str
    file: str
    old: str
    new: str
    noticed: tuple[str, ...]
    first: int = 0
    runs: int = 60

    @property
    def mutant(self) -> Mutant:
        """As a copy of the checkout takes it."""
        return Mutant(self.rule, self.file, self.old, self.new, ())


_LOST, _TWICE = ("nothing_lost",), ("accepted_once", "ledgers_agree")

BROKEN = (
    Broken(
        "after a doubt the same key is used again",
        "line/requesting.py",
        "frozen.body, frozen.retry_key)",
        'frozen.body, frozen.retry_key and str(__import__("uuid").uuid4()))',
        ("accepted_once", "bundled_rightly"),
    ),
    Broken(
        "an unclear answer is no refusal",
        "line/recording.py",
        "        case Meaning.UNCLEAR | Meaning.UNREACHABLE | Meaning.RATE:\n            return Fate.AGAIN",
        "        case Meaning.UNCLEAR | Meaning.UNREACHABLE | Meaning.RATE:\n            return Fate.DISSOLVED",
        _TWICE,
    ),
    Broken(
        "a 500 is in doubt",
        "line/answers.py",
        "if status >= 500 or status == 408:",
        "if status == 408:",
        ("attempts_named_rightly", *_TWICE),
    ),
    Broken(
        "409 says that it was accepted",
        "line/answers.py",
        "if status == 409:",
        "if status == 410:",
        ("attempts_named_rightly", "nothing_lost"),
    ),
    Broken(
        "no attempt later than 23 hours after the first",
        "line/channel.py",
        "key_age: float = 23 * 3600.0",
        "key_age: float = 48 * 3600.0",
        _TWICE,
    ),
    Broken(
        "a lease that ran out is a doubt",
        "line/retrying.py",
        'unclear = or_(due.c.unclear, due.c.status == "attempting")',
        "unclear = due.c.unclear",
        _TWICE,
    ),
    Broken(
        "after a crash what was frozen goes again",
        "line/retrying.py",
        'and_(requests.c.status == "attempting", requests.c.lease_until < _CLOCK)',
        'and_(requests.c.status == "nothing", requests.c.lease_until < _CLOCK)',
        _LOST,
    ),
    Broken(
        "who left after a doubt is asked about no more",
        "line/retrying.py",
        '(or_(withdrawn, buried), "unknown"),',
        '(buried, "unknown"),',
        ("nothing_after_harm",),
    ),
    Broken(
        "nothing is attempted again in quiet hours",
        "line/retrying.py",
        '(func.bool_or(quiet_end(quiet).is_not(None)), "later"),',
        '(literal(False), "later"),',
        ("nothing_in_quiet_hours",),
        first=819,
    ),
    Broken(
        "what is dissolved is decided anew",
        "line/recording.py",
        "    settling.put_back(connection, _numbers(fates[Fate.DISSOLVED]))\n",
        "",
        _LOST,
    ),
    Broken(
        "the parts of a split multicast take its intents over",
        "line/splitting.py",
        'connection.execute(_PASS_ON, {"parent": request})',
        'connection.execute(text("select :parent"), {"parent": request})',
        _LOST,
    ),
    Broken(
        "what is refused is given back to the quota",
        "line/recording.py",
        "quota.release(connection, channel, sum(",
        "quota.release(connection, channel, 0 * sum(",
        ("within_quota",),
    ),
    Broken(
        "nothing is recorded before LINE has answered",
        "line/requesting.py",
        "answer = await self._wire.send(",
        "answer = Answer(Meaning.ACCEPTED, 200)\n                await self._wire.send(",
        ("ledgers_agree",),
    ),
    Broken(
        "caps count what is under way",
        "line/caps.py",
        'or_(_SENT.c.status == "frozen", heard)',
        "heard",
        ("within_caps",),
        first=7,
        runs=41,
    ),
    Broken(
        "caps count what may have been accepted",
        "line/caps.py",
        '_SENT.c.status.in_(("accepted", "unknown"))',
        '_SENT.c.status.in_(("accepted",))',
        ("within_caps",),
    ),
)


def main(words: Sequence[str] | None = None) -> int:
    """Which rules to break: those that contain one of the words; all without any."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.mutants", description=__doc__)
    parser.add_argument("only", nargs="*", help="words in a rule or a file")
    parser.add_argument("--first", type=int, help="begin at this number instead")
    parser.add_argument("--runs", type=int, help="play so many instead")
    asked = parser.parse_args(words)
    chosen = [each for each in BROKEN if not asked.only or any(w in f"{each.rule} {each.file}" for w in asked.only)]
    with copied() as copy:
        caught = sum(_try(copy, each, asked.first, asked.runs) for each in chosen)
    print(f"{caught} of {len(chosen)} broken rules are noticed.")
    return 0 if caught == len(chosen) else 1


def _try(copy: Copy, broken: Broken, first: int | None, runs: int | None) -> bool:
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.chaos", "--jobs", "1", "--stop-after", "1"]
    command += ["--first", str(broken.first if first is None else first), "--runs", str(runs or broken.runs)]
    env = {**os.environ, "PYTHONPATH": str(copy.folder), "PYTHONDONTWRITEBYTECODE": "1"}
    with copy.mutated(broken.mutant):
        try:
            done = subprocess.run(
                command, cwd=copy.folder, env=env, capture_output=True, text=True, timeout=LONGEST, check=False
            )
            said = done.stdout + done.stderr
        except subprocess.TimeoutExpired:
            said = f"Not done after {LONGEST} seconds."
    noticed = set(_COMPLAINT.findall(said)) & set(broken.noticed) and not _FELL_OVER.search(said)
    print(f"{'noticed' if noticed else 'NOT NOTICED'}: {broken.rule} ({broken.file}, {time.monotonic() - began:.0f} s)")
    lines = [line for line in said.splitlines() if line.startswith(("run ", "    "))]
    for line in lines[:4] if noticed else said.splitlines()[-25:]:
        print(f"    {line}")
    print(flush=True)
    return bool(noticed)


if __name__ == "__main__":
    sys.exit(main())
