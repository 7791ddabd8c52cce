"""A message as marketers write it: topic, alternative text, up to five objects, quick replies; renders nothing."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from journey_engine.language.catalog import Topic
from journey_engine.language.written import Definition, Name


class Button(Definition):
    """Something to tap. Exactly one of: `opens` a link, `sends` a text as the member, `taps` (comes back as `click of MESSAGE`)."""

    label: str
    opens: str | None = None
    sends: str | None = None
    taps: Name | None = None


class Text(Definition):
    text: str


class Flex(Definition):
    """A flex container (bubble or carousel): a JSON file below `messages/`, or written in place.

    A postback action in it with `data: "tap:NAME"` comes back as `click of MESSAGE where button = 'NAME'`."""

    flex: str | dict[str, Any]
    alt: str | None = None


class Picture(Definition):
    original: str
    preview: str | None = None


class Image(Definition):
    image: Picture


class Column(Definition):
    """One card: title, text, picture, buttons."""

    text: str
    title: str | None = None
    picture: str | None = None
    buttons: tuple[Button, ...] = Field(min_length=1)


class Template(Definition):
    """LINE's template message, one of three forms."""

    template: Literal["buttons", "confirm", "carousel"]
    alt: str | None = None
    text: str | None = None
    title: str | None = None
    picture: str | None = None
    buttons: tuple[Button, ...] = ()
    columns: tuple[Column, ...] = ()


Said = Text | Flex | Image | Template


class Message(Definition):
    """`journeys/messages/NAME.yaml`. `{attribute|default}` in a text is the member's value at freezing."""

    message: Name
    title: str
    topic: Topic
    alt: str | None = None
    say: tuple[Said, ...] = Field(min_length=1)
    quick_replies: tuple[Button, ...] = ()
