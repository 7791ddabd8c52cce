"""Texts as typed values and tests of them in SQL, true or false and never null; it knows no table.

A text that is no value of the declared type counts as missing: numbers are decimal digits with an optional sign and
fraction, dates are written 2026-03-01 and must exist in the calendar.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, assert_never

from sqlalchemy import ColumnElement, Date, Integer, Numeric, Text, and_, case, cast, func, literal, not_, null, or_

from journey_engine.language.catalog import ValueType
from journey_engine.language.conditions import Between, Compare, Contains, Known, OneOf, Operator, Test, Value

# Bounded, so that no text can overflow a numeric.
_NUMBER = r"^\s*[+-]?([0-9]{1,30}(\.[0-9]{0,30})?|\.[0-9]{1,30})\s*$"
# Month 1 to 12, day 1 to 31; whether the month has that day is asked afterwards. make_date knows no year 0.
_DATE = r"^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"


def number(written: ColumnElement[Any]) -> ColumnElement[Any]:
    """The text as numeric; null if it is none."""
    return case((written.regexp_match(_NUMBER), cast(written, Numeric(asdecimal=True))), else_=null())


def day(written: ColumnElement[Any]) -> ColumnElement[Any]:
    """The text as date; null if it is none."""
    parts = [cast(func.split_part(written, "-", place), Integer) for place in (1, 2, 3)]
    made = func.make_date(parts[0], parts[1], 1, type_=Date) + (parts[2] - 1)
    exists = func.to_char(made, "YYYY-MM-DD") == written
    return case((written.regexp_match(_DATE), case((exists, made), else_=null())), else_=null())


def typed(written: ColumnElement[Any], kind: ValueType) -> ColumnElement[Any]:
    """The text as a value of the declared type; null if it is missing or none."""
    match kind:
        case "number" | "money":
            return number(written)
        case "date":
            return day(written)
        case "text" | "list" | "time":
            return written
        case _:
            assert_never(kind)


def kind_of(test: Test) -> ValueType:
    """The type that the constants of a test have; text where it has none."""
    match test:
        case Compare(value=value) | Between(low=value):
            pass
        case OneOf(values=values):
            value = values[0] if values else ""
        case Known() | Contains():
            value = ""
        case _:
            assert_never(test)
    return "number" if isinstance(value, Decimal) else "date" if isinstance(value, date) else "text"


def constant(value: Value) -> ColumnElement[Any]:
    """A constant as a bound value; texts compare by code point, whatever the database's collation."""
    match value:
        case Decimal():
            return literal(value, Numeric)
        case str():
            return literal(value, Text(collation="C"))
        case _:
            return literal(value, Date)


def compared(left: ColumnElement[Any], operator: Operator, right: ColumnElement[Any]) -> ColumnElement[bool]:
    """`left OP right`; false where either is null, but for `!=`, the complement of `=`."""
    match operator:
        case "=":
            asked = left == right
        case "!=":
            return not_(func.coalesce(left == right, False))
        case "<":
            asked = left < right
        case "<=":
            asked = left <= right
        case ">":
            asked = left > right
        case ">=":
            asked = left >= right
        case _:
            assert_never(operator)
    return func.coalesce(asked, False)


def passes(test: Test, value: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a typed value passes the test; a missing one passes nothing but `!=`."""
    match test:
        case Compare(operator, limit):
            return compared(_comparable(value, limit), operator, constant(limit))
        case OneOf(values):
            return func.coalesce(or_(*(_comparable(value, one) == constant(one) for one in values)), False)
        case Between(low, high):
            inside = and_(_comparable(value, low) >= constant(low), _comparable(value, high) <= constant(high))
            return func.coalesce(inside, False)
        case Known():
            return value.is_not(None)
        case Contains(text):
            return func.coalesce(func.strpos(value.collate("C"), constant(text)) > 0, False)
        case _:
            assert_never(test)


def _comparable(value: ColumnElement[Any], limit: Value) -> ColumnElement[Any]:
    return value.collate("C") if isinstance(limit, str) else value
