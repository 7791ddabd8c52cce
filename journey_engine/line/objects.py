"""A message as marketers wrote it, as LINE's message objects with placeholders still in them; it checks nothing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never, cast

from journey_engine.language.buttons import Area, Button, Deed, QuickReply, Tap
from journey_engine.language.contents import (
    Audio,
    Cards,
    Column,
    Coupon,
    Film,
    Flex,
    Image,
    Imagemap,
    Location,
    Map,
    Sound,
    Spot,
    Sticker,
    Template,
    Text,
    Video,
)
from journey_engine.language.message import Message, Said

Json = dict[str, Any]
TAP = "tap:"
TAG = "journeys tag"  # beside an action, until it is compiled: the grant of the button; LINE gets nothing of it
_ASKED = {"camera": "camera", "camera_roll": "cameraRoll", "location": "location"}
_INPUT = {"keyboard": "openKeyboard", "voice": "openVoice", "menu": "openRichMenu", "no_menu": "closeRichMenu"}
_WIDTH = 1040  # of every imagemap, by LINE's rule


def tap_data(message: str, button: str) -> str:
    """The postback data of a button that comes back as `click of MESSAGE where button = NAME`."""
    return f"journeys:tap:{message}:{button}"


def objects_of(message: Message, flexes: Mapping[str, Json]) -> list[Json]:
    """The message objects of one request, in order. Of cards there is one bubble: what each item's is made like.

    Raises KeyError for a flex file that `flexes` does not have.
    """
    objects = [_object(said, message, flexes) for said in message.say]
    if message.sender is None:
        return objects
    seems = _given(name=message.sender.name, iconUrl=message.sender.icon)
    return [{**each, "sender": seems} for each in objects]


def quick_replies_of(message: Message) -> Json | None:
    """What stands below the last object, where alone LINE shows it; None if nothing does."""
    if not message.quick_replies:
        return None
    return {"items": [_quick_reply(button, message.message) for button in message.quick_replies]}


def _quick_reply(button: QuickReply, message: str) -> Json:
    return {"type": "action", **_given(imageUrl=button.icon), "action": action_of(button, message)}


def action_of(button: Tap | Button, message: str) -> Json:
    """What a tap does, as LINE's action object."""
    label = _given(label=button.label)
    if button.opens is not None:
        aside = {} if button.desktop is None else {"altUri": {"desktop": button.desktop}}
        return {"type": "uri", **label, "uri": button.opens, **aside, **_tag(button)}
    if button.taps is not None:
        return _postback(button, button.taps, label, message)
    if button.copies is not None:
        return {"type": "clipboard", **label, "clipboardText": button.copies}
    if button.asks is not None:
        return {"type": _ASKED[button.asks], **label}
    return {"type": "message", **label, "text": button.sends or button.label or ""}


def _postback(button: Tap | Button, name: str, label: Json, message: str) -> Json:
    data = tap_data(message, name)
    if button.picks is not None:
        limits = _given(initial=button.start, max=button.latest, min=button.earliest)
        return {"type": "datetimepicker", **label, "data": data, "mode": button.picks, **limits}
    says = button.says or button.label
    how = button.input or ("keyboard" if button.fills else None)
    more = _given(inputOption=_INPUT[how] if how else None, fillInText=button.fills)
    return {"type": "postback", **label, "data": data, **_given(displayText=says), **more}


def _tag(button: Deed) -> Json:
    return {} if button.tag is None else {TAG: button.tag}


def _object(said: Said, message: Message, flexes: Mapping[str, Json]) -> Json:
    match said:
        case Text():
            return _text(said)
        case Sticker(sticker=ids):
            return {"type": "sticker", "packageId": ids.set_, "stickerId": ids.one}
        case Image(image=picture):
            return {"type": "image", **_media(picture.original, picture.preview or picture.original)}
        case Video(video=film):
            return _video(film)
        case Audio(audio=sound):
            return _audio(sound)
        case Location(location=spot):
            return _location(spot)
        case Coupon(coupon=ticket):
            return {"type": "coupon", "couponId": ticket.id, **_given(deliveryTag=ticket.delivery)}
        case Imagemap() | Template() | Flex() | Cards():
            return _titled(said, message, flexes)
        case _:
            assert_never(said)


