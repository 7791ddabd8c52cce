"""What members write and tap is answered by the rules of replies.yaml, in the transaction that takes it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.inbox import inbox
from journey_engine.language.project import Project
from journey_engine.language.reply import Replies
from tests.conftest import LONG
from tests.line.shop import NOON, project_of

RULES: dict[str, Any] = {
    "replies": [
        {"reply": "hours", "says": ["營業時間", "幾點開"], "answer": "digest", "closed": "receipt"},
        {"reply": "price", "contains": "價格", "answer": "sale", "again_after": "10 minutes"},
        {"reply": "gold", "says": "我是金卡", "set": {"tier": "金卡"}, "tag": "claims_gold +2 for 30 days"},
        {"reply": "menu", "postback": "menu:*", "answer": "sale", "push": "yes"},
        {"reply": "look", "taps": "look", "tag": "keen"},
        {"reply": "book", "contains": "預約", "enter": "booking"},
    ],
    "otherwise": {"answer": "digest", "again_after": "1 day"},
    "friends": {
        "account": "@shop",
        "into": "tier",
        "sources": {"store_qr": {"says": "我從門市來"}, "poster": {"says": "我看到海報"}, "card": {}},
    },
}
MESSAGES: dict[str, Any] = {
    "asks": {
        "topic": "service",
        "say": [{"text": "要看看嗎"}],
        "quick_replies": [{"label": "看看", "taps": "look"}, {"label": "不用", "sends": "不用了"}],
    }
}


def project(rules: dict[str, Any] = RULES, **policy: Any) -> Project:
    return project_of(policy, MESSAGES).model_copy(update={"replies": Replies.model_validate(rules)})


def said(number: str, words: str, user: str = "U1", at: datetime = NOON) -> dict[str, Any]:
    return event(number, user, at, type="message", message={"type": "text", "id": number, "text": words})


def event(number: str, user: str = "U1", at: datetime = NOON, **more: Any) -> dict[str, Any]:
    return {
        "webhookEventId": number,
        "timestamp": int(at.timestamp() * 1000),
        "source": {"type": "user", "userId": user},
        "mode": "active",
        **more,
    }


class Desk:
    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def hear(self, *events: dict[str, Any], rules: Project | None = None, now: datetime = NOON) -> dict[str, int]:
        with self.engine.begin() as connection:
            inbox.store(connection, list(events), now)
            return inbox.take(connection, now, rules or project())

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def answers(self) -> list[tuple[Any, ...]]:
        return self.rows("select step, message, answers from intents order by id")

    def replies(self) -> list[tuple[Any, ...]]:
        return self.rows("""select "of", at from events where name = 'reply' order by id""")


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def test_a_keyword_makes_an_answer_that_goes_by_the_reply_token_or_not_at_all(desk: Desk) -> None:
    desk.hear(said("e1", "　營業時間 "))

    assert desk.rows(
        "select journey, step, message, at, expires_at - at, free, enrolment_id, answers from intents"
    ) == [("replies", "hours", "digest", NOON, timedelta(minutes=1), True, None, "line:e1")]
    assert desk.rows("""select name, "of", at, properties from events order by id""") == [
        ("message", None, NOON, {"text": "　營業時間 "}),
        ("reply", "hours", NOON, {"message": "digest"}),
    ]


def test_outside_of_the_office_hours_another_message_answers(desk: Desk) -> None:
    rules = project(office_hours="13:00-18:00")
    desk.hear(said("e1", "營業時間"), said("e2", "營業時間", at=NOON - timedelta(hours=22)), rules=rules)

    assert desk.answers() == [("hours", "receipt", "line:e2"), ("hours", "receipt", "line:e1")]
    desk.hear(said("e3", "營業時間", at=NOON + timedelta(hours=2)), rules=rules, now=NOON + timedelta(hours=2))
    assert desk.answers()[2] == ("hours", "digest", "line:e3")


def test_an_answer_that_may_be_pushed_lives_for_a_day(desk: Desk) -> None:
    desk.hear(event("e1", type="postback", postback={"data": "menu:a"}))

    assert desk.rows("select step, free, expires_at - at from intents") == [("menu", False, timedelta(hours=24))]


def test_a_rule_rests_for_the_same_member_as_long_as_it_says(desk: Desk) -> None:
    desk.hear(said("e1", "價格？"), said("e2", "價格？？"), said("e3", "價格", user="U2"))
    later = NOON + timedelta(minutes=9)
    desk.hear(said("e4", "價格呢", at=later), now=later)
    later = NOON + timedelta(minutes=10)
    desk.hear(said("e5", "價格呢", at=later), now=later)

    assert [key for _, _, key in desk.answers()] == ["line:e1", "line:e3", "line:e5"]


def test_what_was_written_during_an_outage_rests_by_the_instants_at_which_it_was_written(desk: Desk) -> None:
    at = [NOON - timedelta(minutes=30), NOON - timedelta(minutes=25), NOON - timedelta(minutes=5)]
    desk.hear(*(said(f"e{n}", "價格", at=each) for n, each in enumerate(at)))

    assert [when for _, when in desk.replies()] == [at[0], at[2]]


def test_a_rule_sets_attributes_and_tags(desk: Desk) -> None:
    desk.hear(said("e1", "我是金卡"))

    assert desk.rows("select attributes from members") == [({"tier": "金卡"},)]
    assert desk.rows("select tag, strength, expires_at - granted_at, source from tags") == [
        ("claims_gold", 2, timedelta(days=30), "reply gold")
    ]
    assert desk.answers() == []


def test_a_rule_lets_into_a_journey_by_its_event(desk: Desk) -> None:
    desk.hear(said("e1", "我要預約"))

    assert desk.rows("""select name, "of", properties from events where source = 'replies' order by id""") == [
        ("reply", "book", {}),
        ("enter", "booking", {"rule": "book"}),
    ]


def test_a_tap_on_a_button_is_heard_by_its_name(desk: Desk) -> None:
    desk.hear(event("e1", type="postback", postback={"data": "journeys:tap:asks:look"}))

    assert desk.rows("select tag, source from tags") == [("keen", "reply look")]


def test_words_that_match_nothing_get_the_other_answer_and_those_of_our_buttons_none(desk: Desk) -> None:
    desk.hear(said("e1", "不用了"))
    desk.hear(said("e2", "你好"), said("e3", "在嗎"), said("e4", "你好", user="U2"))

    assert desk.answers() == [("otherwise", "digest", "line:e2"), ("otherwise", "digest", "line:e4")]


def test_stickers_and_pictures_are_answered_by_nothing(desk: Desk) -> None:
    desk.hear(event("e1", type="message", message={"type": "sticker", "id": "1"}))

    assert (desk.answers(), desk.replies()) == ([], [])


def test_the_same_event_again_is_answered_once(desk: Desk) -> None:
    for _ in range(2):
        desk.hear(said("e1", "營業時間"))

    assert len(desk.answers()) == len(desk.replies()) == 1


def test_the_words_of_a_source_tell_where_she_came_from_and_the_first_time_stays(desk: Desk) -> None:
    desk.hear(said("e1", "我從門市來 "), said("e2", "我看到海報"), said("e3", "我看到海報", user="U2"))

    assert desk.rows("""select properties ->> 'source' from events where name = 'came_from' order by id""") == [
        ("store_qr",),
        ("poster",),
        ("poster",),
    ]
    assert desk.rows("select attributes from members order by id") == [({"tier": "store_qr"},), ({"tier": "poster"},)]
    assert desk.answers() == []  # words of ours: `otherwise` does not answer them
    later = NOON + timedelta(minutes=1)
    desk.hear(said("e4", "我看到海報", at=later), now=later)
    assert desk.rows("select attributes from members order by id")[0] == ({"tier": "store_qr"},)


def test_a_button_with_a_tag_grants_it_when_it_is_tapped_or_says_its_words(desk: Desk) -> None:
    quick = [
        {"label": "看看", "taps": "look", "tag": "keen +2 for 30 days"},
        {"label": "不", "sends": "不用了", "tag": "cool"},
    ]
    asks = {"asks": {**MESSAGES["asks"], "quick_replies": quick}}
    rules = project_of({}, asks)
    desk.hear(event("e1", type="postback", postback={"data": "journeys:tap:asks:look"}), rules=rules)
    desk.hear(said("e2", "不用了"), said("e3", "也許"), rules=rules)

    assert desk.rows("select tag, strength, expires_at - granted_at, source from tags order by id") == [
        ("keen", 2, timedelta(days=30), "click of asks"),
        ("cool", 1, None, "click of asks"),
    ]


def test_without_rules_nothing_is_answered(desk: Desk) -> None:
    desk.hear(said("e1", "營業時間"), rules=project_of())

    assert (desk.answers(), desk.replies()) == ([], [])


def test_many_are_answered_by_a_handful_of_statements(desk: Desk) -> None:
    from sqlalchemy import event as listening

    seen: list[str] = []
    listening.listen(desk.engine, "before_cursor_execute", lambda *given: seen.append(given[2]))
    desk.hear(said("e1", "營業時間"), said("e2", "我是金卡"), said("e3", "價格"))
    few = len(seen)
    seen.clear()
    words, many = ("營業時間", "我是金卡", "價格"), 3_000 if LONG else 600
    desk.hear(*(said(f"f{n}", words[n % 3], user=f"V{n}") for n in range(many)))

    assert len(seen) == few
    assert len(desk.answers()) == 2 + many * 2 // 3
