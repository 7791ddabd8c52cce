"""The reference's steps: each kind, its instants and its outcome, as literal paths."""

from datetime import timedelta

from tests.reference.facts import Member
from tests.reference.stories import at, event, grant, journey, live, path, paths, project, sends
from tests.reference.wallclock import local

FOLLOW = event("0 09:00", "follow")
CLICKS = {"first_of": [{"until": "click of hello", "do": {"thank": {"send": "thanks"}}}, {"until": "purchase"}]}
WAITING = {"answer": {"wait": CLICKS, "at_most": "2 days", "otherwise": {"do": {"nudge": {"send": "nudge"}}}}}


def walked(steps, *arrivals, ticks=("30 00:00",), member=None, **policy):
    return live(project(journey(steps), **policy), [FOLLOW, *arrivals], ticks, member=member)


def test_a_day_keeps_the_local_time_and_hours_are_exact():
    memory = walked(
        {"day": {"wait": "1 day"}, "hours": {"wait": "36 hours"}, "bye": {"send": "bye", "expires": "2 hours"}}
    )
    assert paths(memory) == [
        [
            "(enter) 0 09:00 journey",
            "day 1 09:00 next",
            "hours 2 21:00 next",
            "bye 2 21:00 next",
            "(end) 2 21:00 finished",
        ]
    ]
    assert sends(memory) == ["bye 2 21:00 until 2 23:00"]


def test_a_day_across_summer_time_is_the_members_own():
    here = Member("m1", at("-100 00:00"), zone="America/New_York")
    follow = event("5 02:00", "follow")  # Friday 6 March 13:00 in New York, two days before the clock goes forward
    memory = live(project(journey({"rest": {"wait": "3 days"}})), [follow], ["30 00:00"], member=here)
    arrival, rest = memory.enrolments[0].path[:2]
    assert (rest.at - arrival.at, local(rest.at, "America/New_York").hour) == (timedelta(hours=71), 13)


def test_a_clock_time_is_strictly_later_and_until_may_be_now():
    steps = {"ten": {"wait": "10:00"}, "again": {"wait": "10:00"}, "same": {"wait": "24 hours", "until": "10:00"}}
    assert path(walked(steps).enrolments[0])[1:4] == ["ten 0 10:00 next", "again 1 10:00 next", "same 2 10:00 next"]


def test_the_first_event_ends_the_wait_at_its_instant():
    memory = walked(WAITING, event("1 10:00", "purchase"), event("1 09:30", "click", of="hello"))
    assert path(memory.enrolments[0])[1:3] == ["answer 1 09:30 1", "thank 1 09:30 next"]


def test_at_the_same_instant_the_event_written_first_wins():
    memory = walked(WAITING, event("1 10:00", "purchase"), event("1 10:00", "click", of="hello"))
    assert path(memory.enrolments[0])[1] == "answer 1 10:00 1"


def test_an_event_at_the_arrival_does_not_end_the_wait_and_one_at_its_last_instant_does():
    early, late = event("0 09:00", "purchase"), event("2 09:00", "purchase")
    assert path(walked(WAITING, early).enrolments[0])[1] == "answer 2 09:00 timeout"
    assert path(walked(WAITING, late).enrolments[0])[1] == "answer 2 09:00 2"


def test_a_wait_without_its_event_ends_by_timeout():
    memory = walked(WAITING, event("2 09:00:01", "purchase"))
    assert path(memory.enrolments[0])[1:3] == ["answer 2 09:00 timeout", "nudge 2 09:00 next"]


def test_a_skipped_message_ends_the_wait_for_its_click_at_once():
    only_click = {"answer": {"wait": {"first_of": [{"until": "click of hello"}]}, "at_most": "2 days"}}
    skipped = event("0 11:00", "skipped", of="hello")
    assert path(walked(only_click, skipped).enrolments[0])[1] == "answer 0 11:00 timeout"
    assert (
        path(walked(only_click, event("0 11:00", "unknown", of="hello")).enrolments[0])[1] == "answer 0 11:00 timeout"
    )
    assert path(walked(WAITING, skipped).enrolments[0])[1] == "answer 2 09:00 timeout"  # a purchase may still come


def test_what_was_skipped_before_the_wait_ends_it_on_arrival():
    steps = {
        "rest": {"wait": "1 day"},
        "answer": {"wait": {"first_of": [{"until": "click of hello"}]}, "at_most": "2 days"},
    }
    memory = walked(steps, event("0 11:00", "skipped", of="hello"))
    assert path(memory.enrolments[0])[2] == "answer 1 09:00 timeout"


