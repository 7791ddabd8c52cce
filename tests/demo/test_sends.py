"""The fortnight's messages: counted at the sandbox's ledger, and nobody got one who should not."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from journey_engine.sandbox.channel import Acceptance
from tests.demo.conftest import RARE, SLICE
from tests.demo.playing import Played

BUSINESS = ZoneInfo("America/New_York")


def at(taken: Acceptance) -> datetime:
    return datetime.fromtimestamp(taken.at / 1000, UTC)


def test_every_skip_reason_the_files_can_give_was_given(fortnight: Played) -> None:
    found = fortnight.counts("select reason, count(*) from intents where status = 'skipped' group by 1")
    reasons = {"capped", "expired", "if", "left", "no consent", "not a friend", "quiet hours"}
    assert {reason for reason in reasons if ("skipped", reason) not in RARE} <= set(found) <= reasons
    # A step that skips quiet hours and is reached in them writes no intent, but says so.
    (quiet,) = fortnight.rows(
        "select count(*) from events where source = 'engine' and name = 'skipped'"
        " and properties ->> 'reason' = 'quiet hours'"
    )
    assert quiet[0] > 0


def test_every_intent_that_is_settled_came_back_as_an_event(fortnight: Played) -> None:
    told = fortnight.counts("select name, of, count(*) from events where source = 'sender' group by 1, 2")
    settled = fortnight.counts(
        "select status, message, count(*) from intents where status in ('accepted', 'skipped', 'unknown') group by 1, 2"
    )
    assert told == settled
    assert fortnight.rows("select count(*) from intents where status = 'frozen'") == [(0,)]


def test_each_accepted_intent_is_one_acceptance_of_its_recipient_and_the_reverse(fortnight: Played) -> None:
    ours = fortnight.rows(
        "select r.retry_key::text, i.recipient, array_agg(i.message) from intents i"
        " join requests r on r.id = i.request_id"
        " where i.status = 'accepted' group by 1, 2"
    )
    theirs = [
        (str(taken.retry_key), user, len(taken.messages)) for taken in fortnight.sandbox.ledger() for user in taken.to
    ]
    bubbles = {name: len(message.say) for name, message in fortnight.project.messages.items()}
    assert sorted((key, user, sum(bubbles[one] for one in said)) for key, user, said in ours) == sorted(theirs)
    assert len(theirs) > 1000 * SLICE
    assert max(len(said) for _, _, said in ours) > 1  # what was due to one person together went together


def test_an_acceptance_stands_under_the_request_id_line_gave(fortnight: Played) -> None:
    ours = dict(fortnight.rows("select retry_key::text, line_request_id from requests where status = 'accepted'"))
    assert ours == {str(taken.retry_key): taken.request_id for taken in fortnight.sandbox.ledger()}


def test_nobody_got_one_message_twice_in_one_visit(fortnight: Played) -> None:
    twice = fortnight.rows(
        "select enrolment_id, message from intents where status = 'accepted' group by 1, 2 having count(*) > 1"
    )
    assert twice == []


def test_only_friends_were_sent_to(fortnight: Played) -> None:
    friend_since = {one.user: one.followed_at for one in fortnight.people}
    blocked_at = {
        event["source"]["userId"]: datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        for _, event in fortnight.sandbox.taps()
        if event["type"] == "unfollow"
    }
    assert blocked_at
    for taken in fortnight.sandbox.ledger():
        assert taken.missed == []
        for user in taken.to:
            assert friend_since[user] <= at(taken)
            assert user not in blocked_at or at(taken) <= blocked_at[user]


def test_nobody_got_a_topic_that_was_refused(fortnight: Played) -> None:
    refused = {one.user: {"promotion": one.promotion, "news": one.news} for one in fortnight.people}
    sent = fortnight.rows("select distinct recipient, topic from intents where status = 'accepted'")
    assert {topic for _, topic in sent} == {"service", "news", "promotion"}
    assert [(user, topic) for user, topic in sent if not refused[user].get(topic, True)] == []


def test_nothing_was_sent_before_nine_or_after_nine_of_the_members_evening(fortnight: Played) -> None:
    zone = {one.user: ZoneInfo(one.zone) for one in fortnight.people}
    hours = Counter(at(taken).astimezone(zone[user]).hour for taken in fortnight.sandbox.ledger() for user in taken.to)
    assert set(hours) <= set(range(9, 21))
    assert 20 in hours  # those who live an hour behind the store, at its closing look


def test_no_window_holds_more_than_the_caps_allow(fortnight: Played) -> None:
    days: dict[tuple[str, str], Counter[date]] = {}
    for user, topic, settled_at in fortnight.rows(
        "select recipient, topic, settled_at from intents where status in ('accepted', 'unknown')"
    ):
        days.setdefault((user, topic), Counter())[settled_at.astimezone(BUSINESS).date()] += 1
    fullest: Counter[tuple[str, int]] = Counter()
    for (_, topic), counts in days.items():
        for length in (1, 7):
            most = max(sum(counts[day + timedelta(days=n)] for n in range(length)) for day in counts)
            fullest[topic, length] = max(fullest[topic, length], most)
    assert {key: most for key, most in fullest.items() if key[0] != "service"} == {
        ("promotion", 1): 1, ("promotion", 7): 2, ("news", 1): 1, ("news", 7): fullest["news", 7],
    }  # fmt: skip
    assert fullest["news", 7] <= 4


def test_what_a_message_said_names_the_member(fortnight: Played) -> None:
    names = {one.user: one.name or "您好" for one in fortnight.people}
    greeted = [
        (taken.to, message["text"])
        for taken in fortnight.sandbox.ledger()
        for message in taken.messages
        if message["type"] == "text" and "歡迎加入街角鮮市" in message["text"]
    ]
    assert greeted
    assert all(len(to) == 1 or names[to[0]] == "您好" for to, _ in greeted)
    assert all(text.startswith(f"{names[user]}，歡迎加入街角鮮市！") for to, text in greeted for user in to)
