"""Messages as templates: compiled and checked once, then filled with each member's values; it sends and stores nothing.

A value goes only into a string of the message, JSON-escaped (percent-encoded in a link), never into its structure.
Bytes are in the form of `json.dumps`, so that LINE's SDK, which parses and dumps a body again, sends the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast
from urllib.parse import quote

from journey_engine.errors import JourneysError
from journey_engine.language import limits
from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.line.measuring import limit_of, too_large
from journey_engine.line.objects import Json, objects_of
from journey_engine.line.placeholders import Misplaced, Missing, Parts, Placeholder, Values, parts_of

_FILLED = frozenset({"text", "altText", "label", "displayText", "title"})
_LINKS = frozenset({"uri", "url", "originalContentUrl", "previewImageUrl", "thumbnailImageUrl", "linkUri"})
_URL_SIGNS = "%/:?#[]@!$&'()*+,;=~"


class UnsendableMessage(JourneysError):
    """A message cannot be made into something LINE would take, whoever it goes to."""

    def __init__(self, message: str, what: str, where: str) -> None:
        super().__init__(f"LINE would refuse this message: {what}.", "Mend it and apply again.", where or message)


class Blocked(Exception):
    """A message cannot go to one member; `reason` is stored and shown: “missing value: name”, “too long: text”."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


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
        if not self.link:
            return value
        if number:
            return quote(value, safe="")
        # The whole link, or its beginning, is the member's: it is one already, and may not be of another scheme.
        if not value.lower().startswith("https://"):
            raise Blocked(f"no https link: {part.attribute}")
        return quote(value, safe=_URL_SIGNS)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A compiled message. `pieces` joined, with each Filled as a JSON string's inside, are the array `messages`."""

    message: str
    pieces: tuple[str | Filled, ...]
    flexible: bool  # it holds a flex object, whose size has to be measured once it is filled

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

    def messages(self, values: Values) -> str:
        """The JSON array `messages` for a member with these attributes; raises Blocked with the reason."""
        if not self.personal:
            return str(self.pieces[0])
        made = "".join(
            piece if isinstance(piece, str) else json.dumps(piece.text(values))[1:-1] for piece in self.pieces
        )
        if self.flexible and len(made) > limits.BUBBLE_BYTES:  # escaped text is never shorter than what LINE measures
            _measure(json.loads(made))
        return made


def _steps(place: str) -> list[str]:
    return [step for step in re.split(r"[./\[\]]+", place) if step]


def push_body(to: str, messages: str) -> bytes:
    """The body of a push to one LINE user id of a JSON array as `Rendering.messages` makes it."""
    return f'{{"to": {json.dumps(to)}, "messages": {messages}}}'.encode()


def multicast_body(to: list[str], messages: str) -> bytes:
    """The body of a multicast to at most 500 LINE user ids."""
    return f'{{"to": {json.dumps(to)}, "messages": {messages}}}'.encode()


def compile_message(project: Project, message: Message) -> Rendering:
    """The message as a template, checked against the SDK's models and LINE's limits; raises UnsendableMessage."""
    where = f"journeys/messages/{message.message}.yaml"
    try:
        objects = objects_of(message, project.flexes)
    except KeyError as error:
        raise UnsendableMessage(message.message, f"the file {error.args[0]} is not there", where) from error
    try:
        marked, found = _mark(objects, project)
    except Misplaced as error:
        raise UnsendableMessage(message.message, str(error), where) from error
    rendering = Rendering(message.message, tuple(_pieces(json.dumps(marked), found)), _has_flex(objects))
    sample: list[Json] = json.loads(_sampled(rendering))
    for complaint in _complaints(sample):
        raise UnsendableMessage(message.message, complaint, where)
    return rendering


def _mark(objects: list[Json], project: Project) -> tuple[list[Json], list[Filled]]:
    """The objects with a mark in the place of each string that has placeholders, and those strings in order."""
    found: list[Filled] = []
    kinds = project.schema_.attributes

    def walk(node: Any, owner: Json, key: str, kind: str, place: str) -> Any:
        if isinstance(node, dict):
            given = cast(Json, node)
            return {name: walk(value, given, name, kind, f"{place}.{name}") for name, value in given.items()}
        if isinstance(node, list):
            items = cast("list[Any]", node)
            return [walk(item, owner, key, kind, f"{place}[{number}]") for number, item in enumerate(items)]
        if not isinstance(node, str) or (key not in _FILLED and key not in _LINKS):
            return node
        parts = parts_of(node, kinds)
        if all(isinstance(part, str) for part in parts):
            return "".join(str(part) for part in parts)
        found.append(Filled(parts, place, key in _LINKS, limit_of(owner, key, kind)))
        return f"\0{len(found) - 1}\0"

    marked = [walk(each, each, "", str(each["type"]), f"messages[{n}]") for n, each in enumerate(objects)]
    return marked, found


