"""Types of the language as JSON Schema (draft 7): models walked field by field, texts by their pattern; knows no names.

A file's scalars are text to us and typed to an editor (`50` is a number there), so both are taken where both can stand.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from datetime import time
from decimal import Decimal
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic.fields import FieldInfo

from journey_engine.language import catalog, contents, coupon, days, feed, scenario, triggers, written
from journey_engine.language.durations import Duration
from journey_engine.language.written import Definition

Shape = dict[str, Any]

NAME: Shape = {"type": "string", "pattern": "^[a-z][a-z0-9_]{0,29}$"}
TEXT: Shape = {"type": ["string", "number", "boolean"]}
_LENGTH = r"[1-9][0-9]{0,4}\s+(minute|hour|day|week|month)s?"
DURATION: Shape = {"type": "string", "pattern": rf"^\s*{_LENGTH}\s*$", "examples": ["1 day", "24 hours", "30 days"]}
CLOCK: Shape = {"type": "string", "pattern": r"^\s*([01]?[0-9]|2[0-3]):[0-5][0-9]\s*$", "examples": ["10:00"]}
_DAY_NAME = "^([Mm]on|[Tt]ue|[Ww]ed|[Tt]hu|[Ff]ri|[Ss]at|[Ss]un)[a-z]*$"
_DAY = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_DAYS: Shape = {
    "anyOf": [
        {"enum": ["weekdays", "weekends", "workdays", *_DAY]},
        {"type": "array", "minItems": 1, "items": {"type": "string", "pattern": _DAY_NAME}},
    ]
}
_YES_NO: Shape = {"enum": [True, False, "yes", "no", "true", "false", "on", "off"]}


_SHARE = r"^\s*[0-9]{1,3}(\.[0-9]{1,2})?\s*[%％]\s*$"
_QUOTA: Shape = {
    "anyOf": [
        {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
        {
            "type": "object",
            "properties": {
                "limit": {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
                "reserve": {
                    "type": "object",
                    "propertyNames": {"enum": list(get_args(catalog.Topic))},
                    "additionalProperties": {"type": "string", "pattern": _SHARE, "examples": ["10%"]},
                },
            },
            "additionalProperties": False,
        },
    ]
}


def _pattern(pattern: str, *examples: str) -> Shape:
    return {"type": "string", "pattern": pattern, "examples": list(examples)}


def _written(alias: Any, shape: Shape) -> tuple[Any, Shape]:
    """The validator by which a field's written form is recognised, with the shape of that form."""
    return get_args(alias)[1], shape


# By the validator that reads them; RULE and EVENT get the project's names as examples later.
RULE: Shape = {"type": "string", "minLength": 1, "title": "condition"}
EVENT: Shape = {"type": "string", "pattern": "^[a-z]", "title": "event"}
GRANT: Shape = _pattern(
    rf"^\s*[a-z][a-z0-9_]{{0,29}}(\s+[+-][0-9.]+)?(\s+for\s+{_LENGTH})?\s*$", "vip", "vip +1 for 90 days"
)
WRITTEN: Mapping[Any, Shape] = dict(
    [
        _written(written.Name, NAME),
        _written(written.RuleField, RULE),
        _written(written.EventField, EVENT),
        _written(written.GrantField, GRANT),
        _written(written.DurationField, DURATION),
        _written(written.Share, _pattern(_SHARE, "10%", "50%")),
        _written(written.ClockTime, CLOCK),
        _written(written.LocalTime, _pattern(r"^\d{4}-\d\d-\d\d\s+\d\d:\d\d$", "2026-12-05 10:00")),
        _written(written.OtherwiseMark, {"enum": [None, "", True, "true", "yes"]}),
        _written(days.DaysField, _DAYS),
        _written(days.OffsetField, _pattern(r"^\s*[+−-]?\s?[0-9]+\s+(minute|hour|day|week|month)s?\s*$", "-3 days")),
        _written(days.PaceField, _pattern(r"^[1-9][0-9]{0,8}\s+per\s+(day|hour)$", "5000 per day")),
        _written(days.HoursField, _pattern(r"^\s*[0-9]{1,2}:[0-9]{2}\s*-\s*[0-9]{1,2}:[0-9]{2}\s*$", "21:00-09:00")),
        _written(days.DateField, _pattern(r"^\d{4}-\d\d-\d\d$", "2026-12-05")),
        _written(triggers.CronField, _pattern(r"^\s*\S+(\s+\S+){4}\s*$", "0 10 * * 1")),
        _written(
            triggers.AgainField,
            _pattern(
                rf"^\s*(per\s+[a-z][a-z0-9_]*\s*)?(never|after exit|once a year|after {_LENGTH})?\s*$",
                "never", "after exit", "after 90 days", "once a year", "per order_id",
            ),
        ),
        _written(catalog.CapsField, _pattern(r"^[1-9][0-9]*\s+per\s+\S", "2 per day and 5 per 7 days")),
        _written(catalog.CappedField, _pattern(rf"^(skip|defer\s+{_LENGTH})$", "skip", "defer 3 days")),
        _written(
            coupon.ExpiryField,
            _pattern(rf"^({_LENGTH}\s+after drawing|\d{{4}}-\d\d-\d\d)$", "30 days after drawing", "2026-12-31"),
        ),
        _written(contents.PairField, _pattern(r"^\s*[0-9A-Za-z]+\s*/\s*[0-9A-Za-z]+\s*$", "446/1988")),
        _written(catalog.QuotaField, _QUOTA),
        _written(feed.Columns, {"anyOf": [TEXT, {"type": "array", "items": TEXT, "minItems": 1}]}),
        _written(scenario.MomentField, _pattern(r"^day\s+-?[0-9]{1,3}\s+[0-9]{1,2}:[0-9]{2}$", "day 0 09:00")),
    ]
)  # fmt: skip
Special = Mapping[Any, Callable[["Walker"], Shape]]


