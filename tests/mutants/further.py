"""Rules beyond the twelve: guards and instants that a change could lose as easily, broken one by one."""

from __future__ import annotations

from tests.mutants.mutants import TIMELINES, Mutant

CONDITIONS = "tests/compiler/test_conditions.py::test_"

FURTHER = (
    Mutant(
        "What arrives late undoes nothing: nobody leaves before she came to where she stands.",
        "compiler/striding.py",
        "func.greatest(row.c.leave_at, row.c.at, type_=INSTANT)",
        "row.c.leave_at",
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
        "not_(or_(visited & looked_up(used), refused & looked_up(met)))",
        "not_(visited & looked_up(used))",
        ("tests/moving/test_arrivals.py::test_after_a_restore_a_trigger_that_was_refused_is_not_judged_again",),
    ),
    Mutant(
        "A draw equal to the end of an arm's part falls into the next arm.",
        "compiler/draws.py",
        "(drawn < _parts(upto), literal(name))",
        "(drawn <= _parts(upto), literal(name))",
        (f"{TIMELINES}choosing.py::test_a_draw_equal_to_the_end_of_an_arm_falls_into_the_next",),
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
        "A wall time that comes twice means the first.",
        "compiler/calendar.py",
        "else_=func.least(by_postgres, same, type_=INSTANT)",
        "else_=func.greatest(by_postgres, same, type_=INSTANT)",
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
        "compiler/striding.py",
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
        "ended.c.latest), ended.c.at, RESUMED, type_=INSTANT)",
        "ended.c.latest), ended.c.at, type_=INSTANT)",
        (
            f"{TIMELINES}pauses.py::"
            "test_with_shift_a_wait_for_a_click_that_could_not_come_ends_in_vain_when_the_pause_ends",
        ),
    ),
    Mutant(
        "A trigger at the instant at which the first wait is due begins it anew.",
        "compiler/restarting.py",
        "following <= due",
        "following < due",
        (f"{TIMELINES}restart.py::test_each_new_trigger_begins_the_wait_anew",),
    ),
    Mutant(
        "A step runs only before the instant of leaving: at it she meets no quiet hours.",
        "compiler/steps.py",
        "final.c.at < final.c.leave_at",
        "final.c.at <= final.c.leave_at",
        (f"{TIMELINES}quiet_hours.py::test_who_leaves_at_the_instant_she_comes_to_a_send_meets_no_quiet_hours",),
    ),
    Mutant(
        "What became of a message before she came to the wait counts, too.",
        "compiler/waits.py",
        "happened.c.at >= timed.c.entered_at",
        "happened.c.at >= timed.c.at",
        (f"{TIMELINES}waits.py::test_a_message_skipped_before_the_wait_for_its_click_began_ends_it_at_once",),
    ),
)
