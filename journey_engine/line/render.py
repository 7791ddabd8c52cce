"""Messages as templates: compiled and checked once, then filled with each member's values; it sends and stores nothing.

A value goes only into a string of the message, JSON-escaped (percent-encoded in a link), never into its structure.
Bytes are in the form of `json.dumps`, so that LINE's SDK, which parses and dumps a body again, sends the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

from journey_engine.errors import JourneysError
from journey_engine.language import limits
from journey_engine.language.catalog import AttributeKind
from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.line.filling import Blocked as Blocked
from journey_engine.line.filling import Filled, Link
from journey_engine.line.measuring import limit_of
from journey_engine.line.objects import Json, objects_of
from journey_engine.line.placeholders import Kinds, Misplaced, Placeholder, Values, parts_of
from journey_engine.line.vetting import complaints, measure

_FILLED = frozenset({"text", "altText", "label", "displayText", "title"})
_LINKS = frozenset({"uri", "url", "originalContentUrl", "previewImageUrl", "thumbnailImageUrl", "linkUri", "desktop"})
_OPENED = frozenset({"uri", "linkUri", "desktop"})  # of these, what a tap opens


_ANY_LINK = "https://a.example/"


class UnsendableMessage(JourneysError):
    """A message cannot be made into something LINE would take, whoever it goes to."""

    def __init__(self, message: str, what: str, where: str) -> None:
        super().__init__(f"LINE would refuse this message: {what}.", "Mend it and apply again.", where or message)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A compiled message. `pieces` joined, with each Filled as a JSON string's inside, are the array `messages`."""

    message: str
    pieces: tuple[str | Filled, ...]
    flexible: bool  # it holds a flex object, whose size has to be measured once it is filled
    size: int = 1  # how many message objects it is at most
    quick_replies: bool = False  # nothing may follow it in one request: LINE shows those of the last object alone
    silent: bool = False
    links: tuple[Link, ...] = ()  # what is tracked in it

    @property
    def personal(self) -> bool:
        """Whether a member's values go into it: bodies differ, and LINE's refusal may be about the values."""
        return len(self.pieces) > 1

    def about_values(self, properties: Sequence[str]) -> bool:
        """Whether LINE's complaint about these places may be about what was filled in, and not about the message.

        LINE writes `messages[0].text`, and inside a flex message `/body/contents/0/text`. A complaint without a place
        may be about anything.
        """
        filled = [_steps(piece.place) for piece in self.pieces if isinstance(piece, Filled)]
        places = [_steps(place) for place in properties]
        return bool(filled) and (not places or any(each[-len(p) :] == p for p in places for each in filled))

    def targets(self, values: Values) -> dict[str, str]:
        """Where each tracked link leads this member, by the key under which `messages` wants its address (`link.1`).

        Raises Blocked.
        """
        return {key: target for link in self.links for key, target in link.targets(values)}

    def messages(self, values: Values) -> str:
        """The JSON array `messages` for a member with these values; raises Blocked with the reason."""
        if not self.personal:
            return str(self.pieces[0])
        try:
            made = "".join(
                piece if isinstance(piece, str) else json.dumps(piece.text(values))[1:-1] for piece in self.pieces
            )
        except Blocked:
            self.targets(values)  # a link that has no address of its own, for where it leads cannot be made, says why
            raise
        if self.flexible and len(made) > limits.BUBBLE_BYTES:  # escaped text is never shorter than what LINE measures
            measure(json.loads(made))
        return made


def _steps(place: str) -> list[str]:
    return [step for step in re.split(r"[./\[\]]+", place) if step]


def push_body(to: str, messages: str, silent: bool = False) -> bytes:
    """The body of a push to one LINE user id of a JSON array as `Rendering.messages` makes it."""
    return _body(to, messages, silent)


def multicast_body(to: list[str], messages: str, silent: bool = False) -> bytes:
    """The body of a multicast to at most 500 LINE user ids."""
    return _body(to, messages, silent)


