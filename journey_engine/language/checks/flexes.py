"""Whether LINE would take a flex container, as far as its documented rules can be told from the JSON; draws nothing."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, cast

from journey_engine.language import limits
from journey_engine.language.checks.names import Sentence
from journey_engine.language.placeholders import without_slots
from journey_engine.language.places import Path
from journey_engine.language.words import NOTHING, Words, did_you_mean

Fault = tuple[Path, Sentence]

# Needed words of each component (messaging-api.yml, schemas Flex*, `required`, and the reference where it is stricter).
_COMPONENTS: dict[str, tuple[str, ...]] = {
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
_LAYOUTS = ("horizontal", "vertical", "baseline")
_ACTIONS: dict[str, tuple[str, ...]] = {
    "uri": ("uri",),
    "message": ("text",),
    "postback": ("data",),
    "datetimepicker": ("data", "mode"),
    "camera": ("label",),
    "cameraRoll": ("label",),
    "location": ("label",),
    "richmenuswitch": ("richMenuAliasId", "data"),
    "clipboard": ("clipboardText",),
}
_PARTS = {"header": ("box",), "hero": ("box", "image", "video"), "body": ("box",), "footer": ("box",)}


def strings_of(node: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every string that is a value, with its path."""
    match node:
        case str():
            yield path, node
        case dict():
            for key, value in cast("dict[str, object]", node).items():
                yield from strings_of(value, (*path, key))
        case list():
            for number, value in enumerate(cast("list[object]", node)):
                yield from strings_of(value, (*path, number))
        case _:
            return


def flex_problems(contents: Mapping[str, Any]) -> Iterator[Fault]:
    """What LINE would refuse in a bubble or carousel, each with its path below it."""
    match contents.get("type"):
        case "bubble":
            yield from _bubble(contents, ())
        case "carousel":
            yield from _carousel(contents)
        case other:
            yield ("type",), _no_such(str(other or ""), ("bubble", "carousel"))
    size = len(json.dumps(contents, ensure_ascii=False, separators=(",", ":")).encode())
    is_carousel = contents.get("type") == "carousel"
    most = limits.CAROUSEL_BYTES if is_carousel else limits.BUBBLE_BYTES
    if size > most:
        kilobytes = f"{size / 1024:.1f}"
        what = Words(
            f"這個 flex 有 {kilobytes} KB，最多 {most // 1024} KB。",
            f"This flex has {kilobytes} KB; LINE takes at most {most // 1024} KB.",
        )
        yield (), (what, NOTHING)


def _carousel(contents: Mapping[str, Any]) -> Iterator[Fault]:
    bubbles = contents.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(cast("list[Any]", bubbles)) <= limits.CAROUSEL_BUBBLES:
        yield ("contents",), (Words("carousel 要有 1–12 個 bubble。", "A carousel has 1–12 bubbles."), NOTHING)
        return
    for number, bubble in enumerate(cast("list[Any]", bubbles)):
        if isinstance(bubble, dict):
            yield from _bubble(cast("dict[str, Any]", bubble), ("contents", number))
        else:
            yield ("contents", number), _NO_BLOCK


def _bubble(bubble: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    if bubble.get("type") != "bubble":
        yield (*path, "type"), _no_such(str(bubble.get("type") or ""), ("bubble",))
        return
    for part, kinds in _PARTS.items():
        if part in bubble:
            yield from _component(bubble[part], (*path, part), kinds)
    if not any(part in bubble for part in _PARTS):
        yield path, (Words("這個 bubble 是空的。", "This bubble is empty."), NOTHING)


def _component(node: object, path: Path, kinds: tuple[str, ...] = tuple(_COMPONENTS)) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield path, _NO_BLOCK
        return
    written = cast("dict[str, Any]", node)
    kind = str(written.get("type") or "")
    if kind not in kinds:
        yield (*path, "type"), _no_such(kind, kinds)
        return
    for word in _COMPONENTS[kind]:
        if word not in written:
            yield path, _missing(kind, word)
    yield from _content(kind, written, path)
    if "action" in written:
        yield from _action(written["action"], (*path, "action"), needs_label=kind == "button")


def _content(kind: str, written: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    children = written.get("contents")
    if kind == "box" and "layout" in written and written["layout"] not in _LAYOUTS:
        yield (*path, "layout"), _no_such(str(written["layout"]), _LAYOUTS)
    if kind in ("text", "span") and not str(written.get("text") or "").strip() and not children:
        yield path, (Words("這段文字是空的，LINE 不收。", "This text is empty; LINE refuses it."), NOTHING)
    for word in ("url", "previewUrl"):
        if word in written and not re.match(r"https://[^\s/]|\{[a-z]", str(written[word])):
            yield (*path, word), (Words("網址要以 https:// 開頭。", "This address begins with https://."), NOTHING)
    if kind in ("box", "text") and isinstance(children, list):
        for number, child in enumerate(cast("list[object]", children)):
            inner = ("span",) if kind == "text" else tuple(name for name in _COMPONENTS if name != "span")
            yield from _component(child, (*path, "contents", number), inner)


def _action(node: object, path: Path, *, needs_label: bool) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield path, _NO_BLOCK
        return
    action = cast("dict[str, Any]", node)
    kind = str(action.get("type") or "")
    if kind not in _ACTIONS:
        yield (*path, "type"), _no_such(kind, tuple(_ACTIONS))
        return
    needed = {*_ACTIONS[kind], *(("label",) if needs_label else ())}
    for word in sorted(needed):
        if not str(action.get(word) or "").strip():
            yield path, _missing(kind, word)
    for word, most in (("uri", limits.URI), ("data", limits.POSTBACK_DATA), ("text", limits.ACTION_TEXT)):
        length = limits.utf16_units(without_slots(str(action.get(word) or "")))
        if length > most:
            yield (*path, word), _too_long(length, most)
    length = limits.graphemes(without_slots(str(action.get("label") or "")))
    if length > limits.FLEX_LABEL:
        yield (*path, "label"), _too_long(length, limits.FLEX_LABEL)
    uri = str(action.get("uri") or "")
    if kind == "uri" and uri and not re.match(r"https?://[^\s/]|tel:|mailto:|line://|\{[a-z]", uri):
        yield (*path, "uri"), (Words("這不是可以開啟的網址。", "This is no link that LINE opens."), NOTHING)


def _no_such(word: str, known: tuple[str, ...]) -> Sentence:
    return Words(f"這裡不能是「{word}」。", f"“{word}” cannot stand here."), did_you_mean(word, known)


def _missing(kind: str, word: str) -> Sentence:
    return Words(f"{kind} 少了「{word}」。", f"“{word}” is missing in this {kind}."), NOTHING


def _too_long(length: int, most: int) -> Sentence:
    return Words(f"{length} 個字，最多 {most} 個字。", f"{length} characters; LINE takes at most {most}."), NOTHING


_NO_BLOCK = (Words("這裡要是一個 { … }。", "Here must be a { … }."), NOTHING)
