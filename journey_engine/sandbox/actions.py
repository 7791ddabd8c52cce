"""What an action object may say, wherever a member can tap one; it performs none."""

from __future__ import annotations

from journey_engine.sandbox import limits
from journey_engine.sandbox.complaints import (
    Check,
    Complaints,
    Fields,
    Json,
    complain,
    fields_of,
    is_object,
    matching,
    one_of,
    shaped,
    text,
    uri,
)

_ALT_URI: Fields = {"desktop": (True, uri(limits.URI))}
_DATA = text(limits.POSTBACK_DATA, least=0)
_MOMENT = matching(r"\d{4}-\d\d-\d\d|\d\d:\d\d|\d{4}-\d\d-\d\d[Tt]\d\d:\d\d", "invalid date format")

FIELDS: dict[str, Fields] = {
    "postback": {
        "data": (True, _DATA),
        "displayText": (False, text(limits.ACTION_TEXT)),
        "text": (False, text(limits.ACTION_TEXT)),
        "inputOption": (False, one_of("closeRichMenu", "openRichMenu", "openKeyboard", "openVoice")),
        "fillInText": (False, text(limits.ACTION_TEXT)),
    },
    "message": {"text": (True, text(limits.ACTION_TEXT))},
    "uri": {"uri": (True, uri(limits.URI)), "altUri": (False, shaped(_ALT_URI))},
    "datetimepicker": {
        "data": (True, _DATA),
        "mode": (True, one_of("date", "time", "datetime")),
        "initial": (False, _MOMENT),
        "max": (False, _MOMENT),
        "min": (False, _MOMENT),
    },
    "clipboard": {"clipboardText": (True, text(limits.CLIPBOARD))},
    "richmenuswitch": {
        "richMenuAliasId": (True, text(limits.RICH_MENU_ALIAS)),
        "data": (True, _DATA),
    },
    "camera": {},
    "cameraRoll": {},
    "location": {},
}
QUICK_REPLY_ONLY = frozenset({"camera", "cameraRoll", "location"})
MENU_ONLY = frozenset({"richmenuswitch"})  # of rich menus: LINE takes it in no message


def action(*, label: int, labelled: bool, quick_reply: bool = False) -> Check:
    """An action whose label has at most `label` characters and is required if `labelled`.

    Camera, camera roll and location are allowed in quick replies alone, switching rich menus in no message.
    """
    allowed = [name for name in FIELDS if name not in MENU_ONLY and (quick_reply or name not in QUICK_REPLY_ONLY)]
    check_type, check_label = one_of(*allowed), text(label, by="graphemes")

    def check(value: Json, path: str, out: Complaints) -> None:
        kind: Json = value.get("type") if is_object(value) else None
        before = len(out)
        if is_object(value):
            check_type(kind, f"{path}.type", out)
        if len(out) > before or not fields_of(value, FIELDS.get(str(kind), {}), path, out):
            return
        given: Json = value.get("label")
        if given is not None:
            check_label(given, f"{path}.label", out)
        elif labelled:
            complain(out, "May not be empty", f"{path}.label")

    return check
