"""The reference's door: triggers, refusals with their reason, re-entry, holdout and what status does."""

import pytest

from tests.reference.facts import Member
from tests.reference.interpreter import Life, TimeGoesBack
from tests.reference.stories import at, event, grant, journey, live, paths, project, refusals, stay

REST = {"rest": {"wait": "2 days"}}
FOLLOW = event("0 09:00", "follow")


def entered(memory, name="welcome"):
    return [(visit.visit, visit.trigger.kind, visit.arm) for visit in memory.visits(name)]


def test_a_matching_event_lets_her_in_at_its_own_instant():
    enter = {"on": "follow where source = 'store_qr'"}
    web = event("0 09:00", "follow", properties={"source": "web"})
    store = event("1 09:00", "follow", properties={"source": "store_qr"})
    memory = live(project(journey(REST, enter=enter)), [web, store], ["30 00:00"])
    assert paths(memory) == [["(enter) 1 09:00 journey", "rest 3 09:00 next", "(end) 3 09:00 finished"]]
    assert refusals(memory) == []


def test_joining_a_segment_lets_her_in_each_time_she_joins():
    enter = {"on": None, "joins": "lapsed", "again": "after exit"}
    stays = [stay("0 03:00", "lapsed", "4 03:00"), stay("6 03:00", "lapsed"), stay("7 03:00", "other")]
    memory = live(project(journey(REST, enter=enter)), stays, [f"{day} 04:00" for day in range(12)])
    assert [visit[0] for visit in paths(memory)] == ["(enter) 0 03:00 journey", "(enter) 6 03:00 journey"]


def test_an_appointed_time_lets_in_who_is_in_the_segment_then():
    enter = {"on": None, "at": {"time": "2026-03-04 10:00", "to": "vips"}}
    told = project(journey(REST, enter=enter))
    assert entered(live(told, [stay("0 03:00", "vips")], ["1 00:00", "2 10:00", "3 00:00"])) == [(1, "at", "journey")]
    assert entered(live(told, [stay("0 03:00", "vips", "2 10:00")], ["5 00:00"])) == []
    assert entered(live(told, [stay("2 10:00:01", "vips")], ["5 00:00"])) == []


def test_never_means_one_visit():
    memory = live(project(journey(REST)), [FOLLOW, event("5 09:00", "follow")], ["30 00:00"])
    assert (entered(memory), refusals(memory)) == ([(1, "event", "journey")], ["welcome 5 09:00 again"])


def test_a_trigger_inside_is_refused_and_one_at_the_very_end_enters():
    again = {"again": "after exit"}
    inside, end = event("1 09:00", "follow"), event("2 09:00", "follow")
    memory = live(project(journey(REST, enter=again)), [FOLLOW, inside, end], ["30 00:00"])
    assert refusals(memory) == ["welcome 1 09:00 inside"]
    assert [visit[0] for visit in paths(memory)] == ["(enter) 0 09:00 journey", "(enter) 2 09:00 journey"]


def test_after_a_length_counts_from_the_previous_entry():
    again = {"again": "after 5 days"}
    triggers = [FOLLOW, event("4 23:00", "follow"), event("5 08:59", "follow"), event("5 09:00", "follow")]
    memory = live(project(journey(REST, enter=again)), triggers, ["30 00:00"])
    assert refusals(memory) == ["welcome 4 23:00 again", "welcome 5 08:59 again"]
    assert [visit[0] for visit in paths(memory)] == ["(enter) 0 09:00 journey", "(enter) 5 09:00 journey"]


def test_a_trigger_that_arrives_late_and_is_older_than_her_entry_is_refused():
    late = event("-1 09:00", "follow", arrives="0 12:00")
    memory = live(project(journey(REST)), [FOLLOW, late], ["0 10:00", "0 13:00"])
    assert refusals(memory) == ["welcome -1 09:00 older"]


