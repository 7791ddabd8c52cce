"""Stored definitions taken apart for comparing: a journey from its text, a step's own words, one field's difference."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any, cast

from journey_engine.language.journey import Journey, Step
from journey_engine.language.words import Words

_LONGEST = 60  # characters of a value in a line of the plan


@lru_cache(maxsize=256)
def journey_of(body: str) -> Journey | None:
    """The journey of a stored text; None for no text."""
    return Journey.model_validate(json.loads(body)) if body else None


def own_words(step: Step) -> dict[str, Any]:
    """What the step itself says, without the steps nested in it."""
    return _without_blocks(step.model_dump(mode="json", by_alias=True, exclude_unset=True))


def _without_blocks(value: Any) -> Any:
    if isinstance(value, dict):
        items = cast("dict[str, Any]", value).items()
        return {key: _without_blocks(inner) for key, inner in items if key != "do"}
    if isinstance(value, list):
        return [_without_blocks(inner) for inner in cast("list[Any]", value)]
    return value


def differences(before: Mapping[str, Any], after: Mapping[str, Any], without: Iterable[str] = ()) -> tuple[Words, ...]:
    """A line for each field that is written otherwise: `wait: 1 day → 2 days`, `leave.if: refund → purchase`."""
    left_out = frozenset(without)
    lines = [
        f"{key}: {_short(old)} → {_short(new)}"
        for name in dict.fromkeys([*before, *after])
        if name not in left_out
        for key, old, new in _fields(name, before.get(name), after.get(name))
    ]
    return tuple(Words(line, line) for line in lines)


def _fields(name: str, before: Any, after: Any) -> Iterator[tuple[str, Any, Any]]:
    """What differs below `name`, down to texts, lists, and blocks that one side has not."""
    if isinstance(before, dict) and isinstance(after, dict):
        old, new = cast("dict[str, Any]", before), cast("dict[str, Any]", after)
        for key in dict.fromkeys([*old, *new]):
            yield from _fields(f"{name}.{key}", old.get(key), new.get(key))
    elif before != after:
        yield name, before, after


def _short(value: Any) -> str:
    if value is None:
        return "—"
    if isinstance(value, dict):
        value = ", ".join(f"{key} {_short(inner)}" for key, inner in cast("dict[str, Any]", value).items())
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}…"
