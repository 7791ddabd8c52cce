"""Whether a template message has what its form needs, and no more than LINE takes of it; draws nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator

from journey_engine.language import limits
from journey_engine.language.buttons import Button
from journey_engine.language.checks.addresses import picture_problems
from journey_engine.language.checks.names import Sentence
from journey_engine.language.checks.slots import Bench, text_problems
from journey_engine.language.checks.tapping import button_problems, tap_problems
from journey_engine.language.contents import Column, Template
from journey_engine.language.places import Path, Problem
from journey_engine.language.words import NOTHING, Words

# Which words each form has, beside alt.
_HAS = {
    "buttons": frozenset({"text", "title", "picture", "ratio", "fit", "background", "tap", "buttons"}),
    "confirm": frozenset({"text", "buttons"}),
    "carousel": frozenset({"columns", "ratio", "fit"}),
    "image_carousel": frozenset({"columns"}),
}
_ALL = ("text", "title", "picture", "ratio", "fit", "background", "tap", "buttons", "columns")


def template_problems(bench: Bench, path: Path, said: Template) -> Iterator[Problem]:
    """Everything wrong with a template message."""
    has = _HAS[said.template]
    for word in _ALL:
        if getattr(said, word) and word not in has:
            yield bench.wrong((*path, word), _only(word), key=True)
    if "columns" in has:
        yield from _columns(bench, path, said)
        return
    if said.text is None and not bench.page.has_lost(path, "text"):
        yield bench.wrong(path, _no_word("text"))
    if said.template == "confirm":
        most, counts = limits.CONFIRM_TEXT, (limits.CONFIRM_BUTTONS, limits.CONFIRM_BUTTONS)
    else:
        beside = said.title is not None or said.picture is not None
        most, counts = limits.BUTTONS_TEXT_BESIDE if beside else limits.BUTTONS_TEXT, (1, limits.BUTTONS)
        yield from _beside(bench, path, said)
    yield from text_problems(bench, (*path, "text"), said.text, most, limits.graphemes)
    yield from _buttons(bench, path, said.buttons, *counts)


def _beside(bench: Bench, path: Path, block: Template | Column) -> Iterator[Problem]:
    yield from text_problems(bench, (*path, "title"), block.title, limits.TITLE, limits.graphemes)
    yield from picture_problems(bench, (*path, "picture"), block.picture)
    if block.background is not None and re.fullmatch("#[0-9a-fA-F]{6}", block.background) is None:
        what = Words(f"「{block.background}」不是顏色。", f"“{block.background}” is no colour.")
        yield bench.wrong((*path, "background"), (what, Words('例如 "#06C755"。', 'Write for example "#06C755".')))
    if block.tap is not None:
        yield from tap_problems(bench, (*path, "tap"), block.tap, limits.LABEL)
        if block.tap.label is None and not bench.page.has_lost((*path, "tap"), "label"):
            yield bench.wrong((*path, "tap"), _no_word("label"))


def _buttons(bench: Bench, path: Path, buttons: tuple[Button, ...], least: int, most: int) -> Iterator[Problem]:
    lost = bench.page.has_lost((*path, "buttons")) or bench.page.has_lost(path, "buttons")
    if not least <= len(buttons) <= most and not lost:
        span = str(most) if least == most else f"{least}–{most}"
        what = Words(f"這裡有 {len(buttons)} 個按鈕，要 {span} 個。", f"Buttons: {len(buttons)}; there must be {span}.")
        yield bench.wrong((*path, "buttons"), (what, NOTHING), key=True)
    for number, button in enumerate(buttons):
        yield from button_problems(bench, (*path, "buttons", number), button)


def _columns(bench: Bench, path: Path, said: Template) -> Iterator[Problem]:
    columns, here = said.columns, (*path, "columns")
    lost = bench.page.has_lost(here) or bench.page.has_lost(path, "columns")
    if not 1 <= len(columns) <= limits.COLUMNS and not lost:
        what = Words(f"carousel 有 {len(columns)} 張卡，要 1–10 張。", f"Columns: {len(columns)}; there must be 1–10.")
        yield bench.wrong(here, (what, NOTHING), key=True)
    look = _picture_column if said.template == "image_carousel" else _column
    for number, column in enumerate(columns):
        yield from look(bench, (*here, number), column)
    forms = {(len(column.buttons), column.title is None, column.picture is None) for column in columns}
    if said.template == "carousel" and len(forms) > 1:
        yield bench.wrong(here, _UNEQUAL, key=True)


def _column(bench: Bench, path: Path, column: Column) -> Iterator[Problem]:
    beside = column.title is not None or column.picture is not None
    most = limits.COLUMN_TEXT_BESIDE if beside else limits.COLUMN_TEXT
    if column.text is None and not bench.page.has_lost(path, "text"):
        yield bench.wrong(path, _no_word("text"))
    yield from text_problems(bench, (*path, "text"), column.text, most, limits.graphemes)
    yield from _beside(bench, path, column)
    yield from _buttons(bench, path, column.buttons, 1, limits.COLUMN_BUTTONS)


def _picture_column(bench: Bench, path: Path, column: Column) -> Iterator[Problem]:
    for word in ("text", "title", "background", "buttons"):
        if getattr(column, word):
            yield bench.wrong((*path, word), _only(word, column=True), key=True)
    yield from picture_problems(bench, (*path, "picture"), column.picture)
    if column.tap is not None:
        yield from tap_problems(bench, (*path, "tap"), column.tap, limits.PICTURE_LABEL)
    for word in ("picture", "tap"):
        if getattr(column, word) is None and not bench.page.has_lost(path, word):
            yield bench.wrong(path, _no_word(word))


def _no_word(word: str) -> Sentence:
    what = Words(f"這裡少了「{word}」。", f"“{word}” is missing here.")
    return what, Words(f"請加上 {word}: …。", f"Add {word}: ….")


def _only(word: str, *, column: bool = False) -> Sentence:
    forms = ["carousel"] if column else [form for form, has in _HAS.items() if word in has]
    what = Words(
        f"「{word}」只有 template: {'、'.join(forms)} 才有。", f"Only template: {', '.join(forms)} has “{word}”."
    )
    return what, Words("請刪掉它。", "Delete it.")


_UNEQUAL = (
    Words(
        "每張卡的按鈕數要一樣，圖片和標題也要都有或都沒有。",
        "All columns have equally many buttons, and all or none a title and a picture.",
    ),
    NOTHING,
)
