"""Finds what is to be filled in message objects, placeholders and tracked links, and cuts it out; it fills nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterator
from typing import Any, cast

from journey_engine.language.contents import Cards
from journey_engine.language.message import Said
from journey_engine.language.placeholders import ADDRESSES, FILLED
from journey_engine.line.filling import Dealt, Filled, Link, Pieces
from journey_engine.line.measuring import kind_of, limit_of
from journey_engine.line.objects import TAG, Json
from journey_engine.line.placeholders import Fields, Placeholder, parts_of

_OPENED = frozenset({"uri", "linkUri", "desktop"})  # of the addresses, what a tap opens
_MARK = re.compile(r"\\u0000(\d+)\\u0000")


class Marking:
    """The strings with something to fill in of one message, in order, and its tracked links."""

    def __init__(self, fields: Fields, tracked: bool) -> None:
        self.links: list[Link] = []
        self._found: list[Filled] = []
        self._fields = fields
        self._tracked = tracked
        self._kept: Collection[str] | None = None
        self._deck: tuple[str, int] | None = None

    def marked(self, number: int, said: Said, each: Json) -> Pieces:
        """One message object, cut into pieces; raises Misplaced."""
        place, kind = f"messages[{number}]", kind_of(each)
        self._kept = each["substitution"] if kind == "textV2" else None
        if not isinstance(said, Cards):
            return self._pieces(self._walk(each, each, "", kind, place))
        bubbles: list[Any] = each["contents"]["contents"]
        around = self._walk({**each, "contents": {"type": "carousel", "contents": ["\0"]}}, each, "", kind, place)
        head, _, tail = json.dumps(around).partition('"\\u0000"')
        before = len(self.links)
        self._deck = (said.cards.of, said.cards.at_most)
        bubble = self._walk(bubbles[0], each, "", kind, f"{place}.contents.contents[0]")
        self._deck = None
        keys = tuple(link.key for link in self.links[before:])
        pieces = cast("tuple[str | Filled, ...]", self._pieces(bubble))
        deck = Dealt(said.cards.of, said.cards.at_most, pieces, keys)
        return (*self._cut(head), deck, *self._cut(tail))

    def marked_below(self, number: int, replies: Json) -> Pieces:
        """Quick replies, which stand below the last object, cut into pieces; raises Misplaced."""
        self._kept = None
        return self._pieces(self._walk(replies, replies, "", "", f"messages[{number}].quickReply"))

    def _walk(self, node: Any, owner: Json, key: str, kind: str, place: str) -> Any:
        """A copy of `node`, which stands in an object of type `kind` as `owner[key]`, with marks for what is filled."""
        if isinstance(node, dict):
            given = cast(Json, node)
            below = ((name, value) for name, value in given.items() if name != TAG)
            return {name: self._walk(value, given, name, kind, f"{place}.{name}") for name, value in below}
        if isinstance(node, list):
            items = cast("list[Any]", node)
            return [self._walk(item, owner, key, kind, f"{place}[{number}]") for number, item in enumerate(items)]
        if not isinstance(node, str) or (key not in FILLED and key not in ADDRESSES):
            return node
        braced = kind == "textV2" and key == "text" and owner.get("type") == "textV2"
        parts = parts_of(node, self._fields, self._kept if braced else None)
        filled = Filled(parts, place, key in ADDRESSES, limit_of(owner, key, kind), braced)
        if self._tracked and key in _OPENED and re.match(r"https?://|\{", node, re.IGNORECASE):
            filled = self._link(filled, owner)
        elif all(isinstance(part, str) for part in parts):
            return "".join(str(part) for part in parts)
        self._found.append(filled)
        return f"\0{len(self._found) - 1}\0"

    def _link(self, address: Filled, owner: Json) -> Filled:
        link = Link(
            len(self.links) + 1, address.place, str(owner.get("label") or ""), address, owner.get(TAG), self._deck
        )
        self.links.append(link)
        return Filled((Placeholder(link.key, None, "text"),), link.place, True, address.limit)

    def _pieces(self, marked: Any) -> Pieces:
        return tuple(self._cut(json.dumps(marked)))

    def _cut(self, dumped: str) -> Iterator[str | Filled]:
        for number, stretch in enumerate(_MARK.split(dumped)):
            if number % 2:
                yield self._found[int(stretch)]
            elif stretch:
                yield stretch
