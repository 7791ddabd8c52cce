"""Caps against plain Python: whoever is due, whatever was sent, one look in SQL gives what one after another would."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from journey_engine.line.asking import TOPICS, Question
from journey_engine.line.caps import window_start
from journey_engine.line.deciding import decide
from journey_engine.sandbox.beside import Sandbox
from tests.conftest import examples
from tests.line.shop import NOON, Shop, project_of

MESSAGE = {"promotion": "sale", "news": "digest", "transactional": "receipt"}
ZONE = "Asia/Taipei"


@st.composite
def days(draw: st.DrawFn) -> dict[str, Any]:
    """Caps, what was sent over the last days, and what is due now: (topic, priority, minutes ago)."""
    windows = ["90 minutes", "6 hours", "day", "2 days", "week"]
    cap = st.builds(lambda count, per: f"{count} per {per}", st.integers(1, 3), st.sampled_from(windows))
    caps = draw(st.dictionaries(st.sampled_from(["promotion", "news", "all"]), cap, max_size=3))
    topic = st.sampled_from(sorted(MESSAGE))
    sent = draw(st.lists(st.tuples(topic, st.integers(0, 4 * 24 * 60)), max_size=5))
    due = draw(st.lists(st.tuples(topic, st.sampled_from([10, 50, 90]), st.integers(0, 100)), min_size=1, max_size=6))
    rule = draw(st.sampled_from(["skip", "defer 2 days"]))
    most = draw(st.sampled_from([100, 1_000]))  # large decisions name their messages
    return {"caps": caps, "when_capped": {"promotion": rule}, "sent": sent, "due": due, "most": most}


def by_hand(day: dict[str, Any], now: datetime) -> list[str]:
    """What becomes of each that is due, one after the other, as the design says it."""
    project = project_of(policy={"caps": day["caps"], "zone": ZONE})
    heard = [(topic, now - timedelta(minutes=ago)) for topic, ago in day["sent"]]
    order = sorted(
        range(len(day["due"])), key=lambda n: (TOPICS.index(day["due"][n][0]), -day["due"][n][1], -day["due"][n][2], n)
    )
    came = [""] * len(order)
    for number in order:
        topic = day["due"][number][0]
        free = now
        for about, caps in project.policy.caps.items():
            if about != topic and (about != "all" or topic == "transactional"):
                continue
            for cap in caps:
                counted = [when for what, when in heard if about in ("all", what)]
                while sum(when >= window_start(free, cap.per, ZONE) for when in counted) >= cap.count:
                    exact, hour = free + timedelta(minutes=1), (free + timedelta(hours=1)).replace(minute=0)
                    free = exact if cap.per.is_exact else hour  # days begin at full hours
        if free == now:
            heard.append((topic, now))
            came[number] = "goes"
        else:
            limit = now - timedelta(minutes=day["due"][number][2]) + timedelta(days=2)
            deferred = topic == "promotion" and day["when_capped"]["promotion"] != "skip" and free < limit
            came[number] = f"{free:%d %H:%M}" if deferred else "capped"
    return came


@settings(max_examples=examples(60), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(day=days())
def test_one_look_gives_what_one_after_another_would(database: Engine, sandbox: Sandbox, day: dict[str, Any]) -> None:
    shop = Shop(
        database, sandbox, project_of(policy={"caps": day["caps"], "when_capped": day["when_capped"], "zone": ZONE})
    )
    for table in ("intents", "enrolments", "friendships", "identities", "members"):
        shop.run(f"delete from {table}")
    member = shop.member(1)
    for topic, ago in day["sent"]:
        shop.due(member, MESSAGE[topic])
        accepted = "update intents set status = 'accepted', topic = :topic, settled_at = :at where status = 'pending'"
        shop.run(accepted, topic=topic, at=NOON - timedelta(minutes=ago))
    due = [
        shop.due(member, MESSAGE[topic], priority=priority, at=NOON - timedelta(minutes=ago))
        for topic, priority, ago in day["due"]
    ]

    with database.connect() as connection:
        decided = {each.intent: each for each in decide(connection, shop.project, Question(NOON, day["most"]))}
    told = [decided[intent] for intent in due]

    assert [
        "goes" if each.goes else each.reason or f"{each.not_before.astimezone(NOON.tzinfo):%d %H:%M}" for each in told
    ] == by_hand(day, NOON)
