"""Staged text as numbers, instants and conditions in SQL, total: what does not fit is null; it runs nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Literal, assert_never
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ARRAY,
    Boolean,
    ColumnElement,
    Date,
    DateTime,
    Interval,
    Numeric,
    and_,
    case,
    cast,
    extract,
    false,
    func,
    literal,
    not_,
    or_,
    type_coerce,
)
from sqlalchemy import Text as TextType
from sqlalchemy.dialects.postgresql import JSONB, array
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from journey_engine.compiler import calendar
from journey_engine.language import conditions as tree
from journey_engine.language.grammar import parse_event

Text = ColumnElement[str]
_NUMERIC: Numeric[Decimal] = Numeric(asdecimal=True)

# A number as people write one: sign, digits with or without thousands, decimals, exponent as floats are printed.
_POINT = r"^\s*[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,30})(\.[0-9]{0,30})?([eE][+-]?[0-9]{1,2})?\s*$"
_COMMA = r"^\s*[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]{1,30})(,[0-9]{0,30})?\s*$"
# Year first, `-` or `/` between, years 1000 to 9999, days that are in the calendar (29 February in leap years only):
# what matches casts. Then perhaps a time, with seconds and an offset of its own.
_LEAP = r"([1-9][0-9](0[48]|[2468][048]|[13579][26])|(1[26]|[2468][048]|[3579][26])00)"


def _days(between: str) -> str:
    long = rf"(0?[13578]|1[02]){between}(0?[1-9]|[12][0-9]|3[01])"
    short = rf"(0?[469]|11){between}(0?[1-9]|[12][0-9]|30)"
    february = rf"0?2{between}(0?[1-9]|1[0-9]|2[0-8])"
    return rf"([1-9][0-9]{{3}}{between}({long}|{short}|{february})|{_LEAP}{between}0?2{between}29)"


_DATE = f"({_days('-')}|{_days('/')})"
_TIME = r"([01]?[0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,9})?)?"
_OFFSET = r"(Z|z|[+-](0[0-9]|1[0-4])(:?[0-5][0-9])?)"
_DAY = rf"^\s*{_DATE}\s*$"
_INSTANT = rf"^\s*{_DATE}([ T]+{_TIME}\s*{_OFFSET}?)?\s*$"
_OWN_OFFSET = rf":[0-9.]+\s*{_OFFSET}\s*$"


_BEGINNING, _END = datetime(1970, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)  # when clocks may be changed
_LAST = _END.date().isoformat()
_DAY_LONG = timedelta(days=1)
# Most cells look like these and pass at a fraction of the full forms' price (1.4 million instants: 0.6 s, not 6 s).
_PLAIN = r"^-?[0-9]+([.][0-9]+)?$"
_WHOLE = r"^(0|[1-9][0-9]*)$"  # is its own canonical form
_PLAIN_LONGEST = 40
_USUAL = "____-__-__ __:__:__"
_SHORT = "____-__-__ __:__"
_USUAL_DATE = "____-__-__"
_USUAL_DAY = r"^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"


class Castable(FunctionElement[bool]):
    """Whether a text casts to a type without an error; never true before Postgres 16, which cannot say."""

    type = Boolean()
    inherit_cache = True


@compiles(Castable, "postgresql")
def _castable(element: Castable, compiler: Any, **options: Any) -> str:
    if int((compiler.dialect.server_version_info or (0,))[0]) < 16:
        return "false"
    return f"pg_input_is_valid({compiler.process(element.clauses, **options)})"


def number(value: Text, decimal: Literal[".", ","] = ".") -> ColumnElement[Decimal]:
    """The numeric value of a text, null if it is no number."""
    if decimal == ",":
        plain = func.replace(func.replace(value, ".", ""), ",", ".")
        return case((value.regexp_match(_COMMA), cast(plain, _NUMERIC)))
    return case(
        (and_(func.length(value) < _PLAIN_LONGEST, value.regexp_match(_PLAIN)), cast(value, _NUMERIC)),
        (value.regexp_match(_POINT), cast(func.replace(value, ",", ""), _NUMERIC)),
    )


def day(value: Text) -> ColumnElement[date]:
    """The calendar date of a text, null if it is none (the 30th of February is none)."""
    return case((value.regexp_match(_DAY), cast(value, Date)))


def instant(value: Text, zone: str) -> ColumnElement[datetime]:
    """The instant a text names: by its own offset, else as wall time of `zone` (IANA); null if it names none.

    A date alone is its midnight. In an hour that comes twice the first is meant; a wall time that does not exist is
    moved forward by the gap.
    """
    wall = cast(value, DateTime(timezone=False))
    local = _local(wall, zone)
    own = case((value.regexp_match(_OWN_OFFSET), cast(value, DateTime(timezone=True))), else_=local)
    usual = _usual_local(value, zone)
    return type_coerce(case((_usual(value), usual), (value.regexp_match(_INSTANT), own)), DateTime(timezone=True))


def known_number(value: Text, decimal: Literal[".", ","] = ".") -> ColumnElement[Decimal]:
    """The same of a text that is known to be a number, as it is in all good rows; quicker."""
    plain = func.replace(value, ".", "") if decimal == "," else value
    return cast(func.replace(plain, ",", "." if decimal == "," else ""), _NUMERIC)


def known_instant(value: Text, zone: str) -> ColumnElement[datetime]:
    """`instant` of a text that is known to name one, as it is in all good rows; quicker."""
    plain = or_(value.like(_USUAL), value.like(_SHORT), value.like(_USUAL_DATE))
    local = _local(cast(value, DateTime(timezone=False)), zone)
    own = case((value.regexp_match(_OWN_OFFSET), cast(value, DateTime(timezone=True))), else_=local)
    return type_coerce(case((plain, _usual_local(value, zone)), else_=own), DateTime(timezone=True))


def readable(value: Text) -> ColumnElement[bool]:
    """Whether a text names an instant, in whatever zone; never null."""
    return func.coalesce(case((_usual(value), True), else_=value.regexp_match(_INSTANT)), false())


def _usual(value: Text) -> ColumnElement[bool]:
    """Whether a text is a wall time or a date as most files write them, and is in the calendar."""
    short = and_(value.like(_SHORT), func.substr(value, 12, 5).between("00:00", "23:59"))
    timed = and_(or_(value.like(_USUAL), short), Castable(value, literal("timestamp")))
    return or_(timed, and_(value.regexp_match(_USUAL_DAY), Castable(value, literal("date"))))


def later_than(value: Text, zone: str, limit: datetime) -> ColumnElement[bool]:
    """Whether a text names an instant after `limit`; never null.

    Most begin with a date that is two days before it, or longer, by its digits alone: no zone is that far away.
    """
    sure = (limit.astimezone(UTC) - timedelta(days=2)).date().isoformat()
    far = and_(value.like(f"{_USUAL_DATE}%"), func.substr(value, 1, 10).collate("C") < sure)
    return func.coalesce(case((~far, instant(value, zone) > limit)), false())


def _usual_local(value: Text, zone: str) -> ColumnElement[Any]:
    """`_local` of a text that begins with its year: where no clock was changed any more, the digits say so."""
    wall = cast(value, DateTime(timezone=False))
    quiet = _quiet_from(zone)
    if quiet is None:
        return _local(wall, zone)
    # One offset until the end, and that is quicker than the zone's name.
    offset = _END.astimezone(ZoneInfo(zone)).utcoffset()
    by_offset = case(
        (value.collate("C") < _LAST, func.timezone(literal(offset, Interval), wall)), else_=func.timezone(zone, wall)
    )
    return case((value.collate("C") >= quiet, by_offset), else_=_local(wall, zone))


def _local(wall: ColumnElement[Any], zone: str) -> ColumnElement[Any]:
    """The instant of a wall time. Only hours that some day had twice need the long way, of five conversions."""
    plain = func.timezone(zone, wall)
    hours = _repeated_hours(zone)
    if not hours:
        return plain
    return case((extract("hour", wall).in_(hours), calendar.instant(wall, literal(zone))), else_=plain)


@cache
def _repeated_hours(zone: str) -> tuple[int, ...]:
    """The hours of the day that a clock set back between 1970 and 2040 showed twice in this zone."""
    place = ZoneInfo(zone)
    hours: set[int] = set()
    for at, before, after in _changes(zone):
        if after < before:
            low, high = at, at + _DAY_LONG
            while high - low > timedelta(minutes=1):
                middle = low + (high - low) / 2
                low, high = (middle, high) if middle.astimezone(place).utcoffset() == before else (low, middle)
            first, last = (low + after).hour, (high + before).hour
            hours |= {hour % 24 for hour in range(first, last + 1 if last >= first else last + 25)}
    return tuple(sorted(hours))


@cache
def _quiet_from(zone: str) -> str | None:
    """The day from which on no clock of this zone is changed before 2040; None if some is until then."""
    changes = _changes(zone)
    if not changes:
        return _BEGINNING.date().isoformat()
    last = changes[-1][0]
    return (last + 3 * _DAY_LONG).date().isoformat() if last < _END - timedelta(days=366) else None


@cache
def _changes(zone: str) -> tuple[tuple[datetime, timedelta, timedelta], ...]:
    """The days in which a clock of this zone was or is changed before 2040: their beginning, and from what to what."""
    place, found = ZoneInfo(zone), list[tuple[datetime, timedelta, timedelta]]()
    at, before = _BEGINNING, _BEGINNING.astimezone(place).utcoffset() or timedelta()
    while at < _END:
        after = (at + _DAY_LONG).astimezone(place).utcoffset() or timedelta()
        if after != before:
            found.append((at, before, after))
        at, before = at + _DAY_LONG, after
    return tuple(found)


def canonical(value: Text, kind: str, decimal: Literal[".", ","] = ".") -> ColumnElement[str]:
    """A text as the language reads its declared type (`1,204` is 1204, `2017/3/1` is 2017-03-01); else as it stands."""
    match kind:
        case "number" | "money":
            written = func.coalesce(cast(number(value, decimal), TextType), value)
            return case((value.regexp_match(_WHOLE), value), else_=written)
        case "date":
            return func.coalesce(func.to_char(day(value), "YYYY-MM-DD"), value)
        case _:
            return value


def as_object(cells: Mapping[str, Text]) -> ColumnElement[Any]:
    """Texts as one JSON object without those that are missing: most rows lack none, and are not looked through."""
    if not cells:
        return cast(literal("{}"), JSONB)
    pairs = [part for name, cell in cells.items() for part in (cast(literal(name), TextType), cell)]
    whole = func.jsonb_object(cast(array(pairs), ARRAY(TextType)))
    return cast(case((func.num_nulls(*cells.values()) == 0, whole), else_=func.jsonb_strip_nulls(whole)), JSONB)


def chosen(where: str, columns: Mapping[str, Text], decimal: Literal[".", ","] = ".") -> ColumnElement[bool]:
    """A feed's `where` over columns: true or false, never null. Raises KeyError for a column that is not there."""
    query = parse_event(f"row where {where}")
    assert query.where is not None
    return _truth(query.where, columns, decimal)