class Walker:
    """Walks models into `definitions`; `special` gives the shapes of what the models read in a way of their own."""

    def __init__(self, special: Special, refers: Mapping[tuple[str, str], Shape]) -> None:
        self.definitions: dict[str, Shape] = {}
        self._special = special
        self._refers = refers

    def model(self, kind: type[Definition]) -> Shape:
        """A reference to the model's definition, which is made when it is first asked for."""
        name = kind.__name__
        if name not in self.definitions:
            self.definitions[name] = {}  # a model may be inside itself
            self.definitions[name] = self._special[kind](self) if kind in self._special else self.block(kind)
        return {"$ref": f"#/definitions/{name}"}

    def block(self, kind: type[Definition]) -> Shape:
        """The mapping a model is written as: its words, those that must be there, and no others."""
        fields = {field.alias or name: field for name, field in kind.model_fields.items()}
        shape: Shape = {
            "type": "object",
            "properties": {word: self._field(kind, word, field) for word, field in fields.items()},
            "additionalProperties": False,
        }
        required = [word for word, field in fields.items() if field.is_required()]
        return {**shape, "required": required} if required else shape

    def _field(self, kind: type[Definition], word: str, field: FieldInfo) -> Shape:
        referred = self._refers.get((kind.__name__, word))
        return referred if referred is not None else self.shape(field.annotation, field.metadata)

    def shape(self, kind: Any, metadata: list[Any] | tuple[Any, ...] = ()) -> Shape:
        """The shape of one type with the marks that stand beside it."""
        for mark in metadata:
            if _is_hashable(mark) and mark in self._special:
                return self._special[mark](self)
            if _is_hashable(mark) and mark in WRITTEN:
                return WRITTEN[mark]
        if get_origin(kind) is Annotated:
            inner, *marks = get_args(kind)
            return self.shape(inner, [*marks, *metadata])
        if get_origin(kind) in (Union, types.UnionType):
            options = [option for option in get_args(kind) if option is not type(None)]
            shapes = [self.shape(option) for option in options]
            return shapes[0] if len(shapes) == 1 else {"anyOf": shapes}
        return self._bounded(self._plain(kind), metadata)

    def _plain(self, kind: Any) -> Shape:
        origin, inside = get_origin(kind), get_args(kind)
        if origin is Literal:
            return {"enum": list(inside)}
        if origin is dict:
            values = self.shape(inside[1])
            return {"type": "object", "propertyNames": self.shape(inside[0]), "additionalProperties": values}
        if origin is tuple:
            return {"type": "array", "items": self.shape(inside[0])}
        if isinstance(kind, type) and issubclass(kind, Definition):
            return self.model(kind)
        scalars: dict[Any, Shape] = {
            str: TEXT,
            int: {"type": ["integer", "string"], "pattern": "^[0-9]+$"},
            Decimal: {"type": ["number", "string"], "pattern": r"^[0-9.]+$"},
            bool: _YES_NO,
            time: CLOCK,
            Duration: DURATION,
        }
        return scalars.get(kind, {})

    @staticmethod
    def _bounded(shape: Shape, metadata: list[Any] | tuple[Any, ...]) -> Shape:
        bounds: Shape = {}
        for mark in metadata:
            match mark:
                case Ge(ge=limit):
                    bounds["minimum"] = limit
                case Gt(gt=limit):
                    bounds["exclusiveMinimum"] = limit
                case Le(le=limit):
                    bounds["maximum"] = limit
                case Lt(lt=limit):
                    bounds["exclusiveMaximum"] = limit
                case MinLen(min_length=least):
                    bounds["minItems" if shape.get("type") == "array" else "minProperties"] = least
                case _:
                    pass
        return {**shape, **bounds} if bounds else shape


def _is_hashable(mark: Any) -> bool:
    return type(mark).__hash__ is not None and not isinstance(mark, FieldInfo)
