"""The oracle sees what is against the law: evidence of a good run, spoilt in one way each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from tests.chaos.evidence import Attempt, Evidence, Intent, Mark, Request, Taken
from tests.chaos.oracle import judge
from tests.chaos.scripts import Event, Person, Round, Script, Wish
from tests.sandbox_fixtures import user

NOON = datetime.fromisoformat("2026-03-02T12:00:00+08:00")
DAY = timedelta(days=1)


def text(words: str) -> dict[str, str]:
    return {"type": "text", "text": words}


def evidence(**script: object) -> Evidence:
    """Persons 1 and 2: i0 and i1 of person 1 by push, a shared one to both by multicast, i3 skipped, i4 unknown."""
    wishes = (
        Wish("i0", 1, "own_news", 1, "plain", 0, 1440),
        Wish("i1", 1, "own_service", 1, "plain", 0, 1440),
        Wish("i2", 1, "shared_news", 2, "plain", 0, 1440),
        Wish("i3", 2, "shared_news", 1, "plain", 0, 1440),
        Wish("i4", 2, "named", 1, "plain", 0, 1440),
        Wish("i5", 2, "own_news", 2, "plain", 0, 1440),
    )
    told = {
        "seed": 0,
        "number": 0,
        "manner": "threads",
        "people": (Person(1), Person(2, named=False)),
        "wishes": wishes,
        "rounds": (Round(0), Round(1, before=(Event("erase", 9),))),
    }
    found = Evidence(Script(**(told | script)))
    found.healed_at, found.ended_at = NOON + timedelta(minutes=2), NOON + 15 * DAY
    statuses = [("accepted", None, 1), ("accepted", None, 2), ("accepted", None, 3), ("accepted", None, 3)]
    statuses += [("skipped", "missing value: name", None), ("unknown", None, 4)]
    found.intents = [
        Intent(number, status, reason, None, NOON + DAY, NOON, request)
        for number, (status, reason, request) in enumerate(statuses, 1)
    ]
    found.healed = list(found.intents)
    found.requests = [
        Request(1, "push", "accepted", "k1", (user(1),), 1, False, 60.0),
        Request(2, "push", "accepted", "k2", (user(1),), 1, False, 60.0),
        Request(3, "multicast", "accepted", "k3", (user(1), user(2)), 1, False, 60.0),
        Request(4, "push", "unknown", "k4", (user(2),), 1, True, 24 * 3600.0),
    ]
    found.marks = [
        Mark(NOON, 3, (), ()),
        Mark(NOON + timedelta(minutes=1), 3, (found.requests[3],), ()),
        Mark(NOON + timedelta(minutes=2), 3, (found.requests[3],), ()),
    ]
    found.attempts = [Attempt(1, "accepted", 200), Attempt(2, "accepted", 409), Attempt(3, "accepted", 200)]
    found.attempts.append(Attempt(4, "unclear", 500))
    found.ledger = [
        Taken(0, "push", "k1", (user(1),), (), False, (text("i0"),)),
        Taken(1, "push", "k2", (user(1),), (), False, (text("i1"),)),
        Taken(2, "multicast", "k3", (user(1), user(2)), (), False, (text("shared_news"),)),
    ]
    found.quota_used, found.quota_booked, found.line_used = 5, 5, 4
    return found


def test_a_good_run_is_good() -> None:
    assert judge(evidence()) == []


def again(found: Evidence) -> None:
    found.ledger.append(replace(found.ledger[0], number=3, retry_key="k9"))


def never(found: Evidence) -> None:
    del found.ledger[0]


def skipped_though_accepted(found: Evidence) -> None:
    found.intents[0] = replace(found.intents[0], status="skipped", reason="expired", settled_at=NOON + 2 * DAY)


def never_settled(found: Evidence) -> None:
    found.intents[4] = replace(found.intents[4], status="frozen", reason=None)


def waits_for_nothing(found: Evidence) -> None:
    found.healed[0] = replace(found.healed[0], status="pending")


def open_for_ever(found: Evidence) -> None:
    found.requests.append(replace(found.requests[0], id=9, status="attempting", retry_key="k9"))


def made_up(found: Evidence) -> None:
    found.intents[4] = replace(found.intents[4], reason="left")


def too_young_to_give_up(found: Evidence) -> None:
    young = replace(found.requests[3], age=60.0)
    found.marks[1] = replace(found.marks[1], unknown=(young,))


def given_up_without_doubt(found: Evidence) -> None:
    found.attempts[3] = Attempt(4, "refused", 429)


def misnamed(found: Evidence) -> None:
    found.attempts[3] = Attempt(4, "refused", 500)


def backwards(found: Evidence) -> None:
    found.ledger[0], found.ledger[1] = replace(found.ledger[1], number=0), replace(found.ledger[0], number=1)


def to_a_stranger(found: Evidence) -> None:
    found.ledger[1] = replace(found.ledger[1], to=(user(2),))


def billed_in_secret(found: Evidence) -> None:
    found.quota_used = 3


def badly_booked(found: Evidence) -> None:
    found.quota_booked = 6


def quick_replies_unseen(found: Evidence) -> None:
    found.ledger[0] = replace(found.ledger[0], messages=({**text("i0"), "quickReply": {}}, text("i1")))
    del found.ledger[1]


def a_key_twice(found: Evidence) -> None:
    found.ledger[1] = replace(found.ledger[1], retry_key="k1")


def another_body(found: Evidence) -> None:
    found.other_bodies = 1


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        (again, "accepted_once"),
        (never, "ledgers_agree"),
        (skipped_though_accepted, "ledgers_agree"),
        (never_settled, "nothing_lost"),
        (waits_for_nothing, "nothing_lost"),
        (open_for_ever, "nothing_lost"),
        (made_up, "skipped_for_a_reason"),
        (too_young_to_give_up, "unknown_for_a_reason"),
        (given_up_without_doubt, "unknown_for_a_reason"),
        (misnamed, "attempts_named_rightly"),
        (backwards, "in_order"),
        (to_a_stranger, "nothing_strange"),
        (another_body, "nothing_strange"),
        (billed_in_secret, "within_quota"),
        (badly_booked, "within_quota"),
        (quick_replies_unseen, "bundled_rightly"),
        (a_key_twice, "bundled_rightly"),
    ],
)
def test_the_oracle_notices(spoil: Callable[[Evidence], None], rule: str) -> None:
    found = evidence()
    spoil(found)

    assert rule in {complaint.partition(":")[0] for complaint in judge(found)}


@pytest.mark.parametrize(
    ("script", "rule"),
    [
        ({"policy": {"caps": {"news": "1 per 2 hours"}}}, "within_caps"),
        ({"policy": {"caps": {"all": "2 per day"}}}, "within_caps"),
        ({"policy": {"quota": 3}}, "within_quota"),
        ({"policy": {"quiet_hours": "21:00-08:00"}, "rounds": (Round(0), Round(1))}, "nothing_in_quiet_hours"),
        ({"rounds": (Round(0, before=(Event("withdraw", 1, "service"),)), Round(1))}, "nothing_after_harm"),
        ({"rounds": (Round(0, before=(Event("leave", 1, "1"),)), Round(1))}, "nothing_after_harm"),
    ],
)
def test_the_oracle_notices_what_the_script_forbids(script: dict[str, object], rule: str) -> None:
    found = evidence(**script)
    if rule == "nothing_in_quiet_hours":
        found.marks = [replace(mark, now=mark.now + timedelta(hours=10)) for mark in found.marks]

    assert rule in {complaint.partition(":")[0] for complaint in judge(found)}


def test_a_multicast_in_doubt_finishes_whoever_left_meanwhile() -> None:
    gone = (Round(0), Round(1, before=(Event("erase", 1), Event("erase", 2))))
    found = evidence(rounds=gone)
    found.marks[0] = replace(found.marks[0], accepted=2)
    assert "nothing_after_harm" in {complaint.partition(":")[0] for complaint in judge(found)}

    found.requests[2] = replace(found.requests[2], unclear=True)
    assert judge(found) == []
