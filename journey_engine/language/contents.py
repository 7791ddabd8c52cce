"""The objects a message can say, as marketers write them: texts, pictures, films, places, cards; it checks no limit."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field

from journey_engine.language.buttons import Area, Button, Tap
from journey_engine.language.words import Miswritten, Words
from journey_engine.language.written import Definition, Name, ReadBy

ITEM = "item"  # in cards, the item of the list a bubble is made of


class Pair(Definition):
    """Two ids that LINE's lists give together: of a product and an emoji, of a package and a sticker."""

    set_: str
    one: str


def _pair(value: Any) -> Any:
    """`446/1988` as its two ids."""
    if isinstance(value, Pair):
        return value
    match = re.fullmatch(r"\s*([0-9A-Za-z]+)\s*/\s*([0-9A-Za-z]+)\s*", value) if isinstance(value, str) else None
    if match is None:
        said = value if isinstance(value, str) else "…"
        raise Miswritten(
            Words(f"「{said}」不是「組/編號」。", f"“{said}” is not SET/NUMBER."),
            Words(
                "照 LINE 的清單寫，例如貼圖 446/1988、表情 5ac1bfd5040ab15980c9b435/001。",
                "Write it as in LINE's lists: a sticker 446/1988, an emoji 5ac1bfd5040ab15980c9b435/001.",
            ),
        )
    return Pair(set_=match[1], one=match[2])


def _pair_text(pair: Pair) -> str:
    return f"{pair.set_}/{pair.one}"


PairField = Annotated[Pair, ReadBy(_pair, _pair_text)]


class Text(Definition):
    """A text. With `emojis: {smile: SET/NUMBER}`, `{smile}` in it is that LINE emoji."""

    text: str
    emojis: dict[Name, PairField] = Field(default_factory=dict[Name, Pair])
    mentions: dict[Name, str] = Field(default_factory=dict[Name, str])


class Sticker(Definition):
    """A sticker of those that accounts may send, `PACKAGE/STICKER`."""

    sticker: PairField


class Picture(Definition):
    original: str
    preview: str | None = None


class Image(Definition):
    image: Picture


class Film(Definition):
    """`tracking`: whoever sees it to its end does `video_watched where video = 'NAME'`."""

    original: str
    preview: str
    tracking: str | None = None


class Video(Definition):
    video: Film


class Sound(Definition):
    original: str
    seconds: Decimal


class Audio(Definition):
    audio: Sound


class Spot(Definition):
    title: str
    address: str
    latitude: Decimal
    longitude: Decimal


class Location(Definition):
    location: Spot


class Clip(Definition):
    """A video that plays inside an imagemap; then the words `label` lead to `opens`."""

    original: str
    preview: str
    x: int
    y: int
    width: int
    height: int
    label: str | None = None
    opens: str | None = None


class Map(Definition):
    """An image with areas to tap. `base` is its address without /1040; `height` is that of the image 1,040 wide."""

    base: str
    height: int
    areas: tuple[Area, ...] = ()
    video: Clip | None = None


class Imagemap(Definition):
    imagemap: Map
    alt: str | None = None


# Of all words in a flex container only these are not texts (messaging-api.yml, components Flex*).
_WHOLE = frozenset({"flex", "maxLines"})
_YES_NO = frozenset({"wrap", "animated", "scaling", "separator"})


def _typed(value: Any) -> Any:
    """A container written in YAML, where every scalar is text, with LINE's numbers and booleans as such."""
    if isinstance(value, list):
        return [_typed(item) for item in cast("list[Any]", value)]
    if not isinstance(value, dict):
        return value
    return {key: _typed_word(key, item) for key, item in cast("dict[str, Any]", value).items()}


def _typed_word(key: str, value: Any) -> Any:
    if key in _WHOLE and isinstance(value, str) and value.isdecimal():
        return int(value)
    if key in _YES_NO and value in ("true", "false"):
        return value == "true"
    return _typed(value)


FlexField = Annotated[str | dict[str, Any], BeforeValidator(_typed)]


class Flex(Definition):
    """A flex container (bubble or carousel): a JSON file below `messages/`, or written in place.

    A postback action in it with `data: "tap:NAME"` comes back as `click of MESSAGE where button = 'NAME'`."""

    flex: FlexField
    alt: str | None = None


def _entry_list(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"entry\.[a-z][a-z0-9_]{0,29}", value) is None:
        raise Miswritten(
            Words(f"「{value}」不是進入事件的清單。", f"“{value}” is no list of the entry."),
            Words("例如寫 of: entry.items。", "Write for example of: entry.items."),
        )
    return value


class Deck(Definition):
    """One bubble for each item of a list the entry brought, `{item.name}` in it being the item's; at most `at_most`.

    Where the list is missing or empty, this object is left out; a message of which nothing is left goes to nobody.
    """

    of: Annotated[str, BeforeValidator(_entry_list)]
    at_most: int = Field(default=10, ge=1, le=12)
    flex: FlexField


class Cards(Definition):
    cards: Deck
    alt: str | None = None


class Ticket(Definition):
    """A coupon made in LINE itself; `delivery` names this way of handing it out in LINE's figures."""

    id: str
    delivery: str | None = None


class Coupon(Definition):
    coupon: Ticket


class Column(Definition):
    """One card: text, title, picture, buttons; of an image carousel only a picture and what a tap on it does."""

    text: str | None = None
    title: str | None = None
    picture: str | None = None
    background: str | None = None
    tap: Tap | None = None
    buttons: tuple[Button, ...] = ()


class Template(Definition):
    """LINE's template message, one of four forms. `tap` is what a tap beside the buttons does."""

    template: Literal["buttons", "confirm", "carousel", "image_carousel"]
    alt: str | None = None
    text: str | None = None
    title: str | None = None
    picture: str | None = None
    ratio: Literal["rectangle", "square"] | None = None
    fit: Literal["cover", "contain"] | None = None
    background: str | None = None
    tap: Tap | None = None
    buttons: tuple[Button, ...] = ()
    columns: tuple[Column, ...] = ()
