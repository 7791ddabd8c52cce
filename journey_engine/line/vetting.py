"""Whether LINE would take finished message objects: by the SDK's models and by documented limits; it sends none."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any, cast

from journey_engine.language import limits
from journey_engine.line.filling import Blocked
from journey_engine.line.measuring import kind_of, limit_of, too_large
from journey_engine.line.objects import Json


def complaints(objects: list[Json]) -> Iterator[str]:
    """What LINE would refuse in finished message objects: the SDK's models first, then the limits they leave out."""
    if not 1 <= len(objects) <= limits.MESSAGES_PER_REQUEST:
        yield f"{len(objects)} objects, and a request takes 1 to {limits.MESSAGES_PER_REQUEST}"
    for number, each in enumerate(objects):
        place, kind = f"messages[{number}]", kind_of(each)
        own = {word: said for word, said in each.items() if word != "quickReply"}
        yield from _model_complaints(each, place)
        yield from _count_complaints(each, place)
        yield from _length_complaints(own, own, "", kind, place)
        below = each.get("quickReply", {})
        yield from _length_complaints(below, below, "", "", f"{place}.quickReply")
        if len(below.get("items", ())) > limits.QUICK_REPLIES:
            yield f"{place}.quickReply has more than {limits.QUICK_REPLIES} buttons"
    try:
        measure(objects)
    except Blocked as blocked:
        yield blocked.reason


def _model_complaints(each: Json, place: str) -> Iterator[str]:
    from linebot.v3 import messaging
    from pydantic.v1 import ValidationError

    models: dict[str, Any] = {
        "text": messaging.TextMessage,
        "textV2": messaging.TextMessageV2,
        "sticker": messaging.StickerMessage,
        "image": messaging.ImageMessage,
        "video": messaging.VideoMessage,
        "audio": messaging.AudioMessage,
        "location": messaging.LocationMessage,
        "imagemap": messaging.ImagemapMessage,
        "template": messaging.TemplateMessage,
        "flex": messaging.FlexMessage,
        "coupon": messaging.CouponMessage,
    }
    try:
        models[each["type"]].from_dict(each)
    except ValidationError as error:
        for wrong in error.errors():
            yield f"{place}.{'.'.join(str(step) for step in wrong['loc'])}: {wrong['msg']}"
    except (ValueError, KeyError, TypeError, AttributeError) as error:  # an unknown `type` below a discriminator
        yield f"{place}: {error}"


def _count_complaints(each: Json, place: str) -> Iterator[str]:
    contents = each.get("contents", {})
    if contents.get("type") == "carousel" and len(contents.get("contents", ())) > limits.CAROUSEL_BUBBLES:
        yield f"{place}.contents has more than {limits.CAROUSEL_BUBBLES} bubbles"
    if each["type"] == "imagemap" and not 1 <= len(each["actions"]) <= limits.AREAS:
        yield f"{place} has {len(each['actions'])} areas, and an imagemap takes 1 to {limits.AREAS}"
    if each["type"] == "template":
        yield from _template_complaints(each["template"], place)


def _template_complaints(template: Json, place: str) -> Iterator[str]:
    actions = len(template.get("actions", ()))
    columns: list[Json] = template.get("columns", [])
    match template["type"]:
        case "buttons" if not 1 <= actions <= limits.BUTTONS:
            yield f"{place} has {actions} buttons, and this form takes 1 to {limits.BUTTONS}"
        case "confirm" if actions != limits.CONFIRM_BUTTONS:
            yield f"{place} has {actions} buttons, and this form takes {limits.CONFIRM_BUTTONS}"
        case "carousel" | "image_carousel" if not 1 <= len(columns) <= limits.COLUMNS:
            yield f"{place} has {len(columns)} columns, and a carousel takes 1 to {limits.COLUMNS}"
        case "carousel":
            if len({len(column["actions"]) for column in columns}) > 1:
                yield f"{place} has columns with unequal numbers of buttons"
            if any(not 1 <= len(column["actions"]) <= limits.COLUMN_BUTTONS for column in columns):
                yield f"{place} has a column without a button or with more than {limits.COLUMN_BUTTONS}"
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


def measure(objects: list[Json]) -> None:
    """Raise Blocked if a flex object is larger than LINE takes."""
    size: Callable[[Json], int] = lambda part: len(json.dumps(part, ensure_ascii=False).encode())  # noqa: E731
    for number, each in enumerate(objects):
        if each["type"] == "flex" and too_large(each["contents"], size):
            raise Blocked(f"too large: messages[{number}].contents")
