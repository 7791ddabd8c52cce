"""From text to the tree of a condition or an event pattern, by the grammar in conditions.lark; knows no declared names.

How things bind: a window (`within …`, `since entry`, `this month` …) and `where` belong to the one event before them,
then comes `not`, then `and`, then `or`. So `purchase or click within 30 days` limits only the clicks, and
`purchase_item where category = '保養' and city is known` are two conditions. Several tests of one event go into
parentheses: `purchase_item where (category = '保養' and quantity >= 2)`. Only in an event pattern, where nothing can
stand outside, `where` takes `and` and `or` without them. When in doubt, write parentheses.
"""

from __future__ import annotations

import os
import sys
import threading
from functools import cache, lru_cache
from importlib.resources import files
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

from lark import Lark, Token, Transformer, v_args  # pyright: ignore[reportUnknownVariableType]
from lark.exceptions import UnexpectedInput, VisitError

from journey_engine.language import conditions as tree
from journey_engine.language import tokens
from journey_engine.language.durations import Duration
from journey_engine.language.misread import syntax_error
from journey_engine.language.words import Miswritten, Words

LONGEST = 4000  # characters of one condition; far above any written by hand, and it bounds the parser's work
_MAKE_A_SEGMENT = Words("請把一部分改成分群，再寫 in segment …。", "Move a part into a segment: in segment ….")
# Lark reads its grammar by Python's own parser, which no two threads of 3.11 may do at once (cpython, issue 106905).
_ONE_AT_A_TIME = threading.Lock()
DEEPEST = 40  # `not` and parentheses inside each other; the compiler walks the tree recursively


@lru_cache(maxsize=4096)
def parse_condition(text: str) -> tree.Condition:
    """The condition written as `text`. Raises Miswritten with the 0-based column of what cannot be read."""
    return _parse(text, "condition")


@lru_cache(maxsize=4096)
def parse_event(text: str) -> tree.EventQuery:
    """The event pattern written as `text`: `EVENT [of MESSAGE] [where …]`, without a window. Raises Miswritten."""
    return _parse(text, "event")


def _parse(text: str, start: str) -> Any:
    if len(text) > LONGEST:
        raise Miswritten(
            Words(f"條件太長：{len(text)} 字，最多 {LONGEST} 字。", f"A condition has at most {LONGEST} characters."),
            _MAKE_A_SEGMENT,
        )
    _refuse_deep(text)
    with _ONE_AT_A_TIME:
        parser = _parser()
    try:
        return parser.parse(text, start=start)  # pyright: ignore[reportUnknownMemberType]
    except UnexpectedInput as error:
        raise syntax_error(text, error) from None
    except VisitError as error:
        if isinstance(error.orig_exc, Miswritten):
            raise error.orig_exc from None
        raise


@cache
def _parser() -> Lark:
    grammar = files("journey_engine.language").joinpath("conditions.lark").read_text(encoding="utf-8")
    return Lark(grammar, parser="lalr", start=["condition", "event"], transformer=_Tree(), cache=_tables() or False)


def _tables() -> str | None:
    """The file of the parser's tables, as Lark keeps them: beside our bytecode, and only where such may be kept.

    Working them out anew takes ten times as long as reading them, and every process needs them.
    """
    file = Path(cache_from_source(__file__)).with_name("conditions.lark.tables")
    may_write = not sys.dont_write_bytecode and os.access(file.parent, os.W_OK)
    return str(file) if may_write or file.exists() else None


def _refuse_deep(text: str) -> None:
    depth = nots = 0
    for word in text.replace("(", " ( ").replace("（", " ( ").replace(")", " ) ").replace("）", " ) ").split():
        depth += {"(": 1, ")": -1}.get(word, 0)
        nots = nots + 1 if word in ("not", "(") else nots if word == ")" else 0
        if max(depth, nots) > DEEPEST:
            raise Miswritten(
                Words("條件的括號或 not 套得太深。", "Parentheses or “not” are nested too deeply here."),
                _MAKE_A_SEGMENT,
            )


# ---- tokens to nodes ----------------------------------------------------------------------------------------------
def _query(name: Token, parts: tuple[dict[str, Any], ...]) -> tree.EventQuery:
    said = {key: value for part in parts for key, value in part.items()}
    said.pop("times", None)
    return tree.EventQuery(tokens.name(name), column=tokens.place(name), **said)


