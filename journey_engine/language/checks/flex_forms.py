"""What each word of a flex container may say, as a table (messaging-api.yml, reference of 2026-08); judges nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """How a value is written: the whole of `pattern`, a whole number, or yes or no. `such` are examples of it."""

    such: tuple[str, ...]
    pattern: str = ""
    kind: type = str

    def takes(self, value: object) -> bool:
        """Whether a JSON value is written so."""
        if self.kind is not str:
            return type(value) is self.kind and (self.kind is bool or int(str(value)) >= 0)
        return isinstance(value, str) and re.fullmatch(self.pattern, value) is not None


def _one_of(*words: str) -> Form:
    return Form(words, "|".join(words))


_PX = r"\d+(\.\d+)?px"
_STEPS = ("none", "xs", "sm", "md", "lg", "xl", "xxl")
_SIZES = ("xxs", "xs", "sm", "md", "lg", "xl", "xxl", "3xl", "4xl", "5xl")
TEXT = Form(("…",), r"(?s).*")
ADDRESS = Form(("https://…",), r"(?s).*")
YES_NO = Form(("true", "false"), kind=bool)
WHOLE = Form(("0", "1", "2"), kind=int)
_COLOUR = Form(("#06C755",), r"#[0-9a-fA-F]{6}([0-9a-fA-F]{2})?")
_SPACE = Form((*_STEPS, "10px"), rf"{'|'.join(_STEPS)}|{_PX}")
_PADDING = Form((*_STEPS, "10px", "5%"), rf"{'|'.join(_STEPS)}|{_PX}|\d+(\.\d+)?%")
_OFFSET = Form((*_STEPS, "10px", "-5px"), rf"{'|'.join(_STEPS)}|-?\d+(\.\d+)?(px|%)")
_LENGTH = Form(("50px", "40%"), r"\d+(\.\d+)?(px|%)")
_FONT = Form((*_SIZES, "14px"), rf"{'|'.join(_SIZES)}|{_PX}")
_IMAGE = Form((*_SIZES, "full", "50px", "40%"), rf"{'|'.join(_SIZES)}|full|{_PX}|\d+(\.\d+)?%")
_RATIO = Form(("1:1", "20:13"), r"\d{1,6}(\.\d+)?:\d{1,6}(\.\d+)?")
_GRAVITY, _ALIGN = _one_of("top", "bottom", "center"), _one_of("start", "end", "center")
_SHRINK = _one_of("shrink-to-fit")

Forms = Mapping[str, Form]
_PLACE: Forms = {
    "position": _one_of("relative", "absolute"),
    "margin": _SPACE,
    **dict.fromkeys(("offsetTop", "offsetBottom", "offsetStart", "offsetEnd"), _OFFSET),
}
_WORDS: Forms = {
    "text": TEXT,
    "size": _FONT,
    "color": _COLOUR,
    "weight": _one_of("regular", "bold"),
    "style": _one_of("normal", "italic"),
    "decoration": _one_of("none", "underline", "line-through"),
}
# Each component: what it must have, and the form of what it may have. Blocks inside (action, contents …) have none.
NEEDED: Mapping[str, tuple[str, ...]] = {
    "box": ("layout", "contents"),
    "button": ("action",),
    "image": ("url",),
    "icon": ("url",),
    "text": (),
    "span": (),
    "separator": (),
    "filler": (),
    "video": ("url", "previewUrl", "altContent"),
}
BLOCKS: Mapping[str, tuple[str, ...]] = {
    "box": ("contents", "action", "background"),
    "button": ("action",),
    "image": ("action",),
    "text": ("contents", "action"),
    "video": ("altContent", "action"),
    "bubble": ("header", "hero", "body", "footer", "styles", "action"),
    "carousel": ("contents",),
}
COMPONENTS: Mapping[str, Forms] = {
    "text": {
        **_WORDS,
        **_PLACE,
        "flex": WHOLE,
        "align": _ALIGN,
        "gravity": _GRAVITY,
        "wrap": YES_NO,
        "lineSpacing": Form(("10px",), _PX),
        "maxLines": WHOLE,
        "adjustMode": _SHRINK,
        "scaling": YES_NO,
    },
    "span": _WORDS,
    "image": {
        **_PLACE,
        "url": ADDRESS,
        "flex": WHOLE,
        "align": _ALIGN,
        "gravity": _GRAVITY,
        "size": _IMAGE,
        "aspectRatio": _RATIO,
        "aspectMode": _one_of("fit", "cover"),
        "backgroundColor": _COLOUR,
        "animated": YES_NO,
    },
    "icon": {**_PLACE, "url": ADDRESS, "size": _FONT, "aspectRatio": _RATIO, "scaling": YES_NO},
    "button": {
        **_PLACE,
        "flex": WHOLE,
        "color": _COLOUR,
        "style": _one_of("primary", "secondary", "link"),
        "gravity": _GRAVITY,
        "height": _one_of("md", "sm"),
        "adjustMode": _SHRINK,
        "scaling": YES_NO,
    },
    "video": {"url": ADDRESS, "previewUrl": ADDRESS, "aspectRatio": _RATIO},
    "separator": {"margin": _SPACE, "color": _COLOUR},
    "filler": {"flex": WHOLE},
    "box": {
        **_PLACE,
        "layout": _one_of("horizontal", "vertical", "baseline"),
        "flex": WHOLE,
        "spacing": _SPACE,
        "backgroundColor": _COLOUR,
        "borderColor": _COLOUR,
        "borderWidth": Form(("none", "light", "normal", "medium", "semi-bold", "bold", "2px"),
                            rf"none|light|normal|medium|semi-bold|bold|{_PX}"),
        "cornerRadius": _SPACE,
        **dict.fromkeys(("width", "maxWidth", "height", "maxHeight"), _LENGTH),
        **dict.fromkeys(("paddingAll", "paddingTop", "paddingBottom", "paddingStart", "paddingEnd"), _PADDING),
        "justifyContent": _one_of("flex-start", "center", "flex-end", "space-between", "space-around", "space-evenly"),
        "alignItems": _one_of("flex-start", "center", "flex-end"),
    },
    "bubble": {
        "size": _one_of("nano", "micro", "deca", "hecto", "kilo", "mega", "giga"),
        "direction": _one_of("ltr", "rtl"),
    },
    "carousel": {},
}  # fmt: skip
STYLE: Forms = {"backgroundColor": _COLOUR, "separator": YES_NO, "separatorColor": _COLOUR}
GRADIENT: Forms = {
    "angle": Form(("90deg",), r"-?\d+(\.\d+)?deg"),
    "startColor": _COLOUR,
    "endColor": _COLOUR,
    "centerColor": _COLOUR,
    "centerPosition": Form(("50%",), r"\d+(\.\d+)?%"),
}
PARTS: Mapping[str, tuple[str, ...]] = {
    "header": ("box",),
    "hero": ("box", "image", "video"),
    "body": ("box",),
    "footer": ("box",),
}
IN_BASELINE = ("icon", "text", "filler")
IN_BOX = ("box", "button", "image", "text", "separator", "filler")
_MOMENT = r"\d{4}-\d\d-\d\d|\d\d:\d\d|\d{4}-\d\d-\d\d[Tt]\d\d:\d\d"
# Each action: what it must have, and all it may have.
ACTIONS: Mapping[str, tuple[str, ...]] = {
    "uri": ("uri",),
    "message": ("text",),
    "postback": ("data",),
    "datetimepicker": ("data", "mode"),
    "clipboard": ("clipboardText",),
}
ACTION_WORDS: Forms = {
    "label": TEXT,
    "uri": ADDRESS,
    "text": TEXT,
    "data": TEXT,
    "displayText": TEXT,
    "inputOption": _one_of("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice"),
    "fillInText": TEXT,
    "mode": _one_of("date", "time", "datetime"),
    **dict.fromkeys(("initial", "min", "max"), Form(("2026-12-31", "10:00", "2026-12-31T10:00"), _MOMENT)),
    "clipboardText": TEXT,
}
ELSEWHERE = frozenset({"camera", "cameraRoll", "location", "richmenuswitch"})  # actions of quick replies and rich menus