def _body(to: str | list[str], messages: str, silent: bool) -> bytes:
    quietly = ', "notificationDisabled": true' if silent else ""
    return f'{{"to": {json.dumps(to)}, "messages": {messages}{quietly}}}'.encode()


def compile_message(project: Project, message: Message, *, tracked: bool = False) -> Rendering:
    """The message as a template, checked against the SDK's models and LINE's limits; raises UnsendableMessage.

    With `tracked`, each address a tap opens is `values["link.N"]` of its Link in `links`, not what the file says.
    """
    where = f"journeys/messages/{message.message}.yaml"
    try:
        objects = objects_of(message, project.flexes)
    except KeyError as error:
        raise UnsendableMessage(message.message, f"the file {error.args[0]} is not there", where) from error
    marking = _Marking(project.schema_.attributes, tracked)
    try:
        marked = [marking.walk(each, each, "", str(each["type"]), f"messages[{n}]") for n, each in enumerate(objects)]
    except Misplaced as error:
        raise UnsendableMessage(message.message, str(error), where) from error
    pieces = tuple(_pieces(json.dumps(marked), marking.found))
    flexible = any(each["type"] == "flex" for each in objects)
    rendering = Rendering(
        message.message, pieces, flexible, len(objects), bool(message.quick_replies), links=tuple(marking.links)
    )
    sample: list[Json] = json.loads(_sampled(rendering))
    for complaint in complaints(sample):
        raise UnsendableMessage(message.message, complaint, where)
    return rendering


class _Marking:
    """Puts a mark in the place of each string that has placeholders, and keeps those strings in order."""

    def __init__(self, kinds: Kinds, tracked: bool) -> None:
        self.found: list[Filled] = []
        self.links: list[Link] = []
        self._kinds = kinds
        self._tracked = tracked

    def walk(self, node: Any, owner: Json, key: str, kind: str, place: str) -> Any:
        """A copy of `node`, which stands in a message object of type `kind` as `owner[key]`; raises Misplaced."""
        if isinstance(node, dict):
            given = cast(Json, node)
            return {name: self.walk(value, given, name, kind, f"{place}.{name}") for name, value in given.items()}
        if isinstance(node, list):
            items = cast("list[Any]", node)
            return [self.walk(item, owner, key, kind, f"{place}[{number}]") for number, item in enumerate(items)]
        if not isinstance(node, str) or (key not in _FILLED and key not in _LINKS):
            return node
        parts = parts_of(node, self._kinds)
        filled = Filled(parts, place, key in _LINKS, limit_of(owner, key, kind))
        if self._tracked and key in _OPENED and re.match(r"https?://|\{", node, re.IGNORECASE):
            filled = self._link(filled, owner)
        elif all(isinstance(part, str) for part in parts):
            return "".join(str(part) for part in parts)
        self.found.append(filled)
        return f"\0{len(self.found) - 1}\0"

    def _link(self, address: Filled, owner: Json) -> Filled:
        link = Link(len(self.links) + 1, address.place, str(owner.get("label") or ""), address)
        self.links.append(link)
        return Filled((Placeholder(link.key, None, AttributeKind(type="text")),), link.place, True, address.limit)


def _pieces(dumped: str, found: list[Filled]) -> Iterator[str | Filled]:
    for number, stretch in enumerate(dumped.split("\\u0000")):
        yield found[int(stretch)] if number % 2 else stretch


def _sampled(rendering: Rendering) -> str:
    """The messages for a member who has nothing: defaults, and for what has none a word (a link in a link)."""

    def sample(piece: Filled) -> str:
        said = [
            part if isinstance(part, str) else part.default or (_ANY_LINK if piece.link and not n else "x")
            for n, part in enumerate(piece.parts)
        ]
        return json.dumps("".join(said))[1:-1]

    return "".join(piece if isinstance(piece, str) else sample(piece) for piece in rendering.pieces)
