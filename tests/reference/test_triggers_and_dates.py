"""The reference's new doors and waits: clocks, dates, keys, restarts, windows and allowed days, as literal paths."""

from tests.reference.facts import Change, Member
from tests.reference.interpreter import Company, Life, places_of
from tests.reference.stories import at, event, journey, live, path, paths, project, refusals, stay

FOLLOW = event("0 09:00", "follow")
REST = {"rest": {"wait": "1 day"}}


def entries(memory, name="welcome"):
    return [told[0] for told in paths(memory, name)]


def walked(steps, *arrivals, **policy):
    return path(live(project(journey(steps), **policy), [FOLLOW, *arrivals], ["60 00:00"]).enrolments[0])[1:-1]


def test_a_wait_goes_on_only_on_allowed_days_at_the_same_hour():
    steps = {"one": {"wait": "4 days", "on": "weekends"}, "two": {"wait": "1 day", "on": "workdays"}}
    calendar = {"country": "TW", "closed": ["2026-03-09"], "open": []}
    assert walked(steps, calendar=calendar) == ["one 5 09:00 next", "two 8 09:00 next"]


def test_a_window_is_open_at_once_or_when_it_next_begins():
    steps = {
        "now": {"wait": {"window": "09:00-10:00"}},
        "later": {"wait": {"window": "10:00-11:00"}, "on": ["wed"]},
        "over": {"wait": {"window": "20:00-10:01"}, "on": ["tue"]},
    }
    assert walked(steps) == ["now 0 09:00 next", "later 2 10:00 next", "over 2 10:00 next"]


def test_a_date_is_waited_for_and_late_or_missing_goes_the_other_way():
    steps = {
        "soon": {"wait": {"date": "renews", "offset": "-1 day", "at": "10:00"}, "do": {"a": {"send": "hello"}}},
        "late": {"wait": {"date": "renews", "offset": "-1 week"}, "otherwise": {"do": {"b": {"send": "hello"}}}},
        "none": {"wait": {"date": "birthday"}},
    }
    member = Member("m1", at("-100 00:00"), {"renews": "2026-03-06"})
    memory = live(project(journey(steps)), [FOLLOW], ["60 00:00"], member=member)
    assert path(memory.enrolments[0])[1:-1] == [
        "soon 3 10:00 next",
        "a 3 10:00 next",
        "late 3 10:00 late",
        "b 3 10:00 next",
        "none 3 10:00 no date",
    ]


def test_lengths_may_count_from_the_entry():
    steps = {
        "rest": {"wait": "2 days"},
        "past": {"wait": "1 day", "count": "since entry"},
        "come": {"wait": "3 days", "count": "since entry"},
        "heard": {"wait": {"first_of": [{"until": "visit"}]}, "at_most": "9 days", "count": "since entry"},
    }
    told = walked(steps, event("1 12:00", "visit"))
    assert told == ["rest 2 09:00 next", "past 2 09:00 next", "come 3 09:00 next", "heard 3 09:00 1"]


def test_a_schedule_fires_for_those_who_are_in_the_segment_then():
    enter = {"on": None, "every": {"cron": "0 10 * * 1", "of": "vips"}, "again": "after exit"}
    told = project(journey(REST, enter=enter))
    stays = [stay("-1 03:00", "vips", "7 10:00"), stay("13 03:00", "vips")]
    life = Life(told, Member("m1", at("-9 00:00")), stays, live_since=at("-5 00:00"))
    life.tick(at("20 00:00"))
    assert entries(life.memory) == ["(enter) 0 10:00 journey", "(enter) 14 10:00 journey"]


def test_a_date_lets_in_before_it_and_late_only_while_the_day_is_not_over():
    date = {"of": "renews", "offset": "-2 days", "at": "10:00", "late": "now"}
    told = project(journey(REST, enter={"on": None, "date": date, "again": "after exit"}))
    later = [Change(at("6 12:00"), {"renews": "2026-03-09"}), Change(at("9 12:00"), {"renews": "2026-03-10"})]
    life = Life(told, Member("m1", at("-9 00:00"), {"renews": "2026-03-05"}), later, live_since=at("-5 00:00"))
    for day in range(12):
        life.tick(at(f"{day} 13:00"))
    assert entries(life.memory) == ["(enter) 1 10:00 journey", "(enter) 6 12:00 journey"]


def test_stages_and_ends_of_journeys_let_in():
    first = journey(REST)
    stage = journey(REST, name="grown", enter={"on": None, "stage": "grow"})
    after = journey(REST, name="next", enter={"on": None, "after": "welcome"})
    memory = live(project(first, stage, after), [FOLLOW, stay("2 03:00", "grow", kind="stage")], ["9 00:00"])
    assert (entries(memory, "grown"), entries(memory, "next")) == (
        ["(enter) 2 03:00 journey"],
        ["(enter) 1 09:00 journey"],
    )


def test_a_visit_per_key_sees_its_own_orders_and_others_where_the_key_is_lifted():
    enter = {"on": "purchase", "again": "per order_id"}
    wait = {"first_of": [{"until": "refund"}, {"until": "refund of any order_id"}]}
    told = project(journey({"rest": {"wait": wait, "at_most": "5 days"}}, enter=enter))

    def of(order):
        return {"properties": {"order_id": order}}

    story = [event("0 09:00", "purchase", **of("A")), event("0 10:00", "purchase", **of("B"))]
    story += [
        event("1 09:00", "purchase"),
        event("2 09:00", "refund", **of("B")),
        event("3 09:00", "purchase", **of("A")),
    ]
    memory = live(told, story, ["9 00:00"])
    assert {visit.key: path(visit)[1] for visit in memory.enrolments} == {"A": "rest 2 09:00 2", "B": "rest 2 09:00 1"}
    assert refusals(memory) == ["welcome 1 09:00 no key", "welcome 3 09:00 again"]


def test_once_a_year_goes_by_the_members_own_year():
    told = project(journey(REST, enter={"on": "purchase", "again": "once a year"}))
    story = [event(f"{day} {hour}", "purchase") for day, hour in ((0, "09:00"), (303, "23:00"), (305, "00:00"))]
    memory = live(told, story, ["320 00:00"])
    assert (entries(memory), refusals(memory)) == (
        ["(enter) 0 09:00 journey", "(enter) 305 00:00 journey"],
        ["welcome 303 23:00 again"],
    )


def test_a_new_trigger_begins_the_first_wait_anew_even_as_its_time_is_up():
    told = project(journey(REST, enter={"on": "visit", "again": "after exit", "restart": "on new event"}))
    memory = live(told, [event("0 09:00", "visit"), event("1 09:00", "visit"), event("1 21:00", "visit")], ["9 00:00"])
    assert path(memory.enrolments[0])[1:] == [
        "rest 1 09:00 restart",
        "rest 1 21:00 restart",
        "rest 2 21:00 next",
        "(end) 2 21:00 finished",
    ]
    assert refusals(memory) == ["welcome 1 09:00 restart", "welcome 1 21:00 restart"]


def test_who_exceeds_the_pace_enters_when_the_next_day_begins():
    told = project(journey(REST, enter={"on": "visit", "pace": "1 per day"}))
    places = places_of(told)
    lives = [
        Life(told, Member(f"m{number}", at("-9 00:00")), [event(f"0 {hour}:00", "visit")], places=places)
        for number, hour in enumerate((12, 10, 11))
    ]
    Company(lives).tick(at("9 00:00"))
    assert [entries(life.memory) for life in lives] == [
        ["(enter) 2 00:00 journey"],
        ["(enter) 0 10:00 journey"],
        ["(enter) 1 00:00 journey"],
    ]
