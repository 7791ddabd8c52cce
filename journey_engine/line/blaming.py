"""Whose fault it is when LINE refuses the messages of a request: a message's, a member's values', or nobody can tell.

It writes nothing. A request may hold several messages; only the one LINE complains about is to suffer for it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from journey_engine.line.answers import Answer
from journey_engine.line.render import Rendering
from journey_engine.line.settling import Held

_NAMED = re.compile(r"\bmessages\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Blame:
    """What follows: these intents are skipped, these messages held, and these intents go in requests of their own.

    Whatever else the request holds is decided anew.
    """

    skipped: list[int] = field(default_factory=list[int])
    messages: set[str] = field(default_factory=set[str])
    alone: list[int] = field(default_factory=list[int])


def blame(answer: Answer, held: Sequence[Held], renderings: Mapping[str, Rendering]) -> Blame:
    """Whose fault a refusal is. `held` are the request's intents, in any order."""
    found = Blame()
    if not held:
        return found
    places = sorted({each.place for each in held})
    named = {int(number) for text in (answer.detail, *answer.properties) for number in _NAMED.findall(text)}
    guilty = {max((place for place in places if place <= number), default=places[0]) for number in named}
    if not guilty and len(places) > 1:
        found.alone.extend(each.intent for each in held)
        return found
    for place in guilty or places:
        _judge(answer, place, [each for each in held if each.place == place], renderings, found)
    return found


def _judge(answer: Answer, place: int, held: Sequence[Held], renderings: Mapping[str, Rendering], found: Blame) -> None:
    """One place of the body: the message's fault, or that of what it was filled with."""
    properties = [_shifted(said, place) for said in answer.properties]
    for each in held:
        rendering = renderings.get(each.message)
        ours = [said for said in properties if rendering is None or _within(said, rendering.size)]
        if rendering is not None and rendering.about_values(ours):
            found.skipped.append(each.intent)
        else:
            found.messages.add(each.message)


def _shifted(said: str, place: int) -> str:
    """LINE's name of a place in the request, as the message itself knows it."""
    return _NAMED.sub(lambda match: f"messages[{int(match[1]) - place}]", said)


def _within(said: str, size: int) -> bool:
    """Whether a place so named lies in the message: not before its first object nor behind its last."""
    numbers = [int(number) for number in re.findall(r"\bmessages\[(-?\d+)\]", said)]
    return all(0 <= number < size for number in numbers)
