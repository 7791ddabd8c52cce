"""The golden law: over the same arrivals, one pass over many days gives the same as a pass every few minutes."""

from datetime import timedelta
from random import Random

import pytest

from tests.compiler.rows import DAY, at, world
from tests.conftest import LONG
from tests.moving.stage import Stage, shown

WELCOME = {
    "journey": "welcome",
    "enter": {"on": "follow", "if": "not tag vip", "again": "after 4 days"},
    "leave": {"if": "refund since entry or tag angry"},
    "goal": {"if": "purchase since entry", "within": "6 days", "then": "stay"},
    "holdout": "20%",
    "steps": {
        "greet": {"send": "hello"},
        "mood": {
            "wait": {
                "first_of": [
                    {"until": "click of hello", "do": {"mark": {"tag": "vip for 3 days"}}},
                    {"until": "visit"},
                ],
            },
            "at_most": "2 days",
            "otherwise": {
                "do": {"nudge": {"send": "nudge", "if": "no visit within 3 days"}, "sigh": {"wait": "5 hours"}},
            },
        },
        "rest": {"wait": "1 day", "until": "10:00"},
        "which": {
            "branch": [
                {"if": "purchase since entry", "do": {"thank": {"send": "thanks"}, "over": {"go_to": "retain"}}},
                {"if": "tag vip", "do": {"unmark": {"untag": "vip"}}},
                {"otherwise": True, "do": {"offer": {"split": {
                    "coupon": {"share": "50%", "do": {"give": {"send": "coupon", "quiet": "skip"}}},
                    "story": {"share": "50%", "do": {"tell": {"send": "story"}}},
                }}}},
            ]
        },
    },
}  # fmt: skip
RETAIN = {
    "journey": "retain",
    "enter": {"on": "purchase where value >= 500", "again": "after exit"},
    "leave": {"if": "no visit within 4 days"},
    "goal": {"if": "purchase at least 2 times since entry", "within": "5 days", "then": "leave"},
    "steps": {"rest": {"wait": "36 hours"}, "thank": {"send": "thanks"}, "long": {"wait": "3 days"}},
}
START, DAYS = at("2026-03-05 00:00"), 8


def history(seed):
    """Seeded happenings of a dozen members over eight days, in order of time, many of them at full hours."""
    draw = Random(seed)
    names = ["follow", "follow", "visit", "visit", "purchase", "purchase", "click", "refund", "unfollow"]
    happenings = []
    for _ in range(110):
        when = START + timedelta(hours=draw.randrange(DAYS * 24), minutes=draw.choice([0, 0, 0, 30]))
        name = draw.choice(names)
        more = {}
        if name == "click":
            more = {"of": "hello"}
        elif name in ("purchase", "refund"):
            more = {"value": str(draw.choice([100, 600]))}
        happenings.append((when, name, f"m{draw.randrange(12)}", more))
    return sorted(happenings, key=lambda happening: happening[0])


def lived(database, seed, every):
    stage = Stage(database, world(WELCOME, RETAIN, quiet_hours="22:00-08:00"), live_since="2026-03-04 00:00")
    for number in range(12):
        stage.member(f"m{number}", zone=["America/New_York", "Europe/London", None][number % 3])
    coming, now = history(seed), START
    while now < START + DAYS * DAY:
        now += every
        stage.events(happening for happening in coming if happening[0] <= now)
        coming = [happening for happening in coming if happening[0] > now]
        stage.tick(shown(now))
    return stage.everything()


@pytest.mark.parametrize("seed", [1, 2])
def test_one_pass_over_eight_days_gives_what_passes_every_few_hours_give(two_databases, seed):
    rarely = lived(two_databases[0], seed, DAYS * DAY)
    often = lived(two_databases[1], seed, timedelta(hours=4) if LONG else DAYS * DAY / 18)
    assert rarely["enrolments"] == often["enrolments"]
    assert rarely == often
    steps = {line.split()[2] for _, line in rarely["paths"]}
    assert {"greet", "mood", "rest", "which", "(leave)", "(end)"} <= steps
