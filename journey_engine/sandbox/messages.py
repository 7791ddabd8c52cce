"""What the `messages` of a request may say, checked as LINE's validators do; it sends and stores nothing."""

from __future__ import annotations

from journey_engine.sandbox import limits
from journey_engine.sandbox.actions import action
from journey_engine.sandbox.complaints import (
    Complaints,
    Fields,
    Json,
    complain,
    fields_of,
    https,
    is_list,
    is_object,
    listed,
    matching,
    number,
    one_of,
    shaped,
    text,
    uri,
    whole,
)
from journey_engine.sandbox.flex import container
from journey_engine.sandbox.substitutes import substituted, substitution
from journey_engine.sandbox.templates import template

_EMOJI: Fields = {
    "index": (False, whole(0, limits.TEXT)),
    "productId": (True, text(limits.URL)),
    "emojiId": (True, text(limits.URL)),
}
_AREA: Fields = {
    "x": (True, whole(0, 2**31 - 1)),
    "y": (True, whole(0, 2**31 - 1)),
    "width": (True, whole(1, 2**31 - 1)),
    "height": (True, whole(1, 2**31 - 1)),
}
_BASE_SIZE: Fields = {
    "width": (True, whole(limits.IMAGEMAP_WIDTH, limits.IMAGEMAP_WIDTH)),
    "height": (True, whole(1, 2**31 - 1)),
}
_AREA_LABEL = (False, text(limits.IMAGEMAP_LABEL))
_IMAGEMAP_ACTIONS: dict[str, Fields] = {
    "message": {"text": (True, text(limits.IMAGEMAP_TEXT)), "area": (True, shaped(_AREA)), "label": _AREA_LABEL},
    "uri": {"linkUri": (True, uri(limits.URI)), "area": (True, shaped(_AREA)), "label": _AREA_LABEL},
    "clipboard": {
        "clipboardText": (True, text(limits.CLIPBOARD)),
        "area": (True, shaped(_AREA)),
        "label": _AREA_LABEL,
    },
}
_LEADING_ON: Fields = {"linkUri": (True, uri(limits.URI)), "label": (True, text(limits.CLIP_LABEL))}
_CLIP: Fields = {
    "originalContentUrl": (True, https),
    "previewImageUrl": (True, https),
    "area": (True, shaped(_AREA)),
    "externalLink": (False, shaped(_LEADING_ON)),
}


def _imagemap_action(value: Json, path: str, out: Complaints) -> None:
    kind = str(value.get("type")) if is_object(value) else ""
    if kind not in _IMAGEMAP_ACTIONS:
        complain(out, f"Must be one of the following values: [{', '.join(_IMAGEMAP_ACTIONS)}]", f"{path}.type")
        return
    fields_of(value, _IMAGEMAP_ACTIONS[kind], path, out)


_PICTURE: Fields = {"originalContentUrl": (True, https), "previewImageUrl": (True, https)}
_ALT_TEXT = text(limits.ALT_TEXT)
KINDS: dict[str, Fields] = {
    "text": {
        "text": (True, text(limits.TEXT)),
        "emojis": (False, listed(shaped(_EMOJI), 0, limits.EMOJIS)),
        "quoteToken": (False, text(limits.URL)),
    },
    "textV2": {
        "text": (True, text(limits.TEXT)),
        "substitution": (False, substitution),
        "quoteToken": (False, text(limits.URL)),
    },
    "sticker": {"packageId": (True, text(limits.URL)), "stickerId": (True, text(limits.URL))},
    "image": _PICTURE,
    "video": {**_PICTURE, "trackingId": (False, matching(limits.TRACKING))},
    "audio": {"originalContentUrl": (True, https), "duration": (True, whole(1, 2**31 - 1))},
    "location": {
        "title": (True, text(limits.LOCATION_TEXT)),
        "address": (True, text(limits.LOCATION_TEXT)),
        "latitude": (True, number(-90, 90)),
        "longitude": (True, number(-180, 180)),
    },
    "imagemap": {
        "baseUrl": (True, https),
        "altText": (True, _ALT_TEXT),
        "baseSize": (True, shaped(_BASE_SIZE)),
        "actions": (True, listed(_imagemap_action, 1, limits.IMAGEMAP_ACTIONS)),
        "video": (False, shaped(_CLIP)),
    },
    "template": {"altText": (True, _ALT_TEXT), "template": (True, template)},
    "flex": {"altText": (True, _ALT_TEXT), "contents": (True, container)},
    "coupon": {"couponId": (True, text(limits.URL)), "deliveryTag": (False, matching(limits.DELIVERY_TAG))},
}
_KIND = one_of(*KINDS)

_QUICK_REPLY_ITEM: Fields = {
    "action": (True, action(label=limits.LABEL, labelled=True, quick_reply=True)),
    "imageUrl": (False, https),
}
_QUICK_REPLY: Fields = {"items": (True, listed(shaped(_QUICK_REPLY_ITEM), 1, limits.QUICK_REPLIES))}
_SENDER: Fields = {"name": (False, text(limits.SENDER_NAME)), "iconUrl": (False, https)}
_EVERY: Fields = {"quickReply": (False, shaped(_QUICK_REPLY)), "sender": (False, shaped(_SENDER))}


def _message(value: Json, path: str, out: Complaints) -> None:
    if not is_object(value):
        complain(out, "Must be an object", path)
        return
    given = value
    kind: Json = given.get("type")
    if not isinstance(kind, str) or kind not in KINDS:
        _KIND(kind, f"{path}.type", out)
        return
    fields_of(given, KINDS[kind], path, out)
    if kind == "textV2":
        substituted(given, path, out)
    if "quickReply" in given or "sender" in given:
        fields_of(given, _EVERY, path, out)


_MESSAGES = listed(_message, 1, limits.MESSAGES_PER_REQUEST)


def complaints_about(messages: Json) -> Complaints:
    """Everything wrong with a request's `messages`, worded as in LINE's `details`; empty if LINE would take them."""
    out: Complaints = []
    if messages is None:
        complain(out, "May not be empty", "messages")
    else:
        _MESSAGES(messages, "messages", out)
    return out


def actions_in(messages: list[dict[str, Json]]) -> list[dict[str, Json]]:
    """Every action a member can tap, in reading order, then the quick replies: LINE shows those of the last message."""
    found: list[dict[str, Json]] = []
    for message in messages:
        body = {name: part for name, part in message.items() if name != "quickReply"}
        _gather(body, found)
    if messages:
        _gather(messages[-1].get("quickReply"), found)
    return found


def _gather(node: Json, found: list[dict[str, Json]]) -> None:
    if is_list(node):
        items: list[Json] = node
        for item in items:
            _gather(item, found)
    elif is_object(node):
        given: dict[str, Json] = node
        for name, part in given.items():
            if name in ("action", "defaultAction") and is_object(part):
                found.append(part)
            elif name == "actions" and is_list(part):
                found.extend(item for item in part if is_object(item))
            else:
                _gather(part, found)
