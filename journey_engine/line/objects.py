"""A message as marketers wrote it, as LINE's message objects with placeholders still in them; it checks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never, cast

from journey_engine.language.message import Button, Column, Flex, Image, Message, Said, Template, Text

Json = dict[str, Any]
TAP = "tap:"


def tap_data(message: str, button: str) -> str:
    """The postback data of a button that comes back as `click of MESSAGE where button = NAME`."""
    return f"journeys:tap:{message}:{button}"


def objects_of(message: Message, flexes: Mapping[str, Json]) -> list[Json]:
    """The message objects of one request, in order; quick replies stand on the last, where alone LINE shows them.

    Raises KeyError for a flex file that `flexes` does not have.
    """
    objects = [_object(said, message, flexes) for said in message.say]
    if message.quick_replies:
        items = [{"type": "action", "action": action_of(button, message.message)} for button in message.quick_replies]
        objects[-1] = {**objects[-1], "quickReply": {"items": items}}
    return objects


def action_of(button: Button, message: str) -> Json:
    """What tapping a button does, as LINE's action object."""
    if button.opens is not None:
        return {"type": "uri", "label": button.label, "uri": button.opens}
    if button.taps is not None:
        data = tap_data(message, button.taps)
        return {"type": "postback", "label": button.label, "data": data, "displayText": button.label}
    return {"type": "message", "label": button.label, "text": button.sends or button.label}


def _object(said: Said, message: Message, flexes: Mapping[str, Json]) -> Json:
    match said:
        case Text():
            return {"type": "text", "text": said.text.rstrip("\n")}
        case Flex():
            contents = flexes[said.flex] if isinstance(said.flex, str) else said.flex
            alt = said.alt or message.alt or message.title
            return {"type": "flex", "altText": alt, "contents": _with_taps(contents, message.message)}
        case Image():
            preview = said.image.preview or said.image.original
            return {"type": "image", "originalContentUrl": said.image.original, "previewImageUrl": preview}
        case Template():
            alt = said.alt or message.alt or message.title
            return {"type": "template", "altText": alt, "template": _template(said, message.message)}
        case _:
            assert_never(said)


def _template(said: Template, message: str) -> Json:
    if said.template == "carousel":
        return {"type": "carousel", "columns": [_column(column, message) for column in said.columns]}
    made: Json = {"type": said.template, "text": said.text or ""}
    if said.template == "buttons":
        made |= _beside(said.title, said.picture)
    return made | {"actions": [action_of(button, message) for button in said.buttons]}


def _column(column: Column, message: str) -> Json:
    made: Json = {"text": column.text} | _beside(column.title, column.picture)
    return made | {"actions": [action_of(button, message) for button in column.buttons]}


def _beside(title: str | None, picture: str | None) -> Json:
    return ({"title": title} if title else {}) | ({"thumbnailImageUrl": picture} if picture else {})


def _with_taps(node: Any, message: str) -> Any:
    """A copy of a flex tree in which a postback's `tap:NAME` is the data that comes back as a click of this message."""
    if isinstance(node, list):
        items = cast("list[Any]", node)
        return [_with_taps(item, message) for item in items]
    if not isinstance(node, dict):
        return node
    given = cast(Json, node)
    made: Json = {key: _with_taps(value, message) for key, value in given.items()}
    data = made.get("data")
    if made.get("type") == "postback" and isinstance(data, str) and data.startswith(TAP):
        made["data"] = tap_data(message, data.removeprefix(TAP))
    return made
