"""A pool of coupon codes as marketers write it: where codes come from, how long one lasts; it holds and draws none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, cast

from pydantic import Field

from journey_engine.language.durations import Duration
from journey_engine.language.feed import Format
from journey_engine.language.message import Message
from journey_engine.language.placeholders import slots
from journey_engine.language.words import Miswritten, Words
from journey_engine.language.written import Definition, Name, ReadBy

if TYPE_CHECKING:
    from journey_engine.language.project import Project

AFTER = " after drawing"
# In a pattern `?` stands for one of these (no 0 O 1 I: people read codes aloud), `#` for a digit.
LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
DIGITS = "0123456789"
SIGNS: Mapping[str, str] = {"?": LETTERS, "#": DIGITS}
LONGEST = 100  # characters of a code
_NAMED = re.compile(r"\{\s*coupon\.([a-z][a-z0-9_]{0,29})")


@dataclass(frozen=True, slots=True)
class Expiry:
    """When a code stops being worth anything: so long `after` it is drawn, or with the end of the day `on`.

    Days, weeks and months last to the end of their last day in the business zone, minutes and hours exactly.
    """

    after: Duration | None = None
    on: date | None = None

    def __str__(self) -> str:
        return f"{self.after}{AFTER}" if self.after else str(self.on)


def _expiry(value: Any) -> Any:
    if isinstance(value, Expiry):
        return value
    text = " ".join(str(value).split())
    if text.endswith(AFTER):
        return Expiry(after=Duration.read(text.removesuffix(AFTER)))
    try:
        return Expiry(on=date.fromisoformat(text))
    except ValueError:
        raise Miswritten(
            Words(f"「{text}」沒有說清楚什麼時候過期。", f"“{text}” does not say when a code expires."),
            Words("請寫 30 days after drawing，或 2026-12-31。", "Write 30 days after drawing, or 2026-12-31."),
        ) from None


ExpiryField = Annotated[Expiry, ReadBy(_expiry, str)]


class CodeFile(Definition):
    """Files below the project with a code a row, in the column of that header."""

    file: str
    column: str
    sheet: str | None = None
    format: Format = Field(default_factory=Format)


class Made(Definition):
    """Codes made by the machine, unguessable: `?` in the pattern is a letter or digit, `#` a digit."""

    count: int = Field(gt=0, le=5_000_000)
    pattern: str

    @property
    def possible(self) -> int:
        """How many codes fit the pattern."""
        found = 1
        for sign in self.pattern:
            found *= len(SIGNS.get(sign, "-"))
        return found


class Coupon(Definition):
    """`journeys/coupons/NAME.yaml`: exactly one of `codes` and `make`. At `low` free codes or fewer it warns."""

    coupon: Name
    title: str
    codes: CodeFile | None = None
    make: Made | None = None
    expires: ExpiryField | None = None
    low: int = Field(default=0, ge=0)


def pools_in(message: Message, flexes: Mapping[str, Mapping[str, Any]]) -> tuple[str, ...]:
    """The pools whose codes stand in a message, flex files included, by name; each once."""
    return tuple(
        sorted({name for text in texts_in(message.model_dump(mode="json"), flexes) for name in named_in(text)})
    )


def pools_of(project: Project, message: str) -> tuple[str, ...]:
    """The same for a message of the project; those that are declared. None for a message it does not have."""
    found = project.messages.get(message)
    named = pools_in(found, project.flexes) if found else ()
    return tuple(name for name in named if name in project.coupons)


def named_in(text: str) -> Iterator[str]:
    """The pools that placeholders in `text` name."""
    for slot in slots(text):
        if match := _NAMED.match(slot.written):
            yield match[1]


def texts_in(value: Any, flexes: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Every text in what a message was written as, those of the flex files it names included."""
    match value:
        case str():
            yield value
            if value in flexes:
                yield from texts_in(flexes[value], {})
        case Mapping():
            for each in cast("Mapping[str, Any]", value).values():
                yield from texts_in(each, flexes)
        case list() | tuple():
            for each in cast("list[Any]", value):
                yield from texts_in(each, flexes)
        case _:
            pass
