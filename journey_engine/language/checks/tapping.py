"""Whether what can be tapped does exactly one thing, and one that LINE allows in its place; it performs nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from journey_engine.language import limits
from journey_engine.language.buttons import DOES, Area, Button, Deed, QuickReply, Tap
from journey_engine.language.checks.addresses import link_problems, picture_problems
from journey_engine.language.checks.names import Sentence
from journey_engine.language.checks.slots import Bench, text_problems
from journey_engine.language.places import Path, Problem
from journey_engine.language.words import NOTHING, Words

_MOMENTS = {
    "date": (r"\d{4}-\d\d-\d\d", "2026-12-31"),
    "time": (r"\d\d:\d\d", "10:00"),
    "datetime": (r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d", "2026-12-31T10:00"),
}
# Words that mean something only beside another one.
_BESIDE = {"desktop": "opens", "says": "taps", "picks": "taps", "input": "taps", "fills": "taps"} | dict.fromkeys(
    ("earliest", "latest", "start"), "picks"
)


def button_problems(bench: Bench, path: Path, button: Button) -> Iterator[Problem]:
    """Everything wrong with a button or quick reply."""
    yield from text_problems(bench, (*path, "label"), button.label, limits.LABEL, limits.graphemes)
    if isinstance(button, QuickReply):
        yield from picture_problems(bench, (*path, "icon"), button.icon)
        yield from _deed(bench, path, button, DOES)
        if button.desktop is not None and button.opens is not None:
            yield bench.wrong((*path, "desktop"), _NO_DESKTOP, key=True)
    else:
        yield from _deed(bench, path, button, tuple(word for word in DOES if word != "asks"))


def tap_problems(bench: Bench, path: Path, tap: Tap, label: int) -> Iterator[Problem]:
    """Everything wrong with what a tap on a picture does; `label` is how many characters its words may have."""
    yield from text_problems(bench, (*path, "label"), tap.label, label, limits.graphemes)
    yield from _deed(bench, path, tap, tuple(word for word in DOES if word != "asks"))


def area_problems(bench: Bench, path: Path, area: Area, height: int) -> Iterator[Problem]:
    """Everything wrong with an area of an imagemap `height` high."""
    yield from text_problems(bench, (*path, "label"), area.label, limits.AREA_LABEL)
    yield from _deed(bench, path, area, ("opens", "sends", "copies"), limits.AREA_TEXT)
    yield from inside_problems(bench, path, (area.x, area.y, area.width, area.height), height)


def inside_problems(bench: Bench, path: Path, box: tuple[int, int, int, int], height: int) -> Iterator[Problem]:
    """Whether a rectangle lies in an imagemap 1,040 wide and `height` high."""
    x, y, wide, high = box
    if min(x, y) < 0 or min(wide, high) < 1 or x + wide > limits.MAP_WIDTH or y + high > height:
        what = Words("這一塊超出了圖片。", "This area is not inside the image.")
        cure = Words(
            f"圖片寬 {limits.MAP_WIDTH}、高 {height}，從左上角 0,0 算起。",
            f"The image is {limits.MAP_WIDTH} wide and {height} high, counted from its upper left corner.",
        )
        yield bench.wrong(path, (what, cure))


def _deed(
    bench: Bench, path: Path, tap: Deed, allowed: tuple[str, ...], longest: int = limits.ACTION_TEXT
) -> Iterator[Problem]:
    chosen = [word for word in DOES if getattr(tap, word) is not None]
    if len(chosen) != 1 and not bench.page.has_lost(path, *DOES):
        yield bench.wrong(path, _one_way(allowed))
    for word in chosen:
        if word not in allowed:
            yield bench.wrong((*path, word), _not_here(word, allowed), key=True)
    for word, needs in _BESIDE.items():
        if getattr(tap, word) is not None and getattr(tap, needs) is None and not bench.page.has_lost(path, needs):
            what = Words(f"「{word}」要和「{needs}」一起寫。", f"“{word}” means nothing without “{needs}”.")
            yield bench.wrong((*path, word), (what, NOTHING), key=True)
    if tap.tag is not None and (tap.sends is not None or tap.copies is not None or tap.asks is not None):
        yield bench.wrong((*path, "tag"), _NO_TAG, key=True)
    yield from _said(bench, path, tap, longest)


def _said(bench: Bench, path: Path, tap: Deed, longest: int) -> Iterator[Problem]:
    yield from text_problems(bench, (*path, "sends"), tap.sends, longest)
    yield from text_problems(bench, (*path, "says"), tap.says, limits.ACTION_TEXT)
    yield from text_problems(bench, (*path, "fills"), tap.fills, limits.ACTION_TEXT)
    yield from text_problems(bench, (*path, "copies"), tap.copies, limits.CLIPBOARD)
    yield from link_problems(bench, (*path, "opens"), tap.opens)
    yield from link_problems(bench, (*path, "desktop"), tap.desktop)
    if tap.fills is not None and tap.input not in (None, "keyboard"):
        yield bench.wrong((*path, "fills"), _NO_KEYBOARD, key=True)
    if tap.picks is not None and (tap.says is not None or tap.input is not None or tap.fills is not None):
        yield bench.wrong((*path, "picks"), _PICKS_ALONE, key=True)
    if tap.picks is not None:
        yield from _moments(bench, path, tap, *_MOMENTS[tap.picks])


def _moments(bench: Bench, path: Path, tap: Deed, pattern: str, example: str) -> Iterator[Problem]:
    told = {word: getattr(tap, word) for word in ("earliest", "start", "latest") if getattr(tap, word) is not None}
    for word, moment in told.items():
        if re.fullmatch(pattern, moment) is None:
            what = Words(f"「{moment}」不是 {tap.picks}。", f"“{moment}” is no {tap.picks}.")
            yield bench.wrong((*path, word), (what, Words(f"例如寫 {example}。", f"Write for example {example}.")))
            return
    if tap.earliest and tap.latest and tap.earliest >= tap.latest:
        what = Words("latest 要比 earliest 晚。", "“latest” must come after “earliest”.")
        yield bench.wrong((*path, "latest"), (what, NOTHING))


def _one_way(allowed: tuple[str, ...]) -> Sentence:
    words = "、".join(allowed), ", ".join(allowed)
    return Words(f"要剛好有 {words[0]} 其中一個。", f"Exactly one of {words[1]} stands here."), NOTHING


def _not_here(word: str, allowed: tuple[str, ...]) -> Sentence:
    if word == "asks":
        what = Words("asks 只能放在 quick_replies。", "Only quick_replies can ask for a picture or a place.")
        return what, NOTHING
    cure = Words(f"可以寫：{'、'.join(allowed)}。", f"It can be: {', '.join(allowed)}.")
    return Words(f"這裡不能寫「{word}」。", f"“{word}” cannot stand here."), cure


_NO_TAG = (
    Words("只有 opens 和 taps 的按鈕能貼標籤。", "Only what opens or taps can grant a tag."),
    Words("傳文字的按鈕請改用 taps。", "Use taps in place of sends."),
)
_NO_DESKTOP = (
    Words("quick_replies 不支援 desktop。", "LINE ignores “desktop” in quick replies."),
    Words("請刪掉它。", "Delete it."),
)
_NO_KEYBOARD = (
    Words("fills 只有開啟鍵盤時才有用。", "“fills” needs the keyboard."),
    Words("請寫 input: keyboard。", "Write input: keyboard."),
)
_PICKS_ALONE = (
    Words("選日期的按鈕不能再寫 says、input、fills。", "A button that picks has no says, input or fills."),
    NOTHING,
)