def test_a_branch_takes_the_first_arm_that_holds_at_her_instant():
    arms = [
        {"if": "purchase since entry", "do": {"thank": {"send": "thanks"}}},
        {"if": "tag vip", "do": {"vip": {"send": "vip"}}},
        {"otherwise": "true", "do": {"offer": {"send": "offer"}}},
    ]
    steps = {"rest": {"wait": "1 day"}, "which": {"branch": arms}, "bye": {"send": "bye"}}
    assert path(walked(steps, event("1 09:00", "purchase")).enrolments[0])[2:5] == [
        "which 1 09:00 1",
        "thank 1 09:00 next",
        "bye 1 09:00 next",
    ]
    later = walked(steps, event("1 09:00:01", "purchase"), grant("0 12:00", "vip"))
    assert path(later.enrolments[0])[2:4] == ["which 1 09:00 2", "vip 1 09:00 next"]
    assert path(walked(steps, grant("0 12:00", "vip", "1 09:00")).enrolments[0])[2] == "which 1 09:00 otherwise"


def test_a_step_whose_if_is_false_is_passed_by():
    steps = {"hello": {"send": "hello", "if": "tag vip"}, "bye": {"send": "bye", "if": "no purchase"}}
    memory = walked(steps)
    assert path(memory.enrolments[0])[1:3] == ["hello 0 09:00 passed by", "bye 0 09:00 next"]


def test_a_split_is_drawn_by_the_members_key():
    steps = {"offer": {"split": {"coupon": {"share": "50%"}, "story": {"share": "50%"}}}}
    drawn = {
        key: walked(steps, member=Member(key, at("-9 00:00"))).enrolments[0].arms["offer"]
        for key in ("m1", "m2", "m3", "m4", "m5", "m6")
    }
    # The draws are 6808, 4317, 7811, 4206, 4925 and 4332.
    assert list(drawn.values()) == ["story", "coupon", "story", "coupon", "coupon", "coupon"]


def test_tags_are_granted_for_a_calendar_length_and_removed():
    steps = {"mark": {"tag": "vip +2 for 1 month"}, "rest": {"wait": "1 day"}, "unmark": {"untag": "vip"}}
    (given,) = walked(steps).grants
    assert (given.granted_at, given.strength, given.expires_at, given.removed_at, given.source) == (
        at("0 09:00"),
        2,
        at("31 09:00"),
        at("1 09:00"),
        "welcome/mark",
    )


def test_quiet_hours_are_a_wait_and_what_follows_counts_from_their_end():
    steps = {"rest": {"wait": "12 hours"}, "hello": {"send": "hello"}, "more": {"wait": "1 hour"}}
    memory = walked(steps, quiet_hours="21:00-09:00")
    assert path(memory.enrolments[0])[1:] == [
        "rest 0 21:00 next",
        "hello 0 21:00 quiet",
        "hello 1 09:00 next",
        "more 1 10:00 next",
        "(end) 1 10:00 finished",
    ]
    assert sends(memory) == ["hello 1 09:00 until 2 09:00"]


def test_a_send_may_be_skipped_in_quiet_hours_and_a_wait_for_its_click_ends_at_once():
    click = {"wait": {"first_of": [{"until": "click of hello"}]}, "at_most": "1 day"}
    steps = {"rest": {"wait": "12 hours"}, "hello": {"send": "hello", "quiet": "skip"}, "answer": click}
    memory = walked(steps, quiet_hours="21:00-09:00")
    assert path(memory.enrolments[0])[2:4] == ["hello 0 21:00 skipped", "answer 0 21:00 timeout"]
    assert [(e.name, e.of, e.at, e.source) for e in memory.events[1:]] == [
        ("skipped", "hello", at("0 21:00"), "engine")
    ]
    assert sends(memory) == []


def test_stop_ends_with_its_reason():
    memory = walked({"halt": {"stop": "enough"}})
    assert path(memory.enrolments[0]) == ["(enter) 0 09:00 journey", "halt 0 09:00 next", "(end) 0 09:00 stop: enough"]


def test_go_to_hands_on_in_the_same_tick_and_the_next_journeys_rules_apply():
    first = journey({"rest": {"wait": "1 day"}, "on": {"go_to": "engage"}})
    other = {"on": "purchase", "again": "never"}
    engage = journey({"rest": {"wait": "1 day"}}, name="engage", enter=other)
    memory = live(project(first, engage), [FOLLOW], ["1 08:59", "2 12:00"])
    assert paths(memory)[0][2:] == ["on 1 09:00 next", "(end) 1 09:00 go_to: engage"]
    assert paths(memory, "engage") == [["(enter) 1 09:00 journey", "rest 2 09:00 next", "(end) 2 09:00 finished"]]
    picky = journey({"rest": {"wait": "1 day"}}, name="engage", enter=other | {"if": "tag vip"})
    memory = live(project(first, picky), [FOLLOW], ["2 12:00"])
    assert [(one.journey, one.reason) for one in memory.refusals] == [("engage", "if")]
