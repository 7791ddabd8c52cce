"""Which rule of replies.yaml answers a text or a tap; it answers nobody and looks nothing up."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from journey_engine.language.reply import OTHERWISE, Replies, Reply
from journey_engine.language.tracking import dicts_in
from journey_engine.language.written import Definition

# LINE takes 5,000 characters; nobody's keyword stands behind the first thousand.
LONGEST = 1_000
_BLANKS = re.compile(r"\s+")
_SIGNS = {"#": r"\d", "?": "."}


def plain(text: str) -> str:
    """The text as it is compared: full width as half width, without upper case, blanks around and runs of blanks."""
    return _BLANKS.sub(" ", unicodedata.normalize("NFKC", text[:LONGEST]).casefold()).strip()


class Listener:
    """The rules of a project, made ready once. `own` are texts that buttons of ours say: no `otherwise` for these."""

    def __init__(self, replies: Replies, own: frozenset[str]) -> None:
        self._rules = [Heard(rule) for rule in replies.replies]
        self._otherwise = OTHERWISE if replies.otherwise is not None else None
        self._own = frozenset(plain(text) for text in own)

    def rule(self, kind: str, said: str) -> str | None:
        """The name of what answers: `kind` is message, postback or click (the name of the button); None: nothing."""
        heard = plain(said) if kind == "message" else said
        found = next((rule.name for rule in self._rules if rule.hears(kind, heard)), None)
        if found is not None or kind != "message" or not heard or heard in self._own:
            return found
        return self._otherwise


class Heard:
    """What one rule listens to."""

    def __init__(self, rule: Reply) -> None:
        self.name = rule.reply
        self._says = frozenset(plain(phrase) for phrase in rule.says)
        self._contains = tuple(plain(phrase) for phrase in rule.contains)
        self._like = tuple(like(plain(phrase)) for phrase in rule.like)
        self._postback = tuple(like(phrase) for phrase in rule.postback)
        self._taps = frozenset(rule.taps)

    def hears(self, kind: str, heard: str) -> bool:
        """Whether this is said to it; `heard` is plain where words are meant."""
        match kind:
            case "message":
                return (
                    heard in self._says
                    or any(phrase in heard for phrase in self._contains)
                    or any(matches(parts, heard) for parts in self._like)
                )
            case "postback":
                return any(matches(parts, heard[:LONGEST]) for parts in self._postback)
            case "click":
                return heard in self._taps
            case _:
                return False

    def hears_within(self, phrase: str) -> bool:
        """Whether it hears all that contains this plain phrase."""
        return any(own in phrase for own in self._contains)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a phrase without `*`: each of its signs stands for one character, so it is `length` long."""

    pattern: re.Pattern[str]
    length: int


def like(phrase: str) -> tuple[Stretch, ...]:
    """The stretches of a phrase between its `*`."""
    return tuple(
        Stretch(re.compile("".join(_SIGNS.get(sign) or re.escape(sign) for sign in part)), len(part))
        for part in phrase.split("*")
    )


def matches(stretches: Sequence[Stretch], text: str) -> bool:
    """Whether the stretches stand in the text in this order, the first at its beginning and the last at its end.

    Each is looked for once, from where the one before ends, so that no phrase takes longer than its length times the
    text's.
    """
    first, *rest = stretches
    if not rest:
        return first.pattern.fullmatch(text) is not None
    *between, last = rest
    place, end = first.length, len(text) - last.length
    if first.pattern.match(text) is None or end < place or last.pattern.match(text, end) is None:
        return False
    for stretch in between:
        found = stretch.pattern.search(text, place, end)
        if found is None:
            return False
        place = found.end()
    return True


def own_words(messages: Iterable[Definition]) -> frozenset[str]:
    """What the buttons of these messages say when they are tapped."""
    return frozenset(
        each["sends"]
        for message in messages
        for each in dicts_in(message.model_dump(by_alias=True))
        if isinstance(each.get("sends"), str)
    )
