"""Two members who are found to be one, in the reference: whose visit goes on, what counts, what is heard later."""

from __future__ import annotations

from tests.reference.facts import Arrival, Member
from tests.reference.interpreter import Life
from tests.reference.merging import merge
from tests.reference.stories import at, event, journey, path, paths, project, refusals

STEPS = {"rest": {"wait": "3 days"}, "remind": {"send": "hello"}}


def two(*told: tuple[str, Arrival], merged: str, ticks: tuple[str, ...], **more: object) -> Life:
    """What became of mei, who turned out to be may as well; `told` says of whom each arrival is."""
    brand = project(journey(STEPS, **more))
    mei, may = (
        Life(brand, Member(key, at("-9 00:00")), [one for who, one in told if who == key]) for key in ("mei", "may")
    )
    for tick in sorted([*ticks, merged], key=at):
        if tick == merged:
            merge(mei, may, at(tick))
        else:
            mei.tick(at(tick))
            may.tick(at(tick))
    assert may.memory.enrolments == []
    return mei


def test_where_only_the_other_is_inside_her_visit_goes_on_with_its_times() -> None:
    mei = two(("may", event("0 10:00", "follow")), merged="1 10:00", ticks=("0 10:00", "4 00:00"))
    assert paths(mei.memory) == [
        ["(enter) 0 10:00 journey", "rest 3 10:00 next", "remind 3 10:00 next", "(end) 3 10:00 finished"]
    ]


def test_where_both_are_inside_hers_goes_on_and_visits_count_in_the_order_of_time() -> None:
    told = (("may", event("0 10:00", "follow")), ("mei", event("0 12:00", "follow")))
    mei = two(
        *told,
        merged="1 10:00",
        ticks=("0 12:00", "4 00:00"),
        goal={"if": "purchase", "within": "9 days", "then": "stay"},
    )
    by_number = {visit.visit: visit for visit in mei.memory.enrolments}
    assert path(by_number[1])[-1] == "(leave) 1 10:00 merged"
    assert path(by_number[2])[-1] == "(end) 3 12:00 finished"
    assert (by_number[1].goal_until, by_number[2].goal_until) == (None, at("9 12:00"))


def test_what_either_did_before_is_heard_late_by_her_visit_and_keeps_her_out_later() -> None:
    told = (
        ("mei", event("0 12:00", "follow")), ("may", event("1 09:00", "refund")), ("mei", event("5 00:00", "follow")),
    )  # fmt: skip
    mei = two(*told, merged="1 10:00", ticks=("0 12:00", "1 09:30", "6 00:00"), leave={"if": "refund since entry"})
    assert paths(mei.memory) == [["(enter) 0 12:00 journey", "(leave) 1 09:00 leave"]]
    assert refusals(mei.memory) == ["welcome 5 00:00 again"]


def test_what_is_told_of_the_other_later_is_told_of_her() -> None:
    told = (("mei", event("0 12:00", "follow")), ("may", event("1 09:00", "refund", "2 09:00")))
    mei = two(*told, merged="1 10:00", ticks=("0 12:00", "1 09:30", "6 00:00"), leave={"if": "refund since entry"})
    assert path(mei.memory.enrolments[0])[-1] == "(leave) 1 09:00 leave"
