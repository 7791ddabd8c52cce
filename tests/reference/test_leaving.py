"""The reference's way out: causes to leave, their first instant and precedence, goals, and what arrives late."""

from tests.reference.facts import Member
from tests.reference.stories import at, event, grant, journey, live, path, paths, project, sends, stay

FOLLOW = event("0 09:00", "follow")
STEPS = {"rest": {"wait": "2 days"}, "hello": {"send": "hello"}, "more": {"wait": "5 days"}}


def left(*arrivals, ticks=("30 00:00",), steps=None, member=None, **more):
    memory = live(project(journey(steps or STEPS, **more)), [FOLLOW, *arrivals], ticks, member=member)
    return path(memory.enrolments[0])[-1]


def test_a_leave_rule_ends_a_wait_at_the_events_instant():
    memory = live(
        project(journey(STEPS, leave={"if": "refund since entry"})), [FOLLOW, event("1 10:00", "refund")], ["30 00:00"]
    )
    assert (paths(memory), sends(memory)) == ([["(enter) 0 09:00 journey", "(leave) 1 10:00 leave"]], [])


def test_at_the_same_instant_leaving_beats_the_event_and_the_event_beats_the_timeout():
    wait = {"answer": {"wait": {"first_of": [{"until": "purchase"}]}, "at_most": "1 day"}}
    both = [event("0 12:00", "purchase"), event("0 12:00", "refund")]
    assert left(*both, steps=wait, leave={"if": "refund"}) == "(leave) 0 12:00 leave"
    assert left(event("1 09:00", "refund"), steps=wait, leave={"if": "refund"}) == "(leave) 1 09:00 leave"
    assert left(event("1 09:00:01", "refund"), steps=wait, leave={"if": "refund"}) == "(end) 1 09:00 finished"


def test_who_is_already_to_leave_enters_and_leaves_without_a_step():
    told = project(journey({"hello": {"send": "hello"}}, leave={"if": "tag employee"}))
    memory = live(told, [FOLLOW, grant("-1 00:00", "employee")], ["0 09:00"])
    assert (paths(memory), sends(memory)) == ([["(enter) 0 09:00 journey", "(leave) 0 09:00 leave"]], [])


def test_a_tag_given_on_the_way_may_end_the_way_before_the_next_step():
    steps = {"mark": {"tag": "done"}, "hello": {"send": "hello"}}
    told = project(journey(steps, leave={"if": "tag done"}))
    memory = live(told, [FOLLOW], ["0 09:00"])
    assert paths(memory) == [["(enter) 0 09:00 journey", "mark 0 09:00 next", "(leave) 0 09:00 leave"]]


def test_blocking_ends_it_and_at_the_same_instant_goes_before_the_rule():
    assert left(event("1 10:00", "unfollow")) == "(leave) 1 10:00 blocked"
    both = [event("1 10:00", "refund"), event("1 10:00", "unfollow")]
    assert left(*both, leave={"if": "refund"}) == "(leave) 1 10:00 blocked"


def test_erasure_ends_it_first_of_all():
    erased = Member("m1", at("-9 00:00"), erased_at=at("1 10:00"))
    assert left(event("1 10:00", "unfollow"), member=erased) == "(leave) 1 10:00 erased"


def test_the_clock_alone_may_end_it():
    bought = event("-1 12:00", "purchase")
    assert left(bought, leave={"if": "no purchase within 2 days"}) == "(leave) 1 12:00 leave"
    assert left(bought, leave={"if": "days since last purchase >= 3"}) == "(leave) 2 00:00 leave"
    assert left(grant("-1 00:00", "vip", "1 08:00"), leave={"if": "not tag vip"}) == "(leave) 1 08:00 leave"
    assert left(stay("1 03:00", "lapsed"), leave={"if": "in segment lapsed"}) == "(leave) 1 03:00 leave"
    assert left(stay("0 03:00", "vips", "1 03:00"), leave={"if": "not in segment vips"}) == "(leave) 1 03:00 leave"
    assert left(stay("1 03:00", "grow", kind="stage"), leave={"if": "stage is grow"}) == "(leave) 1 03:00 leave"
    born = Member("m1", at("-9 00:00"), {"birthday": "1990-03-04"})
    assert left(leave={"if": "birthday within next 1 day"}, member=born) == "(leave) 1 00:00 leave"


def test_another_journey_may_end_it():
    other = journey({"rest": {"wait": "1 day"}}, name="engage", enter={"on": "visit"})
    told = project(other, journey(STEPS, leave={"if": "in journey engage"}))
    memory = live(told, [FOLLOW, event("1 10:00", "visit")], ["30 00:00"])
    assert paths(memory)[0][-1] == "(leave) 1 10:00 leave"
    told = project(other, journey(STEPS, leave={"if": "finished journey engage"}))
    memory = live(told, [FOLLOW, event("0 10:00", "visit")], ["30 00:00"])
    assert paths(memory)[0][-1] == "(leave) 1 10:00 leave"


def test_what_arrives_late_undoes_no_step():
    late = event("1 10:00", "refund", arrives="2 12:00")
    told = project(journey(STEPS, leave={"if": "refund"}))
    memory = live(told, [FOLLOW, late], ["2 10:00", "3 00:00"])
    assert paths(memory)[0][1:] == ["rest 2 09:00 next", "hello 2 09:00 next", "(leave) 2 09:00 leave"]
    assert sends(memory) == ["hello 2 09:00 until 3 09:00"]


def test_a_goal_is_the_first_instant_within_its_time_and_counts_once_ended_or_not():
    goal = {"if": "purchase since entry", "within": "14 days", "then": "stay"}
    story = [FOLLOW, event("0 09:00", "purchase"), event("10 09:00", "purchase"), event("11 09:00", "purchase")]
    memory = live(project(journey(STEPS, goal=goal)), story, ["10 12:00", "30 00:00"])
    assert memory.enrolments[0].goal_at == at("10 09:00")
    assert path(memory.enrolments[0])[-1] == "(end) 7 09:00 finished"
    last = live(project(journey(STEPS, goal=goal)), [FOLLOW, event("14 09:00", "purchase")], ["30 00:00"])
    assert last.enrolments[0].goal_at == at("14 09:00")
    over = live(project(journey(STEPS, goal=goal)), [FOLLOW, event("14 09:00:01", "purchase")], ["30 00:00"])
    assert over.enrolments[0].goal_at is None


def test_a_goal_may_end_the_journey_and_the_leave_rule_goes_before_it():
    goal = {"if": "purchase since entry", "within": "14 days", "then": "leave"}
    bought = event("1 10:00", "purchase")
    assert left(bought, goal=goal) == "(leave) 1 10:00 goal"
    assert left(bought, goal=goal, leave={"if": "purchase"}) == "(leave) 1 10:00 leave"


def test_a_window_of_a_month_ends_with_the_month_that_is_shorter():
    bought = event("-30 10:00", "purchase")  # 31 January: “a month before” is February until 1 March 00:00
    follow = event("-2 09:00", "follow")
    told = project(journey(STEPS, leave={"if": "no purchase within 1 month"}))
    memory = live(told, [bought, follow], ["30 00:00"])
    assert path(memory.enrolments[0])[-1] == "(leave) -1 00:00 leave"
