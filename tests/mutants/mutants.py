"""Twelve rules of the engine, each with the one line by which it would be broken and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass

TIMELINES = "tests/moving/timelines/test_"


@dataclass(frozen=True)
class Mutant:
    """`old` stands once in `file` (below journey_engine) and becomes `new`; then one of `tests` (node ids) fails."""

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
        (f"{TIMELINES}waits.py::test_an_event_at_the_instant_of_arrival_does_not_end_the_wait",),
    ),
    Mutant(
        "at the same instant the event beats the timeout",
        "compiler/waits.py",
        "happened.c.at <= bounded.c.latest)",
        "happened.c.at < bounded.c.latest)",
        (f"{TIMELINES}waits.py::test_an_event_exactly_when_due_beats_the_timeout",),
    ),
    Mutant(
        "at the same instant leaving beats a step",
        "compiler/walking.py",
        'known["leave_at"] <= known["out_at"]',
        'known["leave_at"] < known["out_at"]',
        (
            f"{TIMELINES}leaving.py::test_leave_beats_the_timeout_at_the_same_instant",
            f"{TIMELINES}leaving.py::test_leave_beats_the_event_that_ends_the_wait_at_the_same_instant",
        ),
    ),
    Mutant(
        "who comes again exactly after the length may enter",
        "compiler/verdicts.py",
        "found.append((at < over,",
        "found.append((at <= over,",
        (f"{TIMELINES}entering.py::test_after_days_counts_from_the_entry_before",),
    ),
    Mutant(
        "a trigger at the very end of a visit may enter",
        "compiler/verdicts.py",
        "or_(ended.is_(None), at < ended))",
        "or_(ended.is_(None), at <= ended))",
        (f"{TIMELINES}entering.py::test_after_exit_lets_in_again_even_at_the_instant_of_the_end",),
    ),
    Mutant(
        "the same calendar year forbids, another does not",
        "compiler/verdicts.py",
        "_year(at, zone) == _year(entered, zone)",
        "_year(at, zone) >= _year(entered, zone)",
        (f"{TIMELINES}again.py::test_once_a_year_goes_by_the_calendar_in_the_members_zone",),
    ),
    Mutant(
        "who draws the share itself is not held out",
        "compiler/draws.py",
        "member_key) < _parts(share)",
        "member_key) <= _parts(share)",
        (
            f"{TIMELINES}found_by_agreement.py::test_who_draws_the_share_itself_is_not_held_out",
            f"{TIMELINES}entering.py::test_a_draw_equal_to_the_share_holds_nobody_out",
        ),
    ),
    Mutant(
        "quiet hours are over at their end",
        "compiler/calendar.py",
        "or_(clock >= start, clock < end)",
        "or_(clock >= start, clock <= end)",
        (f"{TIMELINES}quiet_hours.py::test_the_edges_of_quiet_hours_over_midnight",),
    ),
    Mutant(
        "`until` may be the hour at which the length is over",
        "compiler/calendar.py",
        "day >= at if or_now else day > at",
        "day > at if or_now else day > at",
        (
            "tests/compiler/test_calendar.py::test_clock_times_come_as_the_table_says",
            f"{TIMELINES}waits.py::test_a_timer_is_due_at",
        ),
    ),
    Mutant(
        "no more than the pace enter in a day",
        "compiler/pacing.py",
        "placed.c.place < periods.c.free_before + periods.c.free)",
        "placed.c.place <= periods.c.free_before + periods.c.free)",
        (f"{TIMELINES}again.py::test_a_pace_moves_who_exceeds_it_to_the_next_day_with_room",),
    ),
    Mutant(
        "a visit per key sees the events of its key only",
        "compiler/happened.py",
        "if name is None or entry.key is None or query.any_key is not None:",
        "if name is None or entry.key is not None or query.any_key is not None:",
        (f"{TIMELINES}flips.py::test_each_order_leaves_by_its_own_refund",),
    ),
    Mutant(
        "decisions wait for the data they rest on",
        "moving/horizon.py",
        "        if at_once:\n",
        "        if at_once or names:\n",
        (f"{TIMELINES}coverage.py::test_who_bought_at_noon_is_not_reminded_at_one_because_the_orders_come_at_night",),
    ),
)
