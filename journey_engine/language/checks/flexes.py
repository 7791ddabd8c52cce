"""Whether LINE would take a flex container, as far as its documented rules can be told from the JSON; draws nothing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, cast

from journey_engine.language import limits
from journey_engine.language.checks import flex_forms
from journey_engine.language.checks.addresses import link_sentences, picture_sentences
from journey_engine.language.checks.flex_forms import ADDRESS, BLOCKS, COMPONENTS, IN_BASELINE, IN_BOX, NEEDED, PARTS
from journey_engine.language.checks.names import Sentence
from journey_engine.language.placeholders import without_slots
from journey_engine.language.places import Path
from journey_engine.language.words import NOTHING, Words, did_you_mean

Fault = tuple[Path, Sentence]


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


def flex_problems(contents: Mapping[str, Any], *, cards: bool = False) -> Iterator[Fault]:
    """What LINE would refuse in a bubble or carousel (of `cards` a bubble alone), each with its path below it."""
    match contents.get("type"):
        case "bubble":
            yield from _bubble(contents, (), in_carousel=cards)
        case "carousel" if not cards:
            yield from _carousel(contents)
        case other:
            known = ("bubble",) if cards else ("bubble", "carousel")
            yield ("type",), _no_such(str(other or ""), known)
    animated = sum(1 for path, value in _values_of(contents) if path[-1:] == ("animated",) and value is True)
    if animated > limits.ANIMATED:
        what = Words(f"會動的圖有 {animated} 張，最多 10 張。", f"{animated} animated pictures; LINE takes at most 10.")
        yield (), (what, NOTHING)
    most = limits.CAROUSEL_BYTES if contents.get("type") == "carousel" else limits.BUBBLE_BYTES
    yield from _sized(contents, (), most)


def _values_of(node: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    match node:
        case dict():
            for key, value in cast("dict[str, object]", node).items():
                yield from _values_of(value, (*path, key))
        case list():
            for number, value in enumerate(cast("list[object]", node)):
                yield from _values_of(value, (*path, number))
        case _:
            yield path, node


def _sized(node: Mapping[str, Any], path: Path, most: int) -> Iterator[Fault]:
    size = len(json.dumps(node, ensure_ascii=False, separators=(",", ":")).encode())
    if size > most:
        kilobytes = f"{size / 1024:.1f}"
        what = Words(
            f"這個 flex 有 {kilobytes} KB，最多 {most // 1024} KB。",
            f"This flex has {kilobytes} KB; LINE takes at most {most // 1024} KB.",
        )
        yield path, (what, NOTHING)


# ---- bubbles ------------------------------------------------------------------------------------------------------
def _carousel(contents: Mapping[str, Any]) -> Iterator[Fault]:
    yield from _words("carousel", contents, ())
    bubbles = contents.get("contents")
    if not isinstance(bubbles, list) or not 1 <= len(cast("list[Any]", bubbles)) <= limits.CAROUSEL_BUBBLES:
        yield ("contents",), (Words("carousel 要有 1–12 個 bubble。", "A carousel has 1–12 bubbles."), NOTHING)
        return
    wide: set[str] = set()
    for number, bubble in enumerate(cast("list[Any]", bubbles)):
        here: Path = ("contents", number)
        if not isinstance(bubble, dict):
            yield here, _NO_BLOCK
            continue
        written = cast("dict[str, Any]", bubble)
        yield from _bubble(written, here, in_carousel=True)
        yield from _sized(written, here, limits.BUBBLE_BYTES)
        wide.add(str(written.get("size", "mega")))
    if len(wide) > 1:
        yield ("contents",), _UNEQUAL


def _bubble(bubble: Mapping[str, Any], path: Path, *, in_carousel: bool) -> Iterator[Fault]:
    if bubble.get("type") != "bubble":
        yield (*path, "type"), _no_such(str(bubble.get("type") or ""), ("bubble",))
        return
    yield from _words("bubble", bubble, path)
    for part, kinds in PARTS.items():
        if part in bubble:
            yield from _component(bubble[part], (*path, part), kinds)
    if not any(part in bubble for part in PARTS):
        yield path, (Words("這個 bubble 是空的。", "This bubble is empty."), NOTHING)
    if "action" in bubble:
        yield from _action(bubble["action"], (*path, "action"), needs_label=False)
    yield from _styles(bubble.get("styles", {}), (*path, "styles"))
    hero: Any = bubble.get("hero")
    is_video = isinstance(hero, dict) and cast("dict[str, Any]", hero).get("type") == "video"
    if is_video and (in_carousel or bubble.get("size", "mega") not in ("kilo", "mega", "giga")):
        yield (*path, "hero", "type"), _NO_VIDEO


def _styles(node: object, path: Path) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield path, _NO_BLOCK
        return
    for part, style in cast("dict[str, Any]", node).items():
        if part not in PARTS:
            yield (*path, part), _no_word("styles", part, PARTS)
        elif isinstance(style, dict):
            yield from _formed("styles", cast("dict[str, Any]", style), (*path, part), flex_forms.STYLE, ())
        else:
            yield (*path, part), _NO_BLOCK


# ---- components ---------------------------------------------------------------------------------------------------
def _component(node: object, path: Path, kinds: tuple[str, ...]) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield path, _NO_BLOCK
        return
    written = cast("dict[str, Any]", node)
    kind = str(written.get("type") or "")
    if kind not in kinds:
        yield (*path, "type"), _no_such(kind, kinds)
        return
    for word in NEEDED[kind]:
        if word not in written:
            yield path, _missing(kind, word)
    yield from _words(kind, written, path)
    yield from _inside(kind, written, path)
    if "action" in written:
        yield from _action(written["action"], (*path, "action"), needs_label=kind == "button")


def _words(kind: str, written: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    yield from _formed(kind, written, path, COMPONENTS[kind], BLOCKS.get(kind, ()))


def _formed(
    kind: str, written: Mapping[str, Any], path: Path, forms: flex_forms.Forms, blocks: tuple[str, ...]
) -> Iterator[Fault]:
    for word, value in written.items():
        form = forms.get(word)
        if word == "type" or word in blocks:
            continue
        if form is None:
            yield (*path, word), _no_word(kind, word, (*forms, *blocks))
        elif not form.takes(value):
            yield (*path, word), _no_form(value, form)
        elif form is ADDRESS:
            look = link_sentences if word == "uri" else picture_sentences
            yield from (((*path, word), sentence) for sentence in look(str(value)))


def _inside(kind: str, written: Mapping[str, Any], path: Path) -> Iterator[Fault]:
    children = written.get("contents")
    if kind in ("text", "span") and not str(written.get("text") or "").strip() and not children:
        yield path, (Words("這段文字是空的，LINE 不收。", "This text is empty; LINE refuses it."), NOTHING)
    if kind == "box" and "background" in written:
        yield from _background(written["background"], (*path, "background"))
    if kind == "video" and "altContent" in written:
        yield from _component(written["altContent"], (*path, "altContent"), ("box", "image"))
    if kind in ("box", "text") and isinstance(children, list):
        within = ("span",) if kind == "text" else IN_BASELINE if written.get("layout") == "baseline" else IN_BOX
        for number, child in enumerate(cast("list[object]", children)):
            yield from _component(child, (*path, "contents", number), within)
    elif kind in ("box", "text") and children is not None:
        yield (*path, "contents"), (Words("這裡要寫清單。", "A list must stand here."), NOTHING)


def _background(node: object, path: Path) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield path, _NO_BLOCK
        return
    written = cast("dict[str, Any]", node)
    if written.get("type") != "linearGradient":
        yield (*path, "type"), _no_such(str(written.get("type") or ""), ("linearGradient",))
        return
    for word in ("angle", "startColor", "endColor"):
        if word not in written:
            yield path, _missing("background", word)
    yield from _formed("background", written, path, flex_forms.GRADIENT, ())


# ---- actions ------------------------------------------------------------------------------------------------------
def _action(node: object, path: Path, *, needs_label: bool) -> Iterator[Fault]:
    if not isinstance(node, dict):
        yield path, _NO_BLOCK
        return
    action = cast("dict[str, Any]", node)
    kind = str(action.get("type") or "")
    if kind not in flex_forms.ACTIONS:
        yield (*path, "type"), _ELSEWHERE if kind in flex_forms.ELSEWHERE else _no_such(kind, flex_forms.ACTIONS)
        return
    needed = {*flex_forms.ACTIONS[kind], *(("label",) if needs_label else ())}
    for word in sorted(needed):
        if not str(action.get(word) or "").strip():
            yield path, _missing(kind, word)
    given = {word: value for word, value in action.items() if value or word not in needed}
    yield from _formed(kind, given, path, flex_forms.ACTION_WORDS, ("altUri",))
    if isinstance(action.get("altUri"), dict):
        desktop = str(cast("dict[str, Any]", action["altUri"]).get("desktop") or "")
        yield from (((*path, "altUri", "desktop"), sentence) for sentence in link_sentences(desktop))
    for word, most in _MOST.items():
        length = limits.utf16_units(without_slots(str(action.get(word) or "")))
        if length > most:
            yield (*path, word), _too_long(length, most)
    length = limits.graphemes(without_slots(str(action.get("label") or "")))
    if length > limits.FLEX_LABEL:
        yield (*path, "label"), _too_long(length, limits.FLEX_LABEL)


_MOST = {
    "data": limits.POSTBACK_DATA,
    "text": limits.ACTION_TEXT,
    "displayText": limits.ACTION_TEXT,
    "fillInText": limits.ACTION_TEXT,
    "clipboardText": limits.CLIPBOARD,
}


# ---- sentences ----------------------------------------------------------------------------------------------------
def _no_such(word: str, known: Mapping[str, Any] | tuple[str, ...]) -> Sentence:
    return Words(f"這裡不能是「{word}」。", f"“{word}” cannot stand here."), did_you_mean(word, known)


def _no_word(kind: str, word: str, known: Mapping[str, Any] | tuple[str, ...]) -> Sentence:
    return Words(f"{kind} 裡不能寫「{word}」。", f"“{word}” is not something {kind} can have."), did_you_mean(
        word, known
    )


def _no_form(value: object, form: flex_forms.Form) -> Sentence:
    said = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)[:40]
    such = [f'"{each}"' if form.kind is str else each for each in form.such]
    what = Words(f"這裡不能是「{said}」。", f"“{said}” cannot stand here.")
    return what, Words(f"可以寫：{'、'.join(such)}。", f"It can be: {', '.join(such)}.")


def _missing(kind: str, word: str) -> Sentence:
    return Words(f"{kind} 少了「{word}」。", f"“{word}” is missing in this {kind}."), NOTHING


def _too_long(length: int, most: int) -> Sentence:
    return Words(f"{length} 個字，最多 {most} 個字。", f"{length} characters; LINE takes at most {most}."), NOTHING


_NO_BLOCK = (Words("這裡要是一個 { … }。", "Here must be a { … }."), NOTHING)
_UNEQUAL = (
    Words("同一個 carousel 的 bubble 寬度（size）要一樣。", "All bubbles of a carousel have one width (size)."),
    NOTHING,
)
_NO_VIDEO = (
    Words("影片只能放在單一 bubble 的 hero，size 是 kilo、mega 或 giga。",
          "A video stands only in the hero of a single bubble of size kilo, mega or giga."),
    Words("卡片輪播裡請改用圖片。", "In a carousel use a picture."),
)  # fmt: skip
_ELSEWHERE = (
    Words("flex 裡不能用這個動作。", "This action cannot be used in a flex message."),
    Words(
        "相機、相簿、位置只能放在 quick_replies；切換選單只能放在圖文選單。",
        "Camera, camera roll and location are for quick_replies, switching menus for rich menus.",
    ),
)