def _pieces(dumped: str, found: list[Filled]) -> Iterator[str | Filled]:
    for number, stretch in enumerate(dumped.split("\\u0000")):
        yield found[int(stretch)] if number % 2 else stretch


def _sampled(rendering: Rendering) -> str:
    """The messages for a member who has nothing: defaults, and for what has none a word (a link in a link)."""

    def sample(piece: Filled) -> str:
        said = [
            part if isinstance(part, str) else part.default or ("https://a.example/" if piece.link and not n else "x")
            for n, part in enumerate(piece.parts)
        ]
        return json.dumps("".join(said))[1:-1]

    return "".join(piece if isinstance(piece, str) else sample(piece) for piece in rendering.pieces)


def _complaints(objects: list[Json]) -> Iterator[str]:
    """What LINE would refuse in finished message objects: the SDK's models first, then the limits they leave out."""
    if not 1 <= len(objects) <= limits.MESSAGES_PER_REQUEST:
        yield f"{len(objects)} objects, and a request takes 1 to {limits.MESSAGES_PER_REQUEST}"
    for number, each in enumerate(objects):
        place, kind = f"messages[{number}]", str(each["type"])
        yield from _model_complaints(each, place)
        yield from _length_complaints(each, each, "", kind, place)
        if len(each.get("quickReply", {}).get("items", ())) > limits.QUICK_REPLIES:
            yield f"{place}.quickReply has more than {limits.QUICK_REPLIES} buttons"
    try:
        _measure(objects)
    except Blocked as blocked:
        yield blocked.reason


def _model_complaints(each: Json, place: str) -> Iterator[str]:
    from linebot.v3.messaging import FlexMessage, ImageMessage, TemplateMessage, TextMessage
    from pydantic.v1 import ValidationError

    models: dict[str, Any] = {
        "text": TextMessage,
        "flex": FlexMessage,
        "image": ImageMessage,
        "template": TemplateMessage,
    }
    try:
        models[each["type"]].from_dict(each)
    except ValidationError as error:
        for wrong in error.errors():
            yield f"{place}.{'.'.join(str(step) for step in wrong['loc'])}: {wrong['msg']}"
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # an unknown `type` below a discriminator
        yield f"{place}: {error}"
    if each["type"] == "template":
        yield from _count_complaints(each["template"], place)
    contents = each.get("contents", {})
    if contents.get("type") == "carousel" and len(contents.get("contents", ())) > limits.CAROUSEL_BUBBLES:
        yield f"{place}.contents has more than {limits.CAROUSEL_BUBBLES} bubbles"


def _count_complaints(template: Json, place: str) -> Iterator[str]:
    actions = len(template.get("actions", ()))
    match template["type"]:
        case "buttons" if not 1 <= actions <= limits.BUTTONS:
            yield f"{place} has {actions} buttons, and this form takes 1 to {limits.BUTTONS}"
        case "confirm" if actions != limits.CONFIRM_BUTTONS:
            yield f"{place} has {actions} buttons, and this form takes {limits.CONFIRM_BUTTONS}"
        case "carousel":
            columns: list[Json] = template["columns"]
            if not 1 <= len(columns) <= limits.COLUMNS:
                yield f"{place} has {len(columns)} columns, and a carousel takes 1 to {limits.COLUMNS}"
            if len({len(column["actions"]) for column in columns}) > 1:
                yield f"{place} has columns with unequal numbers of buttons"
            if any(len(column["actions"]) > limits.COLUMN_BUTTONS for column in columns):
                yield f"{place} has a column with more than {limits.COLUMN_BUTTONS} buttons"
        case _:
            pass


def _length_complaints(node: Any, owner: Json, key: str, kind: str, place: str) -> Iterator[str]:
    if isinstance(node, dict):
        given = cast(Json, node)
        for name, value in given.items():
            yield from _length_complaints(value, given, name, kind, f"{place}.{name}")
    elif isinstance(node, list):
        items = cast("list[Any]", node)
        for number, item in enumerate(items):
            yield from _length_complaints(item, owner, key, kind, f"{place}[{number}]")
    elif isinstance(node, str):
        limit = limit_of(owner, key, kind)
        if limit is not None and not node:
            yield f"{place} is empty"
        if limit is not None and limit[1](node) > limit[0]:
            yield f"{place} has {limit[1](node)} characters, and LINE takes at most {limit[0]}"


def _has_flex(objects: list[Json]) -> bool:
    return any(each["type"] == "flex" for each in objects)


def _measure(objects: list[Json]) -> None:
    size: Callable[[Json], int] = lambda part: len(json.dumps(part, ensure_ascii=False).encode())  # noqa: E731
    for number, each in enumerate(objects):
        if each["type"] == "flex" and too_large(each["contents"], size):
            raise Blocked(f"too large: messages[{number}].contents")