def _titled(said: Imagemap | Template | Flex | Cards, message: Message, flexes: Mapping[str, Json]) -> Json:
    """An object with a text of its own for notifications and the chat list."""
    alt = said.alt or message.alt or message.title
    match said:
        case Imagemap(imagemap=image):
            return {"type": "imagemap", "altText": alt, **_imagemap(image)}
        case Template():
            return {"type": "template", "altText": alt, "template": _template(said, message.message)}
        case Flex(flex=flex):
            return {"type": "flex", "altText": alt, "contents": _container(flex, flexes, message)}
        case Cards(cards=deck):
            made = {"type": "carousel", "contents": [_container(deck.flex, flexes, message)]}
            return {"type": "flex", "altText": alt, "contents": made}


def _container(flex: str | Json, flexes: Mapping[str, Json], message: Message) -> Json:
    return _with_taps(flexes[flex] if isinstance(flex, str) else flex, message.message)


def _text(said: Text) -> Json:
    text = said.text.rstrip("\n")
    if not said.emojis:
        return {"type": "text", "text": text}
    emojis = {name: {"type": "emoji", "productId": ids.set_, "emojiId": ids.one} for name, ids in said.emojis.items()}
    return {"type": "textV2", "text": text, "substitution": emojis}


def _video(film: Film) -> Json:
    return {"type": "video", **_media(film.original, film.preview), **_given(trackingId=film.tracking)}


def _audio(sound: Sound) -> Json:
    return {"type": "audio", "originalContentUrl": sound.original, "duration": int(sound.seconds * 1000)}


def _location(spot: Spot) -> Json:
    where = {"latitude": float(spot.latitude), "longitude": float(spot.longitude)}
    return {"type": "location", "title": spot.title, "address": spot.address, **where}


def _imagemap(image: Map) -> Json:
    made: Json = {"baseUrl": image.base, "baseSize": {"width": _WIDTH, "height": image.height}}
    clip = image.video
    if clip is not None:
        made["video"] = {**_media(clip.original, clip.preview), "area": _area(clip.x, clip.y, clip.width, clip.height)}
        if clip.opens is not None:
            made["video"]["externalLink"] = {"linkUri": clip.opens, "label": clip.label or ""}
    return made | {"actions": [_area_action(area) for area in image.areas]}


def _area_action(area: Area) -> Json:
    label, where = _given(label=area.label), _area(area.x, area.y, area.width, area.height)
    if area.opens is not None:
        return {"type": "uri", **label, "linkUri": area.opens, "area": where, **_tag(area)}
    if area.copies is not None:
        return {"type": "clipboard", **label, "clipboardText": area.copies, "area": where}
    return {"type": "message", **label, "text": area.sends or "", "area": where}


def _area(x: int, y: int, width: int, height: int) -> Json:
    return {"x": x, "y": y, "width": width, "height": height}


def _template(said: Template, message: str) -> Json:
    look = _given(imageAspectRatio=said.ratio, imageSize=said.fit)
    if said.template == "carousel":
        return {"type": "carousel", "columns": [_column(column, message) for column in said.columns], **look}
    if said.template == "image_carousel":
        return {"type": "image_carousel", "columns": [_picture_column(column, message) for column in said.columns]}
    made: Json = {"type": said.template, "text": said.text or ""}
    if said.template == "buttons":
        made |= _beside(said, message) | look
    return made | {"actions": [action_of(button, message) for button in said.buttons]}


def _column(column: Column, message: str) -> Json:
    made: Json = {"text": column.text or ""} | _beside(column, message)
    return made | {"actions": [action_of(button, message) for button in column.buttons]}


def _picture_column(column: Column, message: str) -> Json:
    return {"imageUrl": column.picture or "", "action": action_of(column.tap or Tap(), message)}


def _beside(block: Template | Column, message: str) -> Json:
    made = _given(title=block.title, thumbnailImageUrl=block.picture, imageBackgroundColor=block.background)
    return made if block.tap is None else made | {"defaultAction": action_of(block.tap, message)}


def _media(original: str, preview: str) -> Json:
    return {"originalContentUrl": original, "previewImageUrl": preview}


def _given(**words: str | None) -> Json:
    return {word: said for word, said in words.items() if said}


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
    if made.get("type") in ("postback", "datetimepicker") and isinstance(data, str) and data.startswith(TAP):
        made["data"] = tap_data(message, data.removeprefix(TAP))
    return made