@v_args(inline=True)
class _Tree(Transformer[Token, Any]):
    """Each method makes the node of the rule it is named after; `NAME` and other tokens come as they were read."""

    def condition(self, inner: tree.Condition) -> tree.Condition:
        return inner

    def any_of(self, *parts: tree.Condition) -> tree.Condition:
        return parts[0] if len(parts) == 1 else tree.AnyOf(parts)

    def all_of(self, *parts: tree.Condition) -> tree.Condition:
        return parts[0] if len(parts) == 1 else tree.All(parts)

    any_property = any_of
    all_properties = all_of

    def negated(self, part: tree.Condition) -> tree.Condition:
        return tree.Not(part)

    negated_property = negated

    # ---- tests: (test, is it negated) ----
    def compare(self, operator: Token, value: Token) -> tuple[tree.Test, bool]:
        return tree.Compare(tokens.operator(operator), tokens.value(value)), False

    def one_of(self, *values: Token) -> tuple[tree.Test, bool]:
        return tree.OneOf(tuple(tokens.value(value) for value in values)), False

    def none_of(self, *values: Token) -> tuple[tree.Test, bool]:
        return tree.OneOf(tuple(tokens.value(value) for value in values)), True

    def between(self, low: Token, high: Token) -> tuple[tree.Test, bool]:
        return tree.Between(tokens.value(low), tokens.value(high)), False

    def known(self) -> tuple[tree.Test, bool]:
        return tree.Known(), False

    def not_known(self) -> tuple[tree.Test, bool]:
        return tree.Known(), True

    def contains(self, text: Token) -> tuple[tree.Test, bool]:
        return tree.Contains(tokens.text(text)), False

    def contains_not(self, text: Token) -> tuple[tree.Test, bool]:
        return tree.Contains(tokens.text(text)), True

    def compare_number(self, operator: Token, value: Token) -> tree.Compare:
        return tree.Compare(tokens.operator(operator), tokens.value(value))

    def between_numbers(self, low: Token, high: Token) -> tree.Between:
        return tree.Between(tokens.value(low), tokens.value(high))

    def attribute(self, name: Token, test: tuple[tree.Test, bool]) -> tree.Condition:
        node = tree.Attribute(tokens.name(name), test[0], tokens.place(name))
        return tree.Not(node) if test[1] else node

    def property(self, name: Token, test: tuple[tree.Test, bool]) -> tree.Condition:
        node = tree.Property(tokens.name(name), test[0], tokens.place(name))
        return tree.Not(node) if test[1] else node

    def entry_property(self, name: Token, test: tuple[tree.Test, bool]) -> tree.Condition:
        node = tree.EntryProperty(tokens.name(name), test[0], tokens.place(name))
        return tree.Not(node) if test[1] else node

    # ---- events ----
    def of(self, name: Token) -> dict[str, Any]:
        return {"of": tokens.name(name), "of_column": tokens.place(name)}

    def any_key(self, name: Token) -> dict[str, Any]:
        return {"any_key": tokens.name(name), "key_column": tokens.place(name)}

    def where(self, condition: tree.Condition) -> dict[str, Any]:
        return {"where": condition}

    every_where = where

    def duration(self, amount: Token, unit: Token) -> Duration:
        try:
            return Duration.read(f"{amount} {unit}")
        except Miswritten as error:
            raise Miswritten(error.what, error.write, tokens.place(amount)) from None

    def within(self, length: Duration) -> dict[str, Any]:
        return {"window": tree.Within(length)}

    def since_entry(self) -> dict[str, Any]:
        return {"window": tree.SinceEntry()}

    def before_entry(self) -> dict[str, Any]:
        return {"window": tree.BeforeEntry()}

    def this_day(self) -> dict[str, Any]:
        return {"window": tree.ThisPeriod("day")}

    def this_week(self) -> dict[str, Any]:
        return {"window": tree.ThisPeriod("week")}

    def this_month(self) -> dict[str, Any]:
        return {"window": tree.ThisPeriod("month")}

    def at_least(self, count: Token) -> dict[str, Any]:
        return {"times": (">=", tokens.count(count))}

    def at_most(self, count: Token) -> dict[str, Any]:
        return {"times": ("<=", tokens.count(count))}

    def exactly(self, count: Token) -> dict[str, Any]:
        return {"times": ("=", tokens.count(count))}

    def event(self, name: Token, *parts: dict[str, Any]) -> tree.EventQuery:
        return _query(name, parts)

    def some_event(self, name: Token, *parts: dict[str, Any]) -> tree.EventCount:
        times: tuple[tree.Operator, int] = next((part["times"] for part in parts if "times" in part), (">=", 1))
        return tree.EventCount(_query(name, parts), *times)

    def no_event(self, name: Token, *parts: dict[str, Any]) -> tree.EventCount:
        return tree.EventCount(_query(name, parts), "=", 0)

    def sum_of(self, name: Token, summed: Token, *parts: Any) -> tree.EventSum:
        return tree.EventSum(_query(name, parts[:-1]), tokens.name(summed), parts[-1], tokens.place(summed))

    def days_since(self, name: Token, *parts: Any) -> tree.DaysSince:
        return tree.DaysSince(_query(name, parts[:-1]), parts[-1])

    # ---- answers to surveys ----
    def answer_is(self, band: Token) -> tree.Property:
        return tree.Property("band", tree.Compare("=", tokens.name(band)), tokens.place(band))

    def answer_given(self, event: Token, *parts: Any) -> tree.EventCount:
        return tree.EventCount(tokens.answer(event, *parts), ">=", 1)

    def no_answer(self, event: Token, *parts: Any) -> tree.EventCount:
        return tree.EventCount(tokens.answer(event, *parts), "=", 0)

    # ---- the rest ----
    def was_sent(self, _: Token, message: Token) -> tree.WasSent:
        return tree.WasSent(tokens.name(message), tokens.place(message))

    def has_tag(self, tag: Token) -> tree.HasTag:
        return tree.HasTag(tokens.name(tag), tokens.place(tag))

    def tag_strength(self, tag: Token, test: tree.Compare | tree.Between) -> tree.TagStrength:
        return tree.TagStrength(tokens.name(tag), test, tokens.place(tag))

    def score(self, score: Token, test: tree.Compare | tree.Between) -> tree.Score:
        return tree.Score(tokens.name(score), test, tokens.place(score))

    def next_days(self, name: Token, length: Duration) -> tree.DateWithinNext:
        return tree.DateWithinNext(tokens.name(name), length, tokens.place(name))

    def in_month(self, name: Token) -> tree.DateInThisMonth:
        return tree.DateInThisMonth(tokens.name(name), tokens.place(name))

    def is_today(self, name: Token) -> tree.DateIsToday:
        return tree.DateIsToday(tokens.name(name), tokens.place(name))

    def is_friend(self) -> tree.IsFriend:
        return tree.IsFriend()

    def is_no_friend(self) -> tree.Not:
        return tree.Not(tree.IsFriend())

    def some_ranked(self, name: Token, *parts: dict[str, Any]) -> tuple[tree.EventQuery, str | None, int]:
        return _query(name, parts), None, 0

    def sum_ranked(self, name: Token, summed: Token, *parts: Any) -> tuple[tree.EventQuery, str | None, int]:
        return _query(name, parts), tokens.name(summed), tokens.place(summed)

    def top(self, share: Token, ranked: tuple[tree.EventQuery, str | None, int]) -> tree.Top:
        return tree.Top(tokens.share(share), *ranked)

    def rfm(self, part: Token, test: tree.Compare | tree.Between) -> tree.Rfm:
        return tree.Rfm(tokens.rfm_part(part), test, tokens.place(part))

    def stage_is(self, stage: Token) -> tree.StageIs:
        return tree.StageIs(tokens.name(stage), tokens.place(stage))

    def stage_is_not(self, stage: Token) -> tree.Not:
        return tree.Not(tree.StageIs(tokens.name(stage), tokens.place(stage)))

    def persona_is(self, persona: Token) -> tree.PersonaIs:
        return tree.PersonaIs(tokens.name(persona), tokens.place(persona))

    def persona_is_not(self, persona: Token) -> tree.Not:
        return tree.Not(self.persona_is(persona))

    def in_segment(self, segment: Token) -> tree.InSegment:
        return tree.InSegment(tokens.name(segment), tokens.place(segment))

    def in_journey(self, journey: Token) -> tree.InJourney:
        return tree.InJourney(tokens.name(journey), tokens.place(journey))

    def finished(self, journey: Token) -> tree.FinishedJourney:
        return tree.FinishedJourney(tokens.name(journey), tokens.place(journey))
