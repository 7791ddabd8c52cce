"""The reference's patience: decisions wait for their data, and it does not matter how often one looks."""

from tests.reference.stories import at, covered, event, feed, journey, live, path, paths, project, refusals, sends

FOLLOW = event("0 09:00", "follow")
ORDERS = [feed("orders", "purchase")]
BOUGHT_YET = [{"if": "purchase since entry"}, {"otherwise": "true", "do": {"remind": {"send": "remind"}}}]
STEPS = {"rest": {"wait": "1 day"}, "bought_yet": {"branch": BOUGHT_YET}, "more": {"wait": "1 day"}}
MIDNIGHT = covered("orders", "2 00:00", arrives="2 02:00")


def test_a_member_who_bought_while_the_orders_were_away_is_not_reminded():
    bought = event("1 08:00", "purchase", arrives="2 02:00")
    told = project(journey(STEPS), feeds=ORDERS)
    memory = live(told, [FOLLOW, bought], ["1 09:00", "1 23:00", "2 03:00", "9 00:00"], [MIDNIGHT])
    assert paths(memory)[0][1:4] == ["rest 1 09:00 next", "bought_yet 1 09:00 1", "more 2 09:00 next"]


def test_a_decision_waits_for_the_coverage_and_then_carries_its_own_instant():
    told = project(journey(STEPS), feeds=ORDERS)
    waiting = live(told, [FOLLOW], ["1 12:00", "2 01:00"], [MIDNIGHT])
    assert paths(waiting) == [["(enter) 0 09:00 journey", "rest 1 09:00 next"]]
    memory = live(told, [FOLLOW], ["1 12:00", "2 02:00"], [MIDNIGHT])
    assert sends(memory) == ["remind 1 09:00 until 2 09:00"]


def test_without_any_coverage_nothing_that_rests_on_it_is_decided():
    memory = live(project(journey(STEPS), feeds=ORDERS), [FOLLOW], ["30 00:00"])
    assert paths(memory) == [["(enter) 0 09:00 journey", "rest 1 09:00 next"]]


def test_at_once_decides_on_what_is_known():
    steps = STEPS | {"bought_yet": {"branch": BOUGHT_YET, "at_once": True}}
    memory = live(project(journey(steps), feeds=ORDERS), [FOLLOW], ["1 09:00"])
    assert sends(memory) == ["remind 1 09:00 until 2 09:00"]


def test_a_timeout_waits_for_the_feed_and_an_earlier_event_that_arrives_with_it_wins():
    wait = {"answer": {"wait": {"first_of": [{"until": "purchase"}, {"until": "click of hello"}]}, "at_most": "1 day"}}
    told = project(journey(wait), feeds=ORDERS)
    bought = event("0 20:00", "purchase", arrives="2 02:00")
    click = event("0 21:00", "click", of="hello")
    ticks = ["0 21:00", "1 12:00", "2 03:00"]
    assert paths(live(told, [FOLLOW, click], ticks[:2], [MIDNIGHT]))[0] == ["(enter) 0 09:00 journey"]
    assert paths(live(told, [FOLLOW, bought, click], ticks, [MIDNIGHT]))[0][1] == "answer 0 20:00 1"


def test_an_if_of_a_step_and_of_the_door_wait_too():
    told = project(journey({"hello": {"send": "hello", "if": "no purchase"}}), feeds=ORDERS)
    assert sends(live(told, [FOLLOW], ["0 12:00"])) == []
    assert sends(live(told, [FOLLOW], ["0 12:00", "2 03:00"], [MIDNIGHT])) == ["hello 0 09:00 until 1 09:00"]
    door = project(journey({"hello": {"send": "hello"}}, enter={"if": "purchase"}), feeds=ORDERS)
    story = [FOLLOW, event("0 08:00", "purchase", arrives="2 02:00")]
    assert live(door, story, ["0 12:00", "2 01:00"], [MIDNIGHT]).enrolments == []
    assert sends(live(door, story, ["0 12:00", "2 03:00"], [MIDNIGHT])) == ["hello 0 09:00 until 1 09:00"]


def test_leaving_waits_for_nothing():
    told = project(journey(STEPS, leave={"if": "no purchase within 12 hours"}), feeds=ORDERS)
    memory = live(told, [FOLLOW], ["0 10:00"])
    assert paths(memory)[0] == ["(enter) 0 09:00 journey", "(leave) 0 09:00 leave"]


def test_who_leaves_while_a_decision_is_held_leaves_there():
    told = project(journey(STEPS), feeds=ORDERS)
    memory = live(told, [FOLLOW, event("1 12:00", "unfollow")], ["1 13:00", "2 03:00"], [MIDNIGHT])
    assert path(memory.enrolments[0])[1:] == ["rest 1 09:00 next", "(leave) 1 12:00 blocked"]


def test_one_pass_gives_what_a_pass_an_hour_gives():
    wait = {"first_of": [{"until": "click of hello", "do": {"vip": {"tag": "vip for 3 days"}}}]}
    steps = {
        "hello": {"send": "hello"},
        "answer": {"wait": wait, "at_most": "2 days"},
        "ten": {"wait": "1 day", "until": "10:00"},
        "which": {"branch": [{"if": "tag vip", "do": {"on": {"go_to": "engage"}}}, {"otherwise": "true"}]},
    }
    engage = journey({"rest": {"wait": "3 days"}}, name="engage", enter={"on": "purchase", "again": "after exit"})
    told = project(
        journey(steps, enter={"again": "after 4 days"}, leave={"if": "refund"}), engage, quiet_hours="21:00-09:00"
    )
    story = [
        FOLLOW,
        event("1 23:00", "click", of="hello"),
        event("4 08:00", "follow"),
        event("9 22:00", "follow"),
        event("12 11:30", "refund"),
    ]
    once = live(told, story, ["20 00:00"])
    hourly = live(told, story, [f"{hour // 24} {hour % 24}:00" for hour in range(20 * 24 + 1)])
    for name in ("welcome", "engage"):
        assert [(v.path, v.intents) for v in once.visits(name)] == [(v.path, v.intents) for v in hourly.visits(name)]
    assert (once.grants, once.refusals) == (hourly.grants, hourly.refusals)
    assert [visit.entered_at for visit in once.visits("welcome")] == [at("0 09:00"), at("9 22:00")]
    assert [visit.entered_at for visit in once.visits("engage")] == [at("3 10:00")]
    assert refusals(once) == ["welcome 4 08:00 again"]


def test_in_one_tick_who_is_handed_on_comes_before_a_later_trigger():
    first = journey({"rest": {"wait": "1 day"}, "on": {"go_to": "alpha"}}, name="zeta")
    after = journey({"rest": {"wait": "1 day"}}, name="alpha", enter={"on": "purchase", "again": "after exit"})
    memory = live(project(first, after), [FOLLOW, event("4 09:00", "purchase")], ["30 00:00"])
    assert [visit.entered_at for visit in memory.visits("alpha")] == [at("1 09:00"), at("4 09:00")]
    assert refusals(memory) == []
