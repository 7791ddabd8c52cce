"""Twelve rules of the engine, each with the one line by which it would be broken and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass

TIMELINES = "tests/moving/timelines"


@dataclass(frozen=True)
class Mutant:
    """`old` stands once in `file` (below journey_engine) and becomes `new`; then one of `tests` fails."""

    rule: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "what happens at the very arrival does not end a wait",
        "compiler/waits.py",
        "happened.c.at > bounded.c.heard_from,",
        "happened.c.at >= bounded.c.heard_from,",
        (f"{TIMELINES}/test_waits.py",),
    ),
    Mutant(
        "at the same instant the event beats the timeout",
        "compiler/waits.py",
        "happened.c.at <= bounded.c.latest)",
        "happened.c.at < bounded.c.latest)",
        (f"{TIMELINES}/test_waits.py",),
    ),
    Mutant(
        "at the same instant leaving beats a step",
        "compiler/walking.py",
        "decided.c.leave_at <= decided.c.out_at",
        "decided.c.leave_at < decided.c.out_at",
        (f"{TIMELINES}/test_leaving.py",),
    ),
    Mutant(
        "who comes again exactly after the length may enter",
        "compiler/verdicts.py",
        "found.append((at < calendar.plus(",
        "found.append((at <= calendar.plus(",
        (f"{TIMELINES}/test_entering.py", f"{TIMELINES}/test_again.py"),
    ),
    Mutant(
        "a trigger at the very end of a visit may enter",
        "compiler/verdicts.py",
        "or_(ended.is_(None), at < ended))",
        "or_(ended.is_(None), at <= ended))",
        (f"{TIMELINES}/test_entering.py",),
    ),
    Mutant(
        "the same calendar year forbids, another does not",
        "compiler/verdicts.py",
        "_year(at) == _year(entered)",
        "_year(at) >= _year(entered)",
        (f"{TIMELINES}/test_again.py",),
    ),
    Mutant(
        "who draws the share itself is not held out",
        "compiler/draws.py",
        "member_key) < _parts(share)",
        "member_key) <= _parts(share)",
        (f"{TIMELINES}/test_found_by_agreement.py",),
    ),
    Mutant(
        "quiet hours are over at their end",
        "compiler/calendar.py",
        "or_(clock >= start, clock < end)",
        "or_(clock >= start, clock <= end)",
        ("tests/compiler/test_calendar.py", f"{TIMELINES}/test_quiet_hours.py"),
    ),
    Mutant(
        "`until` may be the hour at which the length is over",
        "compiler/calendar.py",
        "day >= at if or_now else day > at",
        "day > at if or_now else day > at",
        ("tests/compiler/test_calendar.py", f"{TIMELINES}/test_waits.py"),
    ),
    Mutant(
        "no more than the pace enter in a day",
        "compiler/pacing.py",
        "placed.c.place < periods.c.free_before + periods.c.free)",
        "placed.c.place <= periods.c.free_before + periods.c.free)",
        (f"{TIMELINES}/test_again.py",),
    ),
    Mutant(
        "a visit per key sees the events of its key only",
        "compiler/happened.py",
        "if name is None or entry.key is None or query.any_key is not None:",
        "if name is None or entry.key is not None or query.any_key is not None:",
        ("tests/compiler/test_forms.py", f"{TIMELINES}/test_flips.py", f"{TIMELINES}/test_restart.py"),
    ),
    Mutant(
        "decisions wait for the data they rest on",
        "moving/horizon.py",
        "        if at_once:\n",
        "        if at_once or names:\n",
        (f"{TIMELINES}/test_coverage.py",),
    ),
)
