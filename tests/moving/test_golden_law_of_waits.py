"""The golden law for every form of wait, and for steps that write: many passes and one give the same."""

from datetime import timedelta
from random import Random

import pytest
from sqlalchemy import select

from journey_engine.store.tables.moving import hand_offs
from journey_engine.store.tables.people import members
from tests.compiler.rows import DAY, at, world
from tests.conftest import LONG
from tests.moving.stage import Stage, shown

NOTE = {"note": {"set": {"city": "shop"}}}
LENGTHS = {
    "journey": "lengths",
    "enter": {"on": "follow", "again": "after exit"},
    "leave": {"if": "refund since entry"},
    "steps": {
        "days": {"wait": "1 day", "on": "workdays"},
        "hours": {"wait": {"window": "10:00-20:00"}, "on": ["mon", "wed", "fri", "sun"]},
        "since": {"wait": "60 hours", "count": "since entry", "until": "09:30"},
        "asks": {
            "wait": {
                "first_of": [{"until": "visit"}, {"until": "purchase", "do": {"note": {"set": {"city": "shop"}}}}]
            },
            "count": "since entry",
            "at_most": "4 days",
            "otherwise": {"do": {"call": {"hand_off": "care"}}},
        },
        "evening": {"wait": "18:00", "on": "weekends"},
        "greet": {"send": "hello"},
    },
}
DATES = {
    "journey": "dates",
    "enter": {"on": "booking", "again": "after exit"},
    "steps": {
        "before": {
            "wait": {"date": "entry.starts_at", "offset": "-1 day", "at": "10:00"},
            "do": {"remind": {"send": "hello"}},
            "otherwise": {"do": {"late": {"send": "nudge"}}},
        },
        "soon": {"wait": {"date": "entry.starts_at", "offset": "-2 hours"}, "do": {"now": {"send": "story"}}},
        "party": {
            "wait": {"date": "birthday", "every": "year", "at": "02:30", "late": "now"},
            "do": {"gift": {"send": "coupon"}},
        },
    },
}
START, DAYS = at("2026-03-05 00:00"), 9  # over the night of 8 March, when New York loses an hour
WORLD = world(LENGTHS, DATES, quiet_hours="22:00-08:00", calendar={"country": "TW", "closed": ["2026-03-09"]})


def history(seed):
    """Seeded happenings of ten members, many of them at full hours."""
    draw = Random(seed)
    happenings = []
    for _ in range(70):
        when = START + timedelta(hours=draw.randrange(DAYS * 24), minutes=draw.choice([0, 0, 30]))
        name = draw.choice(["follow", "follow", "visit", "purchase", "refund", "booking", "booking"])
        starts_at = when + timedelta(hours=draw.randrange(-10, 90))
        more = {"starts_at": draw.choice([starts_at.isoformat(), "soon"])} if name == "booking" else {}
        happenings.append((when, name, f"m{draw.randrange(10)}", more))
    return sorted(happenings, key=lambda happening: happening[0])


def lived(database, seed, every):
    stage = Stage(database, WORLD, live_since="2026-03-04 00:00")
    for number in range(10):
        zone = ["America/New_York", "Europe/London", None, "Mars/Olympus"][number % 4]
        stage.member(f"m{number}", zone=zone, birthday=f"199{number}-03-{number + 4:02}")
    coming, now = history(seed), START
    while now < START + DAYS * DAY:
        now += every
        stage.events(happening for happening in coming if happening[0] <= now)
        coming = [happening for happening in coming if happening[0] > now]
        stage.tick(shown(now))
    handed = stage.rows(select(hand_offs.c.member_id, hand_offs.c.at).order_by(hand_offs.c.member_id, hand_offs.c.at))
    known = stage.rows(select(members.c.id, members.c.attributes).order_by(members.c.id))
    return {**stage.everything(), "handed": handed, "attributes": known}


@pytest.mark.parametrize("seed", [1, 2])
def test_one_pass_over_nine_days_gives_what_passes_every_few_hours_give(two_databases, seed):
    rarely = lived(two_databases[0], seed, DAYS * DAY)
    often = lived(two_databases[1], seed, timedelta(hours=4) if LONG else DAYS * DAY / 20)
    assert rarely == often
    taken = {line.split(" ", 2)[2] for _, line in rarely["paths"]}
    assert {"days next", "hours next", "since next", "before next", "before late", "soon next"} <= taken
    assert {"before no date", "party next", "(leave) leave"} <= taken
    assert {"asks 1", "asks 2"} & taken
    assert rarely["handed"] or "asks timeout" not in taken
