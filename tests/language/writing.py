"""Conditions back to text, and random ones: what the grammar must read back to the same tree."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import assert_never

from hypothesis import strategies as st

from journey_engine.language import conditions as c
from journey_engine.language.checks.files import AFTER_MESSAGE
from journey_engine.language.durations import Duration


def text_of(condition: c.Condition) -> str:
    """The condition as a marketer could have written it, with parentheses around every `and`, `or` and `not`."""
    match condition:
        case c.All(parts):
            return " and ".join(f"({text_of(part)})" for part in parts)
        case c.AnyOf(parts):
            return " or ".join(f"({text_of(part)})" for part in parts)
        case c.Not(part):
            return f"not ({text_of(part)})"
        case c.Attribute(name, test) | c.Property(name, test):
            return f"{name} {test_text(test)}"
        case c.EntryProperty(name, test):
            return f"entry.{name} {test_text(test)}"
        case c.EventCount(query, operator, count):
            times = {">=": "at least", "<=": "at most", "=": "exactly"}[operator]
            return query_text(query, f" {times} {count} times")
        case c.EventSum(query, summed, test):
            return f"sum of {query_text(query, '', f'.{summed}')} {test_text(test)}"
        case c.DaysSince(query, test):
            return f"days since last {query_text(query)} {test_text(test)}"
        case c.WasSent(message):
            return f"message {message} was sent"
        case c.HasTag(tag):
            return f"tag {tag}"
        case c.TagStrength(tag, test):
            return f"tag {tag} strength {test_text(test)}"
        case c.Score(score, test):
            return f"score {score} {test_text(test)}"
        case c.DateWithinNext(name, length):
            return f"{name} within next {length}"
        case c.DateInThisMonth(name):
            return f"{name} in this month"
        case c.DateIsToday(name):
            return f"{name} is today"
        case c.IsFriend():
            return "is friend"
        case c.Top(share, query, None):
            return f"top {share * 100:f}% by {query_text(query)}"
        case c.Top(share, query, summed):
            return f"top {share * 100:f}% by sum of {query_text(query, '', f'.{summed}')}"
        case c.Rfm(part, test):
            return f"rfm {part} {test_text(test)}"
        case c.StageIs(stage):
            return f"stage is {stage}"
        case c.InSegment(segment):
            return f"in segment {segment}"
        case c.PersonaIs(persona):
            return f"persona is {persona}"
        case c.InJourney(journey):
            return f"in journey {journey}"
        case c.FinishedJourney(journey):
            return f"finished journey {journey}"
        case _:
            assert_never(condition)


def query_text(query: c.EventQuery, times: str = "", summed: str = "") -> str:
    window = {c.SinceEntry: " since entry", c.BeforeEntry: " before entry"}.get(type(query.window), "")
    if isinstance(query.window, c.Within):
        window = f" within {query.window.length}"
    if isinstance(query.window, c.ThisPeriod):
        window = {"day": " today", "week": " this week", "month": " this month"}[query.window.unit]
    of = f" of {query.of}" if query.of else f" of any {query.any_key}" if query.any_key else ""
    where = f" where ({text_of(query.where)})" if query.where else ""
    return f"{query.event}{summed}{of}{times}{window}{where}"


def test_text(test: c.Test) -> str:
    match test:
        case c.Compare(operator, value):
            return f"{operator} {value_text(value)}"
        case c.OneOf(values):
            return f"in ({', '.join(value_text(value) for value in values)})"
        case c.Between(low, high):
            return f"between {value_text(low)} and {value_text(high)}"
        case c.Known():
            return "is known"
        case c.Contains(text):
            return f"contains {value_text(text)}"
        case _:
            assert_never(test)


test_text.__test__ = False


def value_text(value: c.Value) -> str:
    match value:
        case str():
            return "'" + value.replace("'", "''") + "'"
        case Decimal():
            return f"{value:f}"
        case date():
            return value.isoformat()


# ---- random conditions --------------------------------------------------------------------------------------------
names = st.sampled_from(("tier", "purchase", "a", "b_2", "notable", "within", "last", "by", "of", "at", "x" * 30))
numbers = st.decimals(-10_000, 10_000, places=2)
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
values = st.one_of(texts, numbers, st.dates())
operators = st.sampled_from(("=", "!=", "<", "<=", ">", ">="))
durations = st.builds(Duration, st.integers(1, 400), st.sampled_from(("minute", "hour", "day", "week", "month")))
windows = st.one_of(
    st.none(), st.builds(c.Within, durations), st.just(c.SinceEntry()), st.just(c.BeforeEntry()),
    st.builds(c.ThisPeriod, st.sampled_from(("day", "week", "month"))),
)  # fmt: skip
tests = st.one_of(
    st.builds(c.Compare, operators, values),
    st.builds(c.OneOf, st.lists(values, min_size=1, max_size=3).map(tuple)),
    st.builds(c.Between, values, values),
    st.just(c.Known()),
    st.builds(c.Contains, texts),
)
number_tests = st.one_of(st.builds(c.Compare, operators, numbers), st.builds(c.Between, numbers, numbers))


def combined(leaves: st.SearchStrategy[c.Condition]) -> st.SearchStrategy[c.Condition]:
    several = st.lists(leaves, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(c.All, several), st.builds(c.AnyOf, several), st.builds(c.Not, leaves))


wheres = st.none() | st.recursive(st.builds(c.Property, names, tests), combined, max_leaves=3)
of_message = st.builds(c.EventQuery, names, st.none() | names, windows, wheres)
queries = of_message | st.builds(c.EventQuery, names, st.none(), windows, wheres, any_key=names)
unwindowed = st.builds(c.EventQuery, names, st.none() | names, st.none(), wheres)
shares = st.integers(1, 10_000).map(lambda number: Decimal(number) / 10_000)
leaves = st.one_of(
    st.builds(c.Attribute, names, tests),
    st.builds(c.EntryProperty, names, tests),
    st.builds(c.EventCount, queries, st.sampled_from((">=", "<=", "=")), st.integers(0, 99)),
    st.builds(c.EventSum, queries, names, number_tests),
    st.builds(c.DaysSince, unwindowed, number_tests),
    st.builds(c.Top, shares, of_message, st.none() | names),
    st.builds(c.Rfm, st.sampled_from(("recency", "frequency", "monetary")), number_tests),
    st.just(c.IsFriend()),
    st.builds(c.TagStrength, names, number_tests),
    st.builds(c.Score, names, number_tests),
    st.builds(c.DateWithinNext, names, durations),
    st.builds(c.WasSent, names.filter(lambda name: name not in AFTER_MESSAGE)),
    *(
        st.builds(node, names)
        for node in (
            c.HasTag, c.DateInThisMonth, c.DateIsToday, c.StageIs, c.InSegment, c.PersonaIs, c.InJourney,
            c.FinishedJourney,
        )
    ),
)  # fmt: skip
conditions = st.recursive(leaves, combined, max_leaves=5)
