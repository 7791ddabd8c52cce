"""Answers to surveys: what counts as one, what is asked next, and what they leave behind."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import Engine

from journey_engine.inbox import inbox
from tests.inbox.surveyed import ASKED, NPS, Desk, project
from tests.line.shop import NOON


@pytest.fixture
def desk(database: Engine) -> Desk:
    return Desk(database)


def test_each_answer_brings_the_next_question_and_the_last_one_the_thanks(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.taps("nps_recommend", "score_9")
    desk.asked("nps_staff", NOON)
    desk.taps("nps_staff", "score_4", NOON + timedelta(days=2))
    desk.asked("nps_why", NOON + timedelta(days=2))
    desk.writes("多一點麵包", NOON + timedelta(days=3))

    assert desk.rows("""select "of", at, value, properties from events where name = 'answer' order by id""") == [
        ("nps", NOON, Decimal(9),
         {"question": "recommend", "kind": "nps", "answer": "9", "score": "9", "band": "promoter"}),
        ("nps", NOON + timedelta(days=2), Decimal(4),
         {"question": "staff", "kind": "csat", "answer": "4", "score": "4", "band": "satisfied"}),
        ("nps", NOON + timedelta(days=3), None,
         {"question": "why", "kind": "text", "answer": "多一點麵包", "done": "yes"}),
    ]  # fmt: skip
    assert desk.sent() == [("nps", "nps_staff", False), ("nps", "nps_why", False), ("nps", "digest", True)]
    assert desk.rows("select tag, expires_at - granted_at, source from tags") == [
        ("fan", timedelta(days=30), "answer of nps")
    ]
    assert desk.rows("select attributes from members") == [({"points": "9"},)]


def test_the_first_answer_to_a_question_counts_and_a_later_tap_changes_nothing(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.taps("nps_recommend", "score_9")
    desk.taps("nps_recommend", "score_2", NOON + timedelta(minutes=5))

    assert desk.answers() == [("recommend", "9", Decimal(9))]
    assert desk.sent() == [("nps", "nps_staff", False)]


def test_who_is_asked_anew_answers_anew(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.taps("nps_recommend", "score_9")
    later = NOON + timedelta(days=5)
    desk.asked("nps_recommend", later)
    desk.taps("nps_recommend", "score_3", later + timedelta(hours=1))

    assert desk.answers() == [("recommend", "9", Decimal(9)), ("recommend", "3", Decimal(3))]
    assert [message for _, message, _ in desk.sent()] == ["nps_staff", "nps_staff"]


@pytest.mark.parametrize("words", ["9", "９分", " 9 分 ", "9 points"])
def test_a_score_may_be_written(desk: Desk, words: str) -> None:
    desk.asked("nps_recommend")
    desk.writes(words)

    assert [(question, value) for question, _, value in desk.answers()] == [("recommend", Decimal(9))]
    assert desk.sent() == [("nps", "nps_staff", False)]  # and no rule answers besides


def test_the_words_on_a_button_may_be_written(desk: Desk) -> None:
    desk.asked("nps_staff")
    desk.writes("很好")

    assert desk.answers() == [("staff", "5", Decimal(5))]


def test_a_number_outside_of_the_scores_is_no_answer_and_is_asked_about_once(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.writes("11")
    desk.writes("99", NOON + timedelta(minutes=1))

    assert desk.rows("select value, properties from events where name = 'answer' order by id") == [
        (None, {"question": "recommend", "kind": "nps", "answer": "11", "outside": "yes"}),
        (None, {"question": "recommend", "kind": "nps", "answer": "99", "outside": "yes"}),
    ]
    assert desk.sent() == [("nps", "nps_recommend", True)]
    desk.taps("nps_recommend", "score_10", NOON + timedelta(minutes=2))
    assert desk.answers()[2] == ("recommend", "10", Decimal(10))


def test_words_that_say_nothing_about_the_scores_are_heard_by_the_rules(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.writes("你好")

    assert desk.answers() == []
    assert desk.sent() == [("otherwise", "receipt", True)]


def test_a_rule_hears_its_words_before_a_question_that_takes_any(desk: Desk) -> None:
    desk.asked("nps_why")
    desk.writes("營業時間")
    desk.writes("太貴", NOON + timedelta(minutes=1))

    assert desk.answers() == [("why", "太貴", None)]
    assert desk.sent()[0] == ("hours", "sale", True)
    assert "receipt" not in [message for _, message, _ in desk.sent()]


def test_words_answer_the_question_that_was_asked_last(desk: Desk) -> None:
    desk.asked("skin_feel")
    desk.asked("nps_recommend", ASKED + timedelta(minutes=1))
    desk.writes("7")
    desk.writes("緊", NOON + timedelta(minutes=1))

    assert desk.answers() == [("recommend", "7", Decimal(7)), ("feel", "tight", Decimal(0))]


def test_a_skipped_question_is_passed_without_an_answer(desk: Desk) -> None:
    desk.project = project({**NPS, "questions": {"why": NPS["questions"]["why"]}})
    desk.asked("nps_why")
    desk.taps("nps_why", "skip")

    assert desk.rows("select properties from events where name = 'answer'") == [
        ({"question": "why", "kind": "text", "done": "yes"},)
    ]
    assert desk.sent() == [("nps", "digest", True)]


def test_after_its_time_a_question_takes_no_answer(desk: Desk) -> None:
    desk.asked("nps_recommend", NOON - timedelta(days=7, hours=2))
    desk.taps("nps_recommend", "score_9")
    desk.writes("9")

    assert desk.answers() == []
    desk.asked("nps_recommend", NOON - timedelta(days=6, hours=23))
    desk.taps("nps_recommend", "score_9")
    assert desk.answers() == [("recommend", "9", Decimal(9))]


def test_a_tap_counts_before_it_is_known_that_line_took_the_question(desk: Desk) -> None:
    desk.taps("nps_recommend", "score_9")
    desk.taps("nps_recommend", "score_8", NOON + timedelta(minutes=1))

    assert desk.answers() == [("recommend", "9", Decimal(9))]


def test_a_button_the_survey_no_longer_has_answers_nothing(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.taps("nps_recommend", "score_11")
    desk.taps("nps_recommend", "drop table")

    assert (desk.answers(), desk.sent()) == ([], [])


def test_nobody_answers_for_somebody_else(desk: Desk) -> None:
    desk.asked("nps_recommend", user="U1")
    desk.asked("nps_why", user="U2")
    desk.taps("nps_recommend", "score_0", user="U2")

    told = "select m.member_key, e.value from events e join members m on m.id = e.member_id where e.name = 'answer'"
    assert desk.rows(told) == [("U2", Decimal(0))]
    assert desk.rows("select m.member_key, t.tag from tags t join members m on m.id = t.member_id") == [("U2", "care")]


def test_the_same_tap_delivered_twice_is_one_answer(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.taps("nps_recommend", "score_9")
    desk.count = 0
    desk.taps("nps_recommend", "score_9")

    assert desk.answers() == [("recommend", "9", Decimal(9))]
    assert len(desk.sent()) == 1


@pytest.mark.parametrize(
    ("taps", "total", "result", "thanks", "tags", "attributes"),
    [
        (["tight", "never", "cream"], "0", "dry", "digest", ["dry_skin"], {"tier": "乾"}),
        (["fine", "often", "gel"], "8", "oily", "receipt", ["gel_user"], {}),
    ],
)
def test_a_quiz_adds_up_its_points_and_falls_into_a_band(
    desk: Desk, taps: list[str], total: str, result: str, thanks: str, tags: list[str], attributes: dict[str, str]
) -> None:
    desk.asked("skin_feel")
    for number, (question, button) in enumerate(zip(["feel", "shine", "use"], taps, strict=True)):
        desk.taps(f"skin_{question}", button, NOON + timedelta(minutes=number))

    last = desk.rows("select properties from events where name = 'answer' order by id")[-1][0]
    assert last == {
        "question": "use", "kind": "choice", "answer": taps[2], "band": taps[2],
        "done": "yes", "total": total, "result": result,
    }  # fmt: skip
    assert [message for _, message, _ in desk.sent()] == ["skin_shine", "skin_use", thanks]
    assert [tag for (tag,) in desk.rows("select tag from tags order by tag")] == tags
    assert desk.rows("select attributes from members") == [(attributes,)]


def test_an_answer_that_is_unsent_loses_its_words_and_stays_an_answer(desk: Desk) -> None:
    question = {"text": "哪裡可以更好？", "into": "tier"}
    desk.project = project({**NPS, "questions": {"why": question}})
    desk.asked("nps_why")
    desk.writes(" 電話是 0912 ")
    told = "select properties - 'into' from events where name = 'answer'"
    before = [({"question": "why", "kind": "text", "answer": "電話是 0912", "done": "yes"},)]
    assert (desk.rows(told), desk.rows("select attributes from members")) == (before, [({"tier": "電話是 0912"},)])

    desk.hear(NOON + timedelta(minutes=1), "U1", type="unsend", unsend={"messageId": "0"})

    assert desk.rows(told) == [({"question": "why", "kind": "text", "done": "yes"},)]
    assert desk.rows("select attributes from members") == [({},)]


def test_two_answers_taken_together_are_one_after_the_other(desk: Desk) -> None:
    desk.asked("nps_recommend")
    desk.asked("nps_staff")
    stamp = int(NOON.timestamp() * 1000)
    events = [
        {"webhookEventId": f"b{n}", "timestamp": stamp + n, "source": {"type": "user", "userId": "U1"},
         "mode": "active", "type": "postback", "postback": {"data": f"journeys:tap:{message}:{button}"}}
        for n, (message, button) in enumerate(
            [("nps_recommend", "score_6"), ("nps_staff", "score_1"), ("nps_recommend", "score_10")]
        )
    ]  # fmt: skip
    with desk.engine.begin() as connection:
        inbox.store(connection, events, NOON)
        inbox.take(connection, NOON + timedelta(seconds=1), desk.project)

    assert desk.answers() == [("recommend", "6", Decimal(6)), ("staff", "1", Decimal(1))]
    assert [message for _, message, _ in desk.sent()] == ["nps_staff", "nps_why"]
