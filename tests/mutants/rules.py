"""The mutants: a rule, the place in the engine that keeps it, what breaks it, and the tests that must notice."""

from __future__ import annotations

from dataclasses import dataclass

TIMELINES = "tests/moving/timelines/test_"
CONDITIONS = "tests/compiler/test_conditions.py::test_"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One rule broken: in `file` (below journey_engine/) `old`, which stands there once, becomes `new`."""

    rule: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


MUTANTS = (
    Mutant(
        "At the same instant leaving beats the event and the timeout.",
        "compiler/walking.py",
        "decided.c.leave_at <= decided.c.out_at",
        "decided.c.leave_at < decided.c.out_at",
        (
            f"{TIMELINES}leaving.py::test_leave_beats_the_timeout_at_the_same_instant",
            f"{TIMELINES}leaving.py::test_leave_beats_the_event_that_ends_the_wait_at_the_same_instant",
        ),
    ),
    Mutant(
        "At the instant at which a wait is due the event beats the timeout.",
        "compiler/waits.py",
        "happened.c.at <= bounded.c.latest",
        "happened.c.at < bounded.c.latest",
        (f"{TIMELINES}waits.py::test_an_event_exactly_when_due_beats_the_timeout",),
    ),
    Mutant(
        "What arrives late undoes nothing: nobody leaves before she came to where she stands.",
        "compiler/walking.py",
        "at = func.greatest(final.c.leave_at, final.c.at, type_=INSTANT)",
        "at = final.c.leave_at",
        (f"{TIMELINES}leaving.py::test_a_cause_that_arrives_late_takes_her_from_where_she_waits_and_not_before",),
    ),
    Mutant(
        "`since entry` does not see the event that let her in.",
        "compiler/scope.py",
        "else happened_at > self.entry.at",
        "else happened_at >= self.entry.at",
        (f"{CONDITIONS}since_entry_excludes_the_trigger_and_enter_if_counts_it",),
    ),
    Mutant(
        "A window of a condition is open at its old end.",
        "compiler/scope.py",
        "return happened_at > calendar.plus(",
        "return happened_at >= calendar.plus(",
        (f"{CONDITIONS}a_window_is_open_at_its_old_end",),
    ),
    Mutant(
        "`again: after N days` counts from the entry before, not from the exit.",
        "compiler/verdicts.py",
        "calendar.plus(entered, again.length",
        "calendar.plus(ended, again.length",
        (f"{TIMELINES}entering.py::test_after_days_counts_from_the_entry_before",),
    ),
    Mutant(
        "A trigger is judged once: refused, it stays refused.",
        "compiler/entering.py",
        "not_(or_(entered, refused))",
        "not_(entered)",
        ("tests/moving/test_arrivals.py::test_after_a_restore_a_trigger_that_was_refused_is_not_judged_again",),
    ),
    Mutant(
        "Held out are those whose draw lies below the share.",
        "compiler/draws.py",
        "member_key) < _parts(share)",
        "member_key) <= _parts(share)",
        (f"{TIMELINES}entering.py::test_a_draw_equal_to_the_share_holds_nobody_out",),
    ),
    Mutant(
        "A draw equal to the end of an arm's part falls into the next arm.",
        "compiler/draws.py",
        "(drawn < _parts(upto), literal(name))",
        "(drawn <= _parts(upto), literal(name))",
        (f"{TIMELINES}choosing.py::test_a_draw_equal_to_the_end_of_an_arm_falls_into_the_next",),
    ),
    Mutant(
        "A stored arm beats the draw.",
        "compiler/entering.py",
        "func.coalesce(stored, drawn).label",
        "drawn.label",
        (f"{TIMELINES}entering.py::test_a_stored_arm_beats_the_draw",),
    ),
    Mutant(
        "A goal counts after the entry's own instant, not at it.",
        "compiler/leaving.py",
        "whose, until, at_entry=False)",
        "whose, until, at_entry=True)",
        (f"{TIMELINES}goals.py::test_what_held_at_the_entry_already_is_no_goal_before_it_happens_anew",),
    ),
    Mutant(
        "Quiet hours are a wait: what follows counts from their end.",
        "compiler/steps.py",
        "case((at <= NOW, NEXT)), at, timed",
        "case((at <= NOW, NEXT)), timed.c.at, timed",
        (
            f"{TIMELINES}quiet_hours.py::"
            "test_a_send_in_the_night_waits_for_the_morning_and_what_follows_counts_from_there",
            f"{TIMELINES}quiet_hours.py::test_one_pass_over_the_night_gives_the_same_path",
        ),
    ),
    Mutant(
        "A step runs only before the instant of leaving: at it she meets no quiet hours.",
        "compiler/steps.py",
        "final.c.at < final.c.leave_at",
        "final.c.at <= final.c.leave_at",
        (f"{TIMELINES}quiet_hours.py::test_who_leaves_at_the_instant_she_comes_to_a_send_meets_no_quiet_hours",),
    ),
    Mutant(
        "A wall time that comes twice means the first.",
        "compiler/calendar.py",
        "return func.least(by_postgres, same, type_=INSTANT)",
        "return func.greatest(by_postgres, same, type_=INSTANT)",
        (f"{TIMELINES}waits.py::test_a_wait_into_the_repeated_hour_ends_at_the_first",),
    ),
    Mutant(
        "Who is handed on enters the next journey in the same tick.",
        "moving/tick.py",
        "for _ in range(MOST_HOPS):",
        "for _ in range(1):",
        (f"{TIMELINES}entering.py::test_who_is_handed_on_enters_whatever_the_trigger",),
    ),
    Mutant(
        "A step runs only before the instant of leaving: at it no other system is called.",
        "compiler/walking.py",
        "is_here = or_(final.c.leave_at.is_(None), final.c.at < final.c.leave_at)",
        "is_here = or_(final.c.leave_at.is_(None), final.c.at <= final.c.leave_at)",
        (f"{TIMELINES}calls.py::test_who_leaves_at_the_instant_she_comes_to_a_call_is_told_to_nobody",),
    ),
    Mutant(
        "With `pause: shift` promised times move by the length of the pause.",
        "moving/pausing.py",
        "[each + literal(length, Interval) for each in",
        "[each for each in",
        (f"{TIMELINES}pauses.py::test_shifted_promises_move_by_the_length_of_the_pause",),
    ),
    Mutant(
        "With `pause: shift` nobody goes on before the pause has ended, not even who waits for a click in vain.",
        "compiler/waits.py",
        "func.greatest(timed.c.at, *told, RESUMED, type_=INSTANT)",
        "func.greatest(timed.c.at, *told, type_=INSTANT)",
        (
            f"{TIMELINES}pauses.py::"
            "test_with_shift_a_click_that_cannot_come_any_more_is_waited_for_until_the_pause_ends",
        ),
    ),
    Mutant(
        "A branch waits until the data it rests on have come.",
        "compiler/steps.py",
        "here.c.at <= horizon_of_decision(node))",
        "here.c.at <= NOW)",
        (f"{TIMELINES}coverage.py::test_who_bought_at_noon_is_not_reminded_at_one_because_the_orders_come_at_night",),
    ),
    Mutant(
        "A visit per KEY sees the events of its own key only.",
        "compiler/happened.py",
        'return [or_(func.coalesce(entry.key, "") == "", same)]',
        "return []",
        (f"{TIMELINES}flips.py::test_each_order_leaves_by_its_own_refund",),
    ),
    Mutant(
        "A pace counts those who had their turn in earlier passes.",
        "compiler/pacing.py",
        "pace.count - func.coalesce(paces.c.taken, 0)",
        "pace.count",
        (f"{TIMELINES}again.py::test_a_pace_moves_who_exceeds_it_to_the_next_day_with_room",),
    ),
    Mutant(
        "A trigger at the instant at which the first wait is due begins it anew.",
        "compiler/restarting.py",
        "following <= due",
        "following < due",
        (f"{TIMELINES}restart.py::test_each_new_trigger_begins_the_wait_anew",),
    ),
)
