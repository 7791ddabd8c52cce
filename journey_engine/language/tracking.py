"""How links of messages are tracked, as policy.yaml says it; it makes no link."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from pydantic import Field

from journey_engine.language.durations import Duration
from journey_engine.language.written import Definition, DurationField


class Links(Definition):
    """`base`: where members' browsers reach the receiver; None: the one that runs beside the sandbox, else nothing is
    tracked. `expires`: how long a link of a message leads on after it was sent."""

    base: str | None = None
    expires: DurationField = Field(default=Duration(90, "day"))


def dicts_in(node: Any) -> Iterator[dict[str, Any]]:
    """Every mapping in a message or a flex container, the outer ones first."""
    if isinstance(node, dict):
        given = cast("dict[str, Any]", node)
        yield given
        for value in given.values():
            yield from dicts_in(value)
    elif isinstance(node, list | tuple):
        for item in cast("list[Any]", node):
            yield from dicts_in(item)
