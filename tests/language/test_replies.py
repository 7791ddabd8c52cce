"""Which rule of replies.yaml answers what, and when the office is open."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from journey_engine.language.catalog import Policy
from journey_engine.language.listening import LONGEST, Listener, like, matches, plain
from journey_engine.language.office import is_open
from journey_engine.language.reply import Replies

RULES: dict[str, Any] = {
    "replies": [
        {"reply": "hours", "says": ["營業時間", "Opening hours"], "answer": "hours"},
        {"reply": "price", "contains": ["價格", "多少錢"], "answer": "price"},
        {"reply": "order", "like": ["訂單*##########", "M-####"], "answer": "order"},
        {"reply": "menu", "postback": ["menu:*"], "answer": "menu"},
        {"reply": "look", "taps": "look", "tag": "keen"},
    ],
    "otherwise": {"answer": "sorry"},
}
LISTENER = Listener(Replies.model_validate(RULES), frozenset({"之後再說"}))


@pytest.mark.parametrize(
    ("said", "rule"),
    [
        ("營業時間", "hours"),
        ("  營業時間\n", "hours"),
        ("OPENING  hours", "hours"),
        ("ＯＰＥＮＩＮＧ　ＨＯＵＲＳ", "hours"),
        ("請問營業時間", "otherwise"),
        ("請問價格", "price"),
        ("這個多少錢？", "price"),
        ("訂單 ２０２６０１０２０３", "order"),
        ("訂單：2026010203", "order"),
        ("訂單 123", "otherwise"),
        ("m-0912", "order"),
        ("m-09123", "otherwise"),
        ("之後再說", None),
        ("　", None),
        ("", None),
    ],
)
def test_words_are_heard_whatever_their_width_case_and_blanks(said: str, rule: str | None) -> None:
    assert LISTENER.rule("message", said) == rule


@pytest.mark.parametrize(
    ("kind", "said", "rule"),
    [
        ("postback", "menu:a", "menu"),
        ("postback", "Menu:a", None),
        ("click", "look", "look"),
        ("click", "other", None),
        ("message", "look", "otherwise"),
        ("message", "menu:a", "otherwise"),
    ],
)
def test_taps_and_postbacks_are_heard_to_the_letter_and_answered_by_no_otherwise(
    kind: str, said: str, rule: str | None
) -> None:
    assert LISTENER.rule(kind, said) == rule


def test_the_first_rule_that_matches_answers() -> None:
    rules = [{"reply": name, "contains": "退", "answer": "x"} for name in ("first", "second")]

    assert Listener(Replies.model_validate({"replies": rules}), frozenset()).rule("message", "想退貨") == "first"


@given(st.lists(st.text("ab#?", max_size=4), min_size=1, max_size=4), st.text("ab1", max_size=12))
def test_a_phrase_is_like_a_text_just_as_the_same_regular_expression(stretches: list[str], said: str) -> None:
    signs = {"#": r"\d", "?": "."}
    same = ".*".join("".join(signs.get(sign, sign) for sign in stretch) for stretch in stretches)

    assert matches(like("*".join(stretches)), said) == (re.fullmatch(same, said) is not None)


def test_a_phrase_of_many_stretches_is_looked_for_once_each() -> None:
    # A regular expression of the same form would try 10^200 ways.
    assert not matches(like("*a" * 200 + "*b"), plain("a" * 5_000))
    assert len(plain("a" * 5_000)) == LONGEST


@pytest.mark.parametrize(
    ("at", "open_"),
    [
        ("2026-02-24T08:59:59+08:00", False),
        ("2026-02-24T09:00:00+08:00", True),
        ("2026-02-24T17:59:59+08:00", True),
        ("2026-02-24T18:00:00+08:00", False),
        ("2026-02-24T02:00:00+00:00", True),  # 10:00 in Taipei
        ("2026-02-21T10:00:00+08:00", False),  # a Saturday
        ("2026-02-17T10:00:00+08:00", False),  # New Year
        ("2026-02-28T10:00:00+08:00", True),  # a Saturday on which the brand works
        ("2026-02-25T10:00:00+08:00", False),  # the brand is closed
    ],
)
def test_the_office_is_open_on_working_days_within_its_hours(at: str, open_: bool) -> None:
    calendar = {"country": "TW", "closed": ["2026-02-25"], "open": ["2026-02-28"]}
    policy = Policy.model_validate({"zone": "Asia/Taipei", "office_hours": "09:00-18:00", "calendar": calendar})

    assert is_open(datetime.fromisoformat(at), policy) is open_


def test_hours_over_midnight_belong_to_the_day_on_which_they_begin() -> None:
    policy = Policy.model_validate({"zone": "Asia/Taipei", "office_hours": "20:00-02:00"})
    told = [
        is_open(datetime.fromisoformat(f"2026-03-{at}+08:00"), policy)
        for at in ("06T21:00", "07T01:00", "08T21:00", "09T01:00")
    ]

    assert told == [True, True, False, False]  # Friday evening to Saturday; Sunday evening to Monday


def test_without_office_hours_it_is_always_open() -> None:
    assert is_open(datetime.fromisoformat("2026-03-08T03:00:00+08:00"), Policy.model_validate({"zone": "Asia/Taipei"}))