def test_the_condition_is_asked_once_at_the_triggers_instant_and_the_trigger_counts():
    told = project(journey(REST, enter={"on": "purchase", "if": "purchase since entry and tag vip"}))
    purchase, other = event("0 09:00", "purchase"), event("1 09:00", "purchase")
    assert entered(live(told, [grant("0 08:00", "vip"), purchase], ["9 00:00"])) == [(1, "event", "journey")]
    memory = live(told, [purchase, grant("0 09:01", "vip", "1 08:00"), other], ["9 00:00"])
    assert (entered(memory), refusals(memory)) == ([], ["welcome 0 09:00 if", "welcome 1 09:00 if"])


def test_who_has_blocked_us_does_not_enter_until_she_follows_again():
    again = {"on": "purchase", "again": "after exit"}
    told = project(journey({"halt": {"stop": "now"}}, enter=again))
    story = [
        event("0 09:00", "unfollow"),
        event("1 09:00", "purchase"),
        event("2 09:00", "follow"),
        event("3 09:00", "purchase"),
    ]
    memory = live(told, story, ["9 00:00"])
    assert (entered(memory), refusals(memory)) == ([(1, "event", "journey")], ["welcome 1 09:00 blocked"])
    follows = project(journey({"halt": {"stop": "now"}}, enter={"again": "after exit"}))
    assert entered(live(follows, [event("0 09:00", "unfollow"), event("1 09:00", "follow")], ["9 00:00"])) == [
        (1, "event", "journey")
    ]


def test_triggers_before_the_journey_was_live_do_not_count():
    life = Life(project(journey(REST)), Member("m1", at("0 00:00")), [FOLLOW], live_since=at("0 09:00:01"))
    life.tick(at("9 00:00"))
    assert life.memory.enrolments == []


def test_the_held_out_take_no_step_and_close_when_the_goals_time_is_up():
    held = journey(REST, holdout="12%", goal={"if": "purchase since entry", "within": "7 days", "then": "leave"})
    story = [FOLLOW, event("3 09:00", "purchase"), event("5 09:00", "follow"), event("6 09:00", "unfollow")]
    memory = live(project(held), story, ["6 23:00", "9 00:00"])  # m1 draws 1189 of 10,000
    assert paths(memory) == [["(enter) 0 09:00 holdout", "(end) 7 09:00 holdout"]]
    assert (memory.enrolments[0].goal_at, refusals(memory)) == (at("3 09:00"), ["welcome 5 09:00 inside"])
    by_a_hair = journey(REST, holdout="11.89%")
    assert entered(live(project(by_a_hair), [FOLLOW], ["9 00:00"])) == [(1, "event", "journey")]


def test_the_global_holdout_goes_first_and_without_a_goal_it_closes_at_once():
    memory = live(project(journey(REST), global_holdout="81.63%"), [FOLLOW], ["0 09:00"])  # m1 draws 8162
    assert paths(memory) == [["(enter) 0 09:00 holdout", "(end) 0 09:00 holdout"]]


def test_the_stored_arm_beats_the_draw():
    steps = {"offer": {"split": {"a": {"share": "1%"}, "b": {"share": "99%"}}}}
    life = Life(
        project(journey(steps, enter={"again": "after exit"})),
        Member("m1", at("0 00:00")),
        [FOLLOW, event("5 09:00", "follow")],
    )
    life.tick(at("1 00:00"))
    life.memory.enrolments[0].arms["offer"] = "a"
    life.tick(at("9 00:00"))
    assert [visit.arms for visit in life.memory.enrolments] == [{"offer": "a"}, {"offer": "a"}]


@pytest.mark.parametrize(("status", "visits"), [("live", 1), ("paused", 0), ("retired", 0), ("draft", 0)])
def test_only_a_live_journey_is_entered(status, visits):
    assert len(live(project(journey(REST, status=status)), [FOLLOW], ["9 00:00"]).enrolments) == visits


def test_time_does_not_go_back():
    with pytest.raises(TimeGoesBack):
        live(project(journey(REST)), [FOLLOW], ["3 00:00", "2 23:59"])


def test_what_was_handed_on_enters_whatever_the_trigger():
    first = journey({"on": {"go_to": "engage"}})
    engage = journey(REST, name="engage", enter={"on": None, "joins": "lapsed"})
    assert entered(live(project(first, engage), [FOLLOW], ["0 09:00"]), "engage") == [(1, "event", "journey")]
