"""Strings of a message with places in them, and the links among them, filled for one member; it knows no message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from journey_engine.language import limits
from journey_engine.line.placeholders import Missing, Parts, Placeholder, Values

_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"
LINK = "link."  # the values that are whole addresses of our own: link.1, link.2


class Blocked(Exception):
    """A message cannot go to one member; `reason` is stored and shown: “missing value: name”, “too long: text”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def values_of(attributes: Mapping[str, Any] | None, entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a message is filled with, by the names that stand in its braces: `name`, `entry.order_id`."""
    values = dict(attributes or {})
    values.update((f"entry.{name}", value) for name, value in (entry or {}).items())
    return values


@dataclass(frozen=True, slots=True)
class Filled:
    """One string of the message with placeholders in it, where it stands, and what it may measure."""

    parts: Parts
    place: str
    link: bool
    limit: tuple[int, limits.Count] | None

    def text(self, values: Values) -> str:
        """The string for one member; raises Blocked."""
        try:
            filled = "".join(self._part(number, part, values) for number, part in enumerate(self.parts))
        except Missing as missing:
            raise Blocked(f"missing value: {missing.attribute}") from missing
        if not filled.strip():
            raise Blocked(f"empty: {self.place}")
        if self.limit is not None and self.limit[1](filled) > self.limit[0]:
            raise Blocked(f"too long: {self.place}")
        return filled

    def _part(self, number: int, part: str | Placeholder, values: Values) -> str:
        if isinstance(part, str):
            return part
        value = part.value(values)
        if not self.link or part.attribute.startswith(LINK):
            return value
        if number:
            return quote(value, safe="")
        # The whole link, or its beginning, is the member's: it is one already, and may not be of another scheme.
        if not value.lower().startswith("https://"):
            raise Blocked(f"no https link: {part.attribute}")
        return quote(value, safe=_URL_SIGNS)


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a message that a tap opens, and that may be tracked: then `values["link.1"]` stands in its place.

    `place` is where it stands (`messages[0].template.actions[1].uri`), `label` what is tapped there, if it has words.
    """

    number: int
    place: str
    label: str
    address: Filled

    @property
    def key(self) -> str:
        """The name by which the values hold the tracked address of this link."""
        return f"{LINK}{self.number}"

    @property
    def personal(self) -> bool:
        """Whether it leads different members to different places."""
        return any(isinstance(part, Placeholder) for part in self.address.parts)

    def targets(self, values: Values) -> Iterator[tuple[str, str]]:
        """Where it leads for a member, by the key of each of its tracked addresses; raises Blocked."""
        yield self.key, self.address.text(values)
