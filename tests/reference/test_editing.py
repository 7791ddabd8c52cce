"""Timelines of edits, by the reference: who waits where, until when, after an edit or a pause."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tests.reference.facts import Covered, Event, Member, Memory
from tests.reference.interpreter import Life
from tests.reference.stories import at, covered, event, feed, journey, path, project, sends

REST = {"rest": {"wait": "3 days"}, "say": {"send": "hello", "expires": "1 day"}}
LATER = {"rest": {"wait": "5 days"}, "say": {"send": "hello", "expires": "1 day"}}


def edited(
    *edits: tuple[str, dict[str, Any]],
    ticks: tuple[str, ...] = ("0 10:00", "9 00:00"),
    more: Sequence[Event] = (),
    feeds: Sequence[dict[str, Any]] = (),
    told: Sequence[Covered] = (),
) -> Memory:
    """What becomes of one who follows at 9 on Monday; the journey's first edit is how it begins."""
    (_, first), *others = edits
    life = Life(project(first, feeds=feeds), Member("m1", at("-100 00:00")), [event("0 09:00", "follow"), *more], told)
    moments = sorted(
        [(at(tick), None) for tick in ticks] + [(at(when), new) for when, new in others], key=lambda m: m[0]
    )
    for moment, new in moments:
        if new is None:
            life.tick(moment)
        else:
            life.apply(project(new, feeds=feeds), moment)
    return life.memory


def way(memory: Memory) -> list[str]:
    (visit,) = memory.visits("welcome")
    return path(visit)[1:]


def test_a_promised_time_stays_when_the_wait_becomes_longer():
    memory = edited(("", journey(REST)), ("1 00:00", journey(LATER)))
    assert sends(memory) == ["hello 3 09:00 until 4 09:00"]


def test_reschedule_reckons_it_anew_from_the_arrival():
    memory = edited(("", journey(REST)), ("1 00:00", journey(LATER, reschedule=["rest"])))
    assert way(memory) == [
        "rest 1 00:00 rescheduled",
        "rest 5 09:00 next",
        "say 5 09:00 next",
        "(end) 5 09:00 finished",
    ]


def test_reschedule_lets_nobody_go_on_before_the_edit():
    sooner = {**REST, "rest": {"wait": "6 hours"}}
    memory = edited(("", journey(REST)), ("1 00:00", journey(sooner, reschedule=["rest"])))
    assert sends(memory) == ["hello 1 00:00 until 2 00:00"]


def test_from_a_wait_that_is_gone_she_goes_to_another_with_what_was_promised():
    other = {"pause": {"wait": "1 day"}, "say": REST["say"]}
    memory = edited(("", journey(REST)), ("1 00:00", journey(other, moved={"rest": "pause"})))
    assert way(memory) == [
        "rest 1 00:00 moved to pause",
        "pause 3 09:00 next",
        "say 3 09:00 next",
        "(end) 3 09:00 finished",
    ]


def test_from_a_wait_that_is_gone_she_comes_to_a_send_when_it_was_promised():
    memory = edited(("", journey(REST)), ("1 00:00", journey({"say": REST["say"]}, moved={"rest": "say"})))
    assert sends(memory) == ["hello 3 09:00 until 4 09:00"]


def test_after_a_pause_that_keeps_she_goes_on_at_her_own_time():
    paused = journey(REST, status="paused")
    memory = edited(("", journey(REST)), ("1 00:00", paused), ("5 00:00", journey(REST, pause="keep")))
    assert sends(memory) == ["hello 3 09:00 until 4 09:00"]


def test_after_a_pause_that_shifts_she_goes_on_later_by_its_length():
    paused = journey(REST, status="paused")
    memory = edited(("", journey(REST)), ("1 00:00", paused), ("2 12:00", journey(REST, pause="shift")))
    assert sends(memory) == ["hello 4 21:00 until 5 21:00"]


def test_nobody_enters_by_what_happened_in_a_pause():
    paused = journey(REST, status="paused")
    memory = edited(("", journey(REST)), ("0 08:00", paused), ("2 12:00", journey(REST)))
    assert memory.visits("welcome") == []


def test_of_a_retired_journey_those_inside_go_on():
    memory = edited(("", journey(REST)), ("1 00:00", journey(REST, status="retired")))
    assert sends(memory) == ["hello 3 09:00 until 4 09:00"]


def test_a_new_leave_rule_takes_effect_at_once():
    memory = edited(("", journey(REST)), ("1 00:00", journey(REST, leave={"if": "days since last follow >= 2"})))
    assert way(memory) == ["(leave) 2 00:00 leave"]


def test_a_wait_that_is_over_as_she_arrives_has_not_begun_until_its_data_are_there():
    first_of = [{"until": "click of hello"}, {"until": "purchase"}]
    answer = {"wait": {"first_of": first_of}, "count": "since entry", "at_most": "12 hours"}
    rest = {"rest": {"wait": "1 day"}}
    memory = edited(
        ("", journey(rest | {"answer": answer})),
        ("1 13:00", journey(rest | {"answer": {"if": "no click of hello", **answer}})),
        ticks=("1 12:00", "2 03:00"),
        more=[event("0 10:00", "click", of="hello")],
        feeds=[feed("orders", "purchase")],
        told=[covered("orders", "2 00:00", arrives="2 02:00")],
    )
    assert way(memory) == ["rest 1 09:00 next", "answer 1 09:00 passed by", "(end) 1 09:00 finished"]
