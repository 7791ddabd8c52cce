"""Strings of a message with places in them, links and cards, filled for one member; it knows no message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring_ascii
from typing import Any, cast
from urllib.parse import quote

from journey_engine.language import limits
from journey_engine.language.buttons import TagGrant
from journey_engine.language.contents import ITEM, Cards
from journey_engine.language.coupon import texts_in
from journey_engine.language.project import Project
from journey_engine.line.placeholders import Missing, Parts, Placeholder, Values, doubled

_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"
COUPON = "coupon."  # the values that are codes drawn on arrival: coupon.welcome100
LINK = "link."  # the values that are whole addresses of our own: link.1, link.2


class Blocked(Exception):
    """A message cannot go to one member; `reason` is stored and shown: “missing value: name”, “too long: text”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def unfilled(project: Project) -> list[str]:
    """The messages that say the same to everybody: no brace stands in them, and no cards."""
    dealt = {name for name, each in project.messages.items() if any(isinstance(said, Cards) for said in each.say)}
    written = {name: each.model_dump(mode="json") for name, each in project.messages.items() if name not in dealt}
    return [name for name, each in written.items() if not any("{" in told for told in texts_in(each, project.flexes))]


def values_of(attributes: Mapping[str, Any] | None, entry: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a message is filled with, by the names that stand in its braces: `name`, `entry.order_id`."""
    values = dict(attributes) if attributes else {}
    if entry:
        values.update((f"entry.{name}", value) for name, value in entry.items())
    return values


@dataclass(frozen=True, slots=True)
class Filled:
    """One string of the message with placeholders in it, where it stands, and what it may measure.

    `link`: it is an address. `braced`: of a textV2, where LINE reads braces.
    """

    parts: Parts
    place: str
    link: bool
    limit: tuple[int, limits.Count] | None
    braced: bool = False

    def text(self, values: Values) -> str:
        """The string for one member; raises Blocked."""
        try:
            filled = "".join([self._part(number, part, values) for number, part in enumerate(self.parts)])
        except Missing as missing:
            pool = missing.name.removeprefix(COUPON)
            lacks = "missing value" if pool == missing.name else "no coupon code"
            raise Blocked(f"{lacks}: {pool}") from missing
        if not filled.strip():
            raise Blocked(f"empty: {self.place}")
        # Either count gives at most two for a character.
        if self.limit is not None and 2 * len(filled) > self.limit[0] and self.limit[1](filled) > self.limit[0]:
            raise Blocked(f"too long: {self.place}")
        return filled

    def _part(self, number: int, part: str | Placeholder, values: Values) -> str:
        if isinstance(part, str):
            return part
        value = part.value(values)
        if not self.link or part.name.startswith(LINK):
            return doubled(value) if self.braced else value
        if number:
            return quote(value, safe="")
        # The whole link, or its beginning, is the member's: it is one already, and may not be of another scheme.
        if not value.lower().startswith("https://"):
            raise Blocked(f"no https link: {part.name}")
        return quote(value, safe=_URL_SIGNS)


@dataclass(frozen=True, slots=True)
class Dealt:
    """One bubble for each item of a list among the values; `pieces` are a bubble's JSON, filled with the item's."""

    of: str
    at_most: int
    pieces: tuple[str | Filled, ...]
    links: tuple[str, ...] = ()  # the keys of the tracked links in a bubble

    def has_items(self, values: Values) -> bool:
        """Whether there is anything to make a bubble of."""
        return next(self.each(values), None) is not None

    def text(self, values: Values) -> str:
        """The JSON of the bubbles, one after the other; empty if there is no item. Raises Blocked."""
        return ", ".join(join(self.pieces, each) for each in self.each(values))

    def each(self, values: Values) -> Iterator[dict[str, Any]]:
        """The values for each bubble: the member's, with its item's and its own links."""
        for number, own in enumerate(dealt(values, self.of, self.at_most), 1):
            yield {**own, **{key: values.get(f"{key}.{number}") for key in self.links}}


def dealt(values: Values, of: str, at_most: int) -> Iterator[dict[str, Any]]:
    """The values once for each item of the list `of` among them, with its own as `item.NAME` (a bare one as `item`)."""
    listed = values.get(of)
    for item in cast("list[Any]", listed)[:at_most] if isinstance(listed, list) else []:
        told = cast("dict[str, Any]", item).items() if isinstance(item, dict) else ()
        own = {f"{ITEM}.{name}": value for name, value in told} or {ITEM: item}
        yield {**values, **own}


Pieces = tuple[str | Filled | Dealt, ...]


def join(pieces: Pieces, values: Values) -> str:
    """JSON text of pieces, each string inside its quotes; raises Blocked."""
    return "".join([piece if isinstance(piece, str) else _said(piece, values) for piece in pieces])


def _said(piece: Filled | Dealt, values: Values) -> str:
    match piece:
        case Filled():
            return encode_basestring_ascii(piece.text(values))[1:-1]  # as `json.dumps` writes it, which takes longer
        case Dealt():
            return piece.text(values)


@dataclass(frozen=True, slots=True)
class Link:
    """An address in a message that a tap opens, and that may be tracked: then `values["link.1"]` stands in its place.

    `place` is where it stands (`messages[0].template.actions[1].uri`), `label` what is tapped there, if it has words,
    `tag` what opening it grants. Inside cards each bubble has its own, `link.1.1`, `link.1.2` and so on.
    """

    number: int
    place: str
    label: str
    address: Filled
    tag: TagGrant | None = None
    deck: tuple[str, int] | None = None  # of cards: the list, and how many of its items at most

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
        if self.deck is None:
            yield self.key, self.address.text(values)
            return
        for number, own in enumerate(dealt(values, *self.deck), 1):
            yield f"{self.key}.{number}", self.address.text(own)
