"""A message as marketers write it: topic, alternative text, up to five objects, quick replies; renders nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal, assert_never, cast

from pydantic import Field

from journey_engine.language.buttons import Deed, QuickReply, tag_of
from journey_engine.language.catalog import Topic
from journey_engine.language.contents import (
    Audio,
    Cards,
    Coupon,
    Flex,
    Image,
    Imagemap,
    Location,
    Sticker,
    Template,
    Text,
    Video,
)
from journey_engine.language.words import Miswritten, Words, did_you_mean
from journey_engine.language.written import Definition, Name, ReadBy, TagGrant

Said = Text | Sticker | Image | Video | Audio | Location | Imagemap | Template | Flex | Cards | Coupon
# A template has texts of its own, so it is looked for before text.
FORMS: dict[str, type[Said]] = {
    "template": Template,
    "flex": Flex,
    "cards": Cards,
    "imagemap": Imagemap,
    "image": Image,
    "video": Video,
    "audio": Audio,
    "location": Location,
    "sticker": Sticker,
    "coupon": Coupon,
    "text": Text,
}


def _said(value: Any) -> Any:
    """The model of the object's form."""
    if isinstance(value, tuple(FORMS.values())):
        return value
    written = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for word, form in FORMS.items():
        if word in written:
            return form.model_validate(written)
    odd = next(iter(written), "")
    raise Miswritten(
        Words(f"訊息內容沒有「{odd}」這種。", f"Nothing that can be said is called “{odd}”.")
        if odd
        else Words(
            "say 底下每一項要寫 text、flex、image 或 template。",
            "Each item under say is text, flex, image or template.",
        ),
        did_you_mean(odd, FORMS),
    )


SaidField = Annotated[Said, ReadBy(_said)]


class Sender(Definition):
    """Who the message seems to come from: a name and an icon beside it, instead of the account's own."""

    name: str | None = None
    icon: str | None = None


class Message(Definition):
    """`journeys/messages/NAME.yaml`. `{field|default}` in a text is the member's value at freezing.

    `silent` messages come without a sound. `track`: links of each member's own (as a push), or the same for all.
    """

    message: Name
    title: str
    topic: Topic
    alt: str | None = None
    say: tuple[SaidField, ...] = Field(min_length=1)
    quick_replies: tuple[QuickReply, ...] = ()
    sender: Sender | None = None
    silent: bool = False
    track: Literal["each", "together"] = "each"


def taps_in(message: Message) -> Iterator[Deed]:
    """Everything a member can tap in it but what a flex file says, quick replies last."""
    for said in message.say:
        yield from _taps_of(said)
    yield from message.quick_replies


def _taps_of(said: Said) -> Iterator[Deed]:
    match said:
        case Template():
            for block in (said, *said.columns):
                yield from block.buttons
                if block.tap is not None:
                    yield block.tap
        case Imagemap(imagemap=image):
            yield from image.areas
        case Text() | Sticker() | Image() | Video() | Audio() | Location() | Flex() | Cards() | Coupon():
            return
        case _:
            assert_never(said)


def tags_of(message: Message) -> dict[str, TagGrant]:
    """The tags that taps grant, by the name that the button `taps`."""
    return {tap.taps: grant for tap in taps_in(message) if tap.taps is not None and (grant := tag_of(tap)) is not None}


def container_of(said: Said) -> str | dict[str, Any] | None:
    """The flex container (its file's name, or itself) that this object shows or makes bubbles of; None if none."""
    match said:
        case Flex(flex=flex):
            return flex
        case Cards(cards=deck):
            return deck.flex
        case _:
            return None
