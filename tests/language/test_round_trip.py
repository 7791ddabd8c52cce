"""Any condition, written down, is read back to the same tree."""

from hypothesis import given, settings
from hypothesis import strategies as st

from journey_engine.language.conditions import Condition, EventQuery
from journey_engine.language.grammar import parse_condition, parse_event
from journey_engine.language.words import Miswritten
from tests.language.writing import conditions, query_text, text_of, unwindowed


@settings(max_examples=100, deadline=None)
@given(conditions)
def test_a_condition_is_read_back_as_it_was_meant(condition: Condition) -> None:
    assert parse_condition(text_of(condition)) == condition


@settings(max_examples=40, deadline=None)
@given(unwindowed)
def test_an_event_pattern_is_read_back_as_it_was_meant(query: EventQuery) -> None:
    assert parse_event(query_text(query)) == query


def misread(text: str) -> Miswritten | None:
    try:
        parse_condition(text)
    except Miswritten as error:
        return error
    return None


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("purchase tier=在'「」()（）and or not where within 30 days>＝,，.　\n0"), max_size=40))
def test_no_text_breaks_the_reader(text: str) -> None:
    told = misread(text)

    assert told is None or (told.what.zh, told.what.en) > ("", "")
    assert told is None or told.column is None or 0 <= told.column <= len(text)
