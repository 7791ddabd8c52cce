"""Messages as templates: compiled and checked once, then filled with each member's values; it sends and stores nothing.

A value goes only into a string of the message, JSON-escaped (percent-encoded in a link), never into its structure.
Bytes are in the form of `json.dumps`, so that LINE's SDK, which parses and dumps a body again, sends the same bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from json.encoder import encode_basestring_ascii

from journey_engine.errors import JourneysError
from journey_engine.language import limits
from journey_engine.language.message import Message
from journey_engine.language.project import Project
from journey_engine.line.filling import Blocked as Blocked
from journey_engine.line.filling import Dealt, Filled, Link, Pieces, join
from journey_engine.line.marking import Marking
from journey_engine.line.objects import Json, objects_of, quick_replies_of
from journey_engine.line.placeholders import Fields, Misplaced, Values
from journey_engine.line.vetting import complaints, measure

_QUIETLY = ', "notificationDisabled": true'


class UnsendableMessage(JourneysError):
    """A message cannot be made into something LINE would take, whoever it goes to."""

    def __init__(self, message: str, what: str, where: str) -> None:
        super().__init__(f"LINE would refuse this message: {what}.", "Mend it and apply again.", where or message)


@dataclass(frozen=True, slots=True)
class Rendering:
    """A compiled message: the pieces of each of its objects, and of what stands below the last that is sent."""

    message: str
    objects: tuple[Pieces, ...]
    below: Pieces = ()
    flexible: bool = False  # it holds a flex object, whose size has to be measured once it is filled
    silent: bool = False
    links: tuple[Link, ...] = ()  # what is tracked in it
    _whole: tuple[str | Filled, ...] = field(init=False, repr=False, compare=False)  # the array; none: it holds cards
    _same: str | None = field(init=False, repr=False, compare=False)  # the array, if nothing is filled in or measured

    def __post_init__(self) -> None:
        whole = tuple(_flat(self.objects, self.below))
        object.__setattr__(self, "_whole", whole)
        only = whole[0] if len(whole) == 1 else None
        object.__setattr__(self, "_same", only if isinstance(only, str) and not self.flexible else None)

    @property
    def size(self) -> int:
        """How many message objects it is at most; cards of an empty list are left out."""
        return len(self.objects)

    @property
    def quick_replies(self) -> bool:
        """Whether nothing may follow it in one request: LINE shows those of the last object alone."""
        return bool(self.below)

    @property
    def personal(self) -> bool:
        """Whether a member's values go into it: bodies differ, and LINE's refusal may be about the values."""
        return any(not isinstance(piece, str) for pieces in (*self.objects, self.below) for piece in pieces)

    def about_values(self, properties: Sequence[str]) -> bool:
        """Whether LINE's complaint about these places may be about what was filled in, and not about the message.

        LINE writes `messages[0].text`, and inside a flex message `/body/contents/0/text`. A complaint without a place
        may be about anything.
        """
        filled = [_steps(piece.place) for piece in self._filled()]
        places = [_steps(place) for place in properties]
        return bool(filled) and (not places or any(each[-len(p) :] == p for p in places for each in filled))

    def _filled(self) -> Iterator[Filled]:
        for piece in (piece for pieces in (*self.objects, self.below) for piece in pieces):
            if isinstance(piece, Filled):
                yield piece
            elif isinstance(piece, Dealt):
                yield from (inner for inner in piece.pieces if isinstance(inner, Filled))

    def targets(self, values: Values) -> dict[str, str]:
        """Where each tracked link leads this member, by the key under which `messages` wants its address (`link.1`).

        Raises Blocked.
        """
        return {key: target for link in self.links for key, target in link.targets(values)}

    def messages(self, values: Values) -> str:
        """The JSON array `messages` for a member with these values; raises Blocked with the reason."""
        if self._same is not None:
            return self._same
        try:
            return self._messages(values)
        except Blocked:
            self.targets(values)  # a link that has no address of its own, for where it leads cannot be made, says why
            raise

    def _messages(self, values: Values) -> str:
        if self._whole:
            return self._measured(join(self._whole, values))
        said = [join(pieces, values) for pieces in self.objects if not _is_left_out(pieces, values)]
        if not said:
            empty = [piece.of for pieces in self.objects for piece in pieces if isinstance(piece, Dealt)]
            raise Blocked(f"nothing to show: {', '.join(empty)}")
        if self.below:
            said[-1] = f'{said[-1][:-1]}, "quickReply": {join(self.below, values)}}}'
        return self._measured(f"[{', '.join(said)}]")

    def _measured(self, made: str) -> str:
        if self.flexible and len(made) > limits.BUBBLE_BYTES:  # escaped text is never shorter than what LINE measures
            measure(json.loads(made))
        return made


def _flat(objects: Sequence[Pieces], below: Pieces) -> Iterator[str | Filled]:
    """The pieces of the whole array, texts that touch put together; nothing if there are cards, which may be none."""
    if not objects or any(isinstance(piece, Dealt) for pieces in (*objects, below) for piece in pieces):
        return
    *before, last = objects
    if below:
        last = (*last[:-1], str(last[-1])[:-1], ', "quickReply": ', *below, "}")
    text = "["
    for number, pieces in enumerate((*before, last)):
        for piece in (", ", *pieces) if number else pieces:
            if isinstance(piece, str):
                text += piece
            elif isinstance(piece, Filled):
                yield text
                yield piece
                text = ""
    yield f"{text}]"


def _is_left_out(pieces: Pieces, values: Values) -> bool:
    return any(isinstance(piece, Dealt) and not piece.has_items(values) for piece in pieces)


def _steps(place: str) -> list[str]:
    return [step for step in re.split(r"[./\[\]]+", place) if step]


def push_body(to: str, messages: str, silent: bool = False) -> str:
    """The body of a push to one LINE user id of a JSON array as `Rendering.messages` makes it."""
    return _body(encode_basestring_ascii(to), messages, silent)


def multicast_body(to: list[str], messages: str, silent: bool = False) -> str:
    """The body of a multicast to at most 500 LINE user ids."""
    return _body(json.dumps(to), messages, silent)


def reply_body(token: str, messages: str, silent: bool = False) -> str:
    """The body of a reply with this reply token; it names no recipient."""
    return f'{{"replyToken": {json.dumps(token)}, "messages": {messages}{_QUIETLY if silent else ""}}}'


def _body(to: str, messages: str, silent: bool) -> str:
    return f'{{"to": {to}, "messages": {messages}{_QUIETLY if silent else ""}}}'


def compile_message(project: Project, message: Message, *, tracked: bool = False) -> Rendering:
    """The message as a template, checked against the SDK's models and LINE's limits; raises UnsendableMessage.

    With `tracked`, each address a tap opens is `values["link.N"]` of its Link in `links`, not what the file says.
    """
    where = f"journeys/messages/{message.message}.yaml"
    marking = Marking(Fields(project), tracked)
    try:
        objects = objects_of(message, project.flexes)
        made = tuple(
            marking.marked(number, said, each)
            for number, (said, each) in enumerate(zip(message.say, objects, strict=True))
        )
        replies = quick_replies_of(message)
        below = () if replies is None else marking.marked_below(len(objects) - 1, replies)
    except KeyError as error:
        raise UnsendableMessage(message.message, f"the file {error.args[0]} is not there", where) from error
    except Misplaced as error:
        raise UnsendableMessage(message.message, str(error), where) from error
    flexible = any(each["type"] == "flex" for each in objects)
    rendering = Rendering(message.message, made, below, flexible, message.silent, tuple(marking.links))
    for complaint in complaints(sample_of(rendering)):
        raise UnsendableMessage(message.message, complaint, where)
    return rendering


def sample_of(rendering: Rendering) -> list[Json]:
    """The messages for a member who has nothing: defaults, and for what has none a word (a link in a link)."""
    said = [_sampled(pieces) for pieces in rendering.objects]
    if rendering.below:
        said[-1] = f'{said[-1][:-1]}, "quickReply": {_sampled(rendering.below)}}}'
    return json.loads(f"[{', '.join(said)}]")


_ANY_LINK = "https://a.example/"


def _sampled(pieces: Pieces) -> str:
    return "".join(_sample(piece) for piece in pieces)


def _sample(piece: str | Filled | Dealt) -> str:
    match piece:
        case str():
            return piece
        case Dealt():
            return _sampled(piece.pieces)
        case Filled():
            said = [
                part if isinstance(part, str) else part.default or (_ANY_LINK if piece.link and not n else "x")
                for n, part in enumerate(piece.parts)
            ]
            return json.dumps("".join(said))[1:-1]
