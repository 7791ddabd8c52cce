"""A message as marketers write it: topic, alternative text, up to five objects, quick replies; renders nothing."""

from __future__ import annotations

from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Field

from journey_engine.language.catalog import Topic
from journey_engine.language.words import Miswritten, Words, did_you_mean
from journey_engine.language.written import Definition, Name


class Button(Definition):
    """Something to tap. Exactly one of: `opens` a link, `sends` a text as the member, `taps` (a name; comes back as
    `click of MESSAGE where button = 'NAME'`)."""

    label: str
    opens: str | None = None
    sends: str | None = None
    taps: Name | None = None


class Text(Definition):
    text: str


# Of all words in a flex container only these are not texts (messaging-api.yml, components Flex*).
_WHOLE = frozenset({"flex", "maxLines"})
_YES_NO = frozenset({"wrap", "animated", "scaling"})


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


class Flex(Definition):
    """A flex container (bubble or carousel): a JSON file below `messages/`, or written in place.

    A postback action in it with `data: "tap:NAME"` comes back as `click of MESSAGE where button = 'NAME'`."""

    flex: Annotated[str | dict[str, Any], BeforeValidator(_typed)]
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


_FORMS: dict[str, type[Text] | type[Flex] | type[Image] | type[Template]] = {
    "text": Text,
    "flex": Flex,
    "image": Image,
    "template": Template,
}


def _said(value: Any) -> Any:
    """The model of the object's form; `template` has texts of its own, so it is looked for first."""
    if isinstance(value, Text | Flex | Image | Template):
        return value
    written = cast("dict[str, Any]", value) if isinstance(value, dict) else {}
    for form in ("template", "flex", "image", "text"):
        if form in written:
            return _FORMS[form].model_validate(written)
    odd = next(iter(written), "")
    raise Miswritten(
        Words(f"訊息內容沒有「{odd}」這種。", f"Nothing that can be said is called “{odd}”.")
        if odd
        else Words(
            "say 底下每一項要寫 text、flex、image 或 template。",
            "Each item under say is text, flex, image or template.",
        ),
        did_you_mean(odd, _FORMS),
    )


Said = Text | Flex | Image | Template
SaidField = Annotated[Said, BeforeValidator(_said)]


class Message(Definition):
    """`journeys/messages/NAME.yaml`. `{attribute|default}` in a text is the member's value at freezing."""

    message: Name
    title: str
    topic: Topic
    alt: str | None = None
    say: tuple[SaidField, ...] = Field(min_length=1)
    quick_replies: tuple[Button, ...] = ()
    track: Literal["each", "together"] = "each"  # each: links of her own, always pushed; together: one body for all
