"""What a flex container may say, component by component; it draws nothing."""

from __future__ import annotations

import orjson

from journey_engine.sandbox import limits
from journey_engine.sandbox.actions import action
from journey_engine.sandbox.complaints import (
    Check,
    Complaints,
    Fields,
    Json,
    boolean,
    complain,
    fields_of,
    https,
    is_object,
    listed,
    matching,
    one_of,
    text,
    whole,
)

_ACTION = action(label=limits.FLEX_LABEL, labelled=False)
_BUTTON = action(label=limits.FLEX_LABEL, labelled=True)
_COLOUR = matching(r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
_PX = r"\d+(\.\d+)?px"
_SIGNED = r"-?\d+(\.\d+)?(px|%)"
_STEPS = "none|xs|sm|md|lg|xl|xxl"
_SIZES = "xxs|xs|sm|md|lg|xl|xxl|3xl|4xl|5xl"
_SPACE = matching(rf"{_STEPS}|{_PX}")
_PADDING = matching(rf"{_STEPS}|{_PX}|\d+(\.\d+)?%")
_LENGTH = matching(r"\d+(\.\d+)?(px|%)")
_OFFSET = matching(rf"{_STEPS}|{_SIGNED}")
_RATIO = matching(r"\d{1,6}(\.\d+)?:\d{1,6}(\.\d+)?")
_FONT = matching(rf"{_SIZES}|{_PX}")
_FLEX = whole(0, 2**31 - 1)
_GRAVITY = one_of("top", "bottom", "center")
_ALIGN = one_of("start", "end", "center")
_PLACE: Fields = {
    "position": (False, one_of("relative", "absolute")),
    "offsetTop": (False, _OFFSET),
    "offsetBottom": (False, _OFFSET),
    "offsetStart": (False, _OFFSET),
    "offsetEnd": (False, _OFFSET),
    "margin": (False, _SPACE),
}
_GRADIENT: Fields = {
    "angle": (True, matching(r"-?\d+(\.\d+)?deg")),
    "startColor": (True, _COLOUR),
    "endColor": (True, _COLOUR),
    "centerColor": (False, _COLOUR),
    "centerPosition": (False, matching(r"\d+(\.\d+)?%")),
}


def _background(value: Json, path: str, out: Complaints) -> None:
    if fields_of(value, _GRADIENT, path, out, closed=True) and value.get("type") != "linearGradient":
        complain(out, "Must be one of the following values: [linearGradient]", f"{path}.type")


_WORDS: Fields = {
    "size": (False, _FONT),
    "color": (False, _COLOUR),
    "weight": (False, one_of("regular", "bold")),
    "style": (False, one_of("normal", "italic")),
    "decoration": (False, one_of("none", "underline", "line-through")),
}
_SPAN: Fields = {"text": (True, text(limits.TEXT, least=0)), **_WORDS}
_COMPONENTS: dict[str, Fields] = {
    "text": {
        "text": (False, text(limits.TEXT)),
        "contents": (False, listed(lambda v, p, o: _component(v, p, o, ("span",)), 0, 1_000)),
        "flex": (False, _FLEX),
        "align": (False, _ALIGN),
        "gravity": (False, _GRAVITY),
        "wrap": (False, boolean),
        "lineSpacing": (False, matching(_PX)),
        "maxLines": (False, _FLEX),
        "action": (False, _ACTION),
        "adjustMode": (False, one_of("shrink-to-fit")),
        "scaling": (False, boolean),
        **_WORDS,
        **_PLACE,
    },
    "span": _SPAN,
    "image": {
        "url": (True, https),
        "flex": (False, _FLEX),
        "align": (False, _ALIGN),
        "gravity": (False, _GRAVITY),
        "size": (False, matching(rf"{_SIZES}|full|{_PX}|\d+(\.\d+)?%")),
        "aspectRatio": (False, _RATIO),
        "aspectMode": (False, one_of("fit", "cover")),
        "backgroundColor": (False, _COLOUR),
        "action": (False, _ACTION),
        "animated": (False, boolean),
        **_PLACE,
    },
    "icon": {
        "url": (True, https),
        "size": (False, _FONT),
        "aspectRatio": (False, _RATIO),
        "scaling": (False, boolean),
        **_PLACE,
    },
    "button": {
        "action": (True, _BUTTON),
        "flex": (False, _FLEX),
        "color": (False, _COLOUR),
        "style": (False, one_of("primary", "secondary", "link")),
        "gravity": (False, _GRAVITY),
        "height": (False, one_of("md", "sm")),
        "adjustMode": (False, one_of("shrink-to-fit")),
        "scaling": (False, boolean),
        **_PLACE,
    },
    "video": {
        "url": (True, https),
        "previewUrl": (True, https),
        "altContent": (True, lambda v, p, o: _component(v, p, o, ("box", "image"))),
        "aspectRatio": (False, _RATIO),
        "action": (False, _ACTION),
    },
    "separator": {"margin": (False, _SPACE), "color": (False, _COLOUR)},
    "filler": {"flex": (False, _FLEX)},
    "box": {
        "layout": (True, one_of("horizontal", "vertical", "baseline")),
        "contents": (True, lambda _value, _path, _out: None),
        "flex": (False, _FLEX),
        "spacing": (False, _SPACE),
        "backgroundColor": (False, _COLOUR),
        "borderColor": (False, _COLOUR),
        "borderWidth": (False, matching(rf"none|light|normal|medium|semi-bold|bold|{_PX}")),
        "cornerRadius": (False, _SPACE),
        "width": (False, _LENGTH),
        "maxWidth": (False, _LENGTH),
        "height": (False, _LENGTH),
        "maxHeight": (False, _LENGTH),
        "paddingAll": (False, _PADDING),
        "paddingTop": (False, _PADDING),
        "paddingBottom": (False, _PADDING),
        "paddingStart": (False, _PADDING),
        "paddingEnd": (False, _PADDING),
        "action": (False, _ACTION),
        "justifyContent": (
            False,
            one_of("center", "flex-start", "flex-end", "space-between", "space-around", "space-evenly"),
        ),
        "alignItems": (False, one_of("center", "flex-start", "flex-end")),
        "background": (False, _background),
        **_PLACE,
    },
}
_IN_BASELINE = ("icon", "text", "filler", "box")
_IN_BOX = ("box", "button", "image", "text", "separator", "filler", "icon")


def _component(value: Json, path: str, out: Complaints, allowed: tuple[str, ...]) -> None:
    if not is_object(value):
        complain(out, "Must be an object", path)
        return
    given = value
    kind: Json = given.get("type")
    if kind not in allowed:
        complain(out, f"Must be one of the following values: [{', '.join(allowed)}]", f"{path}.type")
        return
    fields_of(given, _COMPONENTS[kind], path, out, closed=True)
    if kind == "text" and not given.get("text") and not given.get("contents"):
        complain(out, "must be non-empty text", f"{path}.text")
    contents: Json = given.get("contents")
    if kind == "box" and contents is not None:
        inside = _IN_BASELINE if given.get("layout") == "baseline" else _IN_BOX
        listed(lambda v, p, o: _component(v, p, o, inside), 0, 1_000)(contents, f"{path}.contents", out)


def _only(*kinds: str) -> Check:
    return lambda value, path, out: _component(value, path, out, kinds)


_BLOCK: Fields = {
    "backgroundColor": (False, _COLOUR),
    "separator": (False, boolean),
    "separatorColor": (False, _COLOUR),
}
_BLOCKS = ("header", "hero", "body", "footer")


def _block(value: Json, path: str, out: Complaints) -> None:
    fields_of(value, _BLOCK, path, out, closed=True)


def _styles(value: Json, path: str, out: Complaints) -> None:
    fields_of(value, dict.fromkeys(_BLOCKS, (False, _block)), path, out, closed=True)


_BUBBLE: Fields = {
    "size": (False, one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga")),
    "direction": (False, one_of("ltr", "rtl")),
    "header": (False, _only("box")),
    "hero": (False, _only("box", "image", "video")),
    "body": (False, _only("box")),
    "footer": (False, _only("box")),
    "styles": (False, _styles),
    "action": (False, _ACTION),
}


def _bubble(value: Json, path: str, out: Complaints) -> None:
    if not fields_of(value, _BUBBLE, path, out, closed=True):
        return
    if value.get("type") != "bubble":
        complain(out, "Must be one of the following values: [bubble]", f"{path}.type")
    if not any(value.get(name) for name in _BLOCKS):
        complain(out, "At least one block must be specified", path)
    if len(orjson.dumps(value)) > limits.BUBBLE_BYTES:
        complain(out, f"size must not exceed {limits.BUBBLE_BYTES // 1024} KB", path)


_CAROUSEL: Fields = {"contents": (True, listed(_bubble, 1, limits.CAROUSEL_BUBBLES))}


def container(value: Json, path: str, out: Complaints) -> None:
    """A bubble, or a carousel of bubbles, with LINE's sizes (30 KB a bubble, 50 KB and 12 bubbles a carousel)."""
    kind: Json = value.get("type") if is_object(value) else None
    if kind == "bubble":
        _bubble(value, path, out)
    elif kind == "carousel":
        fields_of(value, _CAROUSEL, path, out, closed=True)
        if len(orjson.dumps(value)) > limits.CAROUSEL_BYTES:
            complain(out, f"size must not exceed {limits.CAROUSEL_BYTES // 1024} KB", path)
    else:
        complain(out, "Must be one of the following values: [bubble, carousel]", f"{path}.type")
