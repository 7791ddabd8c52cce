"""The golden law for each trigger: one pass over days lets in the same, at the same instants, as many passes."""

from datetime import timedelta

import pytest

from tests.compiler.rows import at, world
from tests.conftest import LONG
from tests.moving.stage import Stage, shown
from tests.moving.timelines.test_triggers import journey, to_stage

RULES = {
    "every": {"every": {"cron": "0 */7 * * *", "of": "vips"}},
    "date": {"date": {"of": "birthday", "offset": "-1 day", "at": "10:30", "every": "year"}},
    "late date": {"date": {"of": "birthday", "offset": "-1 day", "at": "10:30", "every": "year", "late": "now"}},
    "joins": {"joins": "vips", "existing": "include"},
    "stage": {"stage": "vips", "existing": "include"},
    "after": {"after": "first"},
    "api": {"by": "api"},
    "once a year": {"on": "visit", "again": "once a year"},
    "per key": {"on": "purchase", "again": "per order_id after exit"},
    "pace": {"on": "visit", "pace": "2 per day"},
    "hourly pace": {"every": {"cron": "30 9 * * *", "of": "vips"}, "pace": "3 per hour"},
}


def lived(database, rule, looks):
    first = journey({"on": "visit"}, "first")
    stage = Stage(database, world(journey(rule, priority=90), first))
    for number in range(8):
        key = f"m{number}"
        zone = ["America/New_York", "Europe/London", None][number % 3]
        stage.member(key, zone=zone, birthday=f"1990-03-0{number + 1}")
        stage.segment("vips", f"2026-02-2{number} 02:00", "2026-03-05 10:00" if number == 3 else None, key=key)
        to_stage(stage, "vips", f"2026-02-2{number} 02:00", key=key)
    coming = []
    for number in range(40):
        when = at("2026-03-02 00:00") + timedelta(hours=number * 3, minutes=30 * (number % 2))
        key = f"m{number * 5 % 8}"
        coming += [(when, "visit", key, {}), (when, "enter", key, {"of": "welcome"})]
        coming.append((when, "purchase", key, {"order_id": f"{number % 5}", "value": "1"}))
    for now in looks:
        stage.events(each for each in coming if each[0] <= now)
        coming = [each for each in coming if each[0] > now]
        stage.tick(shown(now))
    return stage.everything()


END = at("2026-03-06 12:00")


def many():
    """Every five hours and ten minutes (or twenty and forty), and the minutes around the times when something fires."""
    every = 310 if LONG else 1240
    often = [at("2026-03-01 00:00") + timedelta(minutes=each) for each in range(0, 26 * 310, every)]
    around = range(28, 34) if LONG else (29, 30)
    minutes = [at(f"2026-03-03 {hour}:{minute}") for hour in ("09", "10") for minute in around]
    return sorted({*often, *minutes, END})


@pytest.mark.parametrize("rule", list(RULES))
def test_one_pass_over_days_gives_what_many_give(two_databases, rule):
    rarely, often = (
        lived(database, RULES[rule], looks) for database, looks in zip(two_databases, ([END], many()), strict=True)
    )
    assert any(row[1] == "welcome" for row in rarely["enrolments"])
    assert rarely == often