def named_in(where: str) -> set[str]:
    """The columns a feed's `where` names. Raises Miswritten if it cannot be read."""
    query = parse_event(f"row where {where}")
    found = tree.leaves(query.where) if query.where else ()
    return {leaf.name for leaf in found if isinstance(leaf, tree.Property)}


def _truth(node: tree.Condition, columns: Mapping[str, Text], decimal: Literal[".", ","]) -> ColumnElement[bool]:
    match node:
        case tree.All(parts):
            return and_(*(_truth(part, columns, decimal) for part in parts))
        case tree.AnyOf(parts):
            return or_(*(_truth(part, columns, decimal) for part in parts))
        case tree.Not(part):
            return not_(_truth(part, columns, decimal))
        case tree.Property(name, test):
            return func.coalesce(_test(columns[name], test, decimal), false())
        case _:
            raise ValueError(f"{type(node).__name__} cannot stand in the `where` of a feed")


def _test(column: Text, test: tree.Test, decimal: Literal[".", ","]) -> ColumnElement[bool]:
    def typed(constant: tree.Value) -> ColumnElement[Any]:
        match constant:
            case Decimal():
                return number(column, decimal)
            case date():
                return day(column)
            case str():
                return column

    match test:
        case tree.Compare("!=", constant):
            return not_(func.coalesce(typed(constant) == constant, false()))
        case tree.Compare(operator, constant):
            return typed(constant).op(operator, is_comparison=True)(constant)
        case tree.OneOf(constants):
            return or_(*(typed(constant) == constant for constant in constants))
        case tree.Between(low, high):
            return typed(low).between(low, high)
        case tree.Known():
            return column.is_not(None)
        case tree.Contains(text):
            return func.strpos(column, text) > 0
        case _:
            assert_never(test)
