"""What a template message may say: buttons, confirm, carousel, image carousel; it draws none."""

from __future__ import annotations

from journey_engine.sandbox import limits
from journey_engine.sandbox.actions import action
from journey_engine.sandbox.complaints import (
    Check,
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
    one_of,
    text,
)

_BUTTON = action(label=limits.LABEL, labelled=True)
_DEFAULT = action(label=limits.LABEL, labelled=False)
_COLOUR = matching(r"#[0-9a-fA-F]{6}")
_RATIO, _SIZE = one_of("rectangle", "square"), one_of("cover", "contain")


def _titled(with_picture: int, without: int) -> Check:
    """Text whose limit depends on a picture or title beside it; the caller passes the whole object."""
    wide, narrow = text(without, by="graphemes"), text(with_picture, by="graphemes")

    def check(value: Json, path: str, out: Complaints) -> None:
        given: Json = value.get("text")
        if given is None:
            complain(out, "May not be empty", f"{path}.text")
            return
        pictured = value.get("title") is not None or value.get("thumbnailImageUrl") is not None
        (narrow if pictured else wide)(given, f"{path}.text", out)

    return check


_BUTTONS: Fields = {
    "thumbnailImageUrl": (False, https),
    "imageAspectRatio": (False, _RATIO),
    "imageSize": (False, _SIZE),
    "imageBackgroundColor": (False, _COLOUR),
    "title": (False, text(limits.TEMPLATE_TITLE, by="graphemes")),
    "defaultAction": (False, _DEFAULT),
    "actions": (True, listed(_BUTTON, 1, limits.BUTTONS_ACTIONS)),
}
_CONFIRM: Fields = {
    "text": (True, text(limits.CONFIRM_TEXT, by="graphemes")),
    "actions": (True, listed(_BUTTON, limits.CONFIRM_ACTIONS, limits.CONFIRM_ACTIONS)),
}
_COLUMN: Fields = {
    "thumbnailImageUrl": (False, https),
    "imageBackgroundColor": (False, _COLOUR),
    "title": (False, text(limits.TEMPLATE_TITLE, by="graphemes")),
    "defaultAction": (False, _DEFAULT),
    "actions": (True, listed(_BUTTON, 1, limits.COLUMN_ACTIONS)),
}
_IMAGE_COLUMN: Fields = {
    "imageUrl": (True, https),
    "action": (True, action(label=limits.IMAGE_COLUMN_LABEL, labelled=False)),
}
_BUTTONS_TEXT = _titled(limits.BUTTONS_TEXT_WITH_PICTURE, limits.BUTTONS_TEXT)
_COLUMN_TEXT = _titled(limits.COLUMN_TEXT_WITH_PICTURE, limits.COLUMN_TEXT)


def _column(value: Json, path: str, out: Complaints) -> None:
    if fields_of(value, _COLUMN, path, out):
        _COLUMN_TEXT(value, path, out)


def _image_column(value: Json, path: str, out: Complaints) -> None:
    fields_of(value, _IMAGE_COLUMN, path, out)


_CAROUSEL: Fields = {
    "columns": (True, listed(_column, 1, limits.COLUMNS)),
    "imageAspectRatio": (False, _RATIO),
    "imageSize": (False, _SIZE),
}
_IMAGE_CAROUSEL: Fields = {"columns": (True, listed(_image_column, 1, limits.COLUMNS))}
_KINDS = {"buttons": _BUTTONS, "confirm": _CONFIRM, "carousel": _CAROUSEL, "image_carousel": _IMAGE_CAROUSEL}
_KIND = one_of(*_KINDS)


def template(value: Json, path: str, out: Complaints) -> None:
    """A template object; carousel columns must also agree on actions, titles and pictures."""
    if not is_object(value):
        complain(out, "Must be an object", path)
        return
    given = value
    kind: Json = given.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        _KIND(kind, f"{path}.type", out)
        return
    fields_of(given, _KINDS[kind], path, out)
    if kind == "buttons":
        _BUTTONS_TEXT(given, path, out)
    columns: Json = given.get("columns")
    if kind == "carousel" and is_list(columns):
        _alike([column for column in columns if is_object(column)], path, out)


def _alike(columns: list[dict[str, Json]], path: str, out: Complaints) -> None:
    """LINE refuses a carousel whose columns differ in number of actions, or in having a title or a picture."""
    counts = {len(column["actions"]) for column in columns if is_list(column.get("actions"))}
    if len(counts) > 1:
        complain(out, "the number of actions must be the same in all columns", f"{path}.columns")
    for name in ("title", "thumbnailImageUrl"):
        if len({column.get(name) is not None for column in columns}) > 1:
            complain(out, f"{name} must be set in all columns or in none", f"{path}.columns")
