"""Whether LINE would take a message, and whether its placeholders can be filled; renders and sends nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, assert_never

from journey_engine.language import limits
from journey_engine.language.checks.flexes import flex_problems, strings_of
from journey_engine.language.checks.names import Names, Sentence, names_of, unknown
from journey_engine.language.gather import Gathered, Kept
from journey_engine.language.message import Button, Column, Flex, Image, Message, Said, Template, Text
from journey_engine.language.placeholders import slots, without_slots
from journey_engine.language.places import Page, Path, Problem
from journey_engine.language.words import NOTHING, Words

TAP = "tap:"


@dataclass(frozen=True)
class Bench:
    """One message on the bench: its file and the names of the project."""

    page: Page
    names: Names

    def wrong(self, path: Path, sentence: Sentence, *, key: bool = False) -> Problem:
        return self.page.problem(path, *sentence, key=key)


def message_problems(found: Gathered) -> list[Problem]:
    """Everything wrong with the messages of the project."""
    names = names_of(found)
    return [problem for kept in found.messages.values() for problem in _message(found, kept, names)]


def taps_of(found: Gathered) -> Mapping[str, frozenset[str]]:
    """For each message the buttons whose tap comes back as a click; a message that cannot be read fully is left out."""
    taps: dict[str, frozenset[str]] = {}
    for name, kept in found.messages.items():
        message: Message = kept.value
        files = [said.flex for said in message.say if isinstance(said, Flex) and isinstance(said.flex, str)]
        if not kept.page.is_damaged(()) and all(file in found.flexes for file in files):
            taps[name] = frozenset(_taps(message, found.flexes))
    return taps


def _taps(message: Message, flexes: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    buttons = list(message.quick_replies)
    for said in message.say:
        match said:
            case Template():
                buttons += [*said.buttons, *(button for column in said.columns for button in column.buttons)]
            case Flex(flex=flex):
                contents = flexes[flex] if isinstance(flex, str) else flex
                for _, text in strings_of(contents):
                    if text.startswith(TAP):
                        yield text.removeprefix(TAP)
            case Text() | Image():
                pass
    yield from (button.taps for button in buttons if button.taps is not None)


def _message(found: Gathered, kept: Kept, names: Names) -> Iterator[Problem]:
    message: Message = kept.value
    bench = Bench(kept.page, names)
    if len(message.say) > 5:
        count = len(message.say)
        what = Words(
            f"say 底下有 {count} 項，LINE 一次最多收 5 項。",
            f"{count} objects under say; LINE takes at most 5 in one request.",
        )
        yield bench.wrong(("say",), (what, Words("請分成兩個步驟傳送。", "Split it over two steps.")), key=True)
    if len(message.quick_replies) > limits.QUICK_REPLIES:
        count = len(message.quick_replies)
        what = Words(f"quick_replies 有 {count} 個，最多 13 個。", f"{count} quick replies; LINE shows at most 13.")
        yield bench.wrong(("quick_replies",), (what, NOTHING), key=True)
    yield from _text(bench, ("alt",), message.alt, limits.ALT_TEXT)
    for number, button in enumerate(message.quick_replies):
        yield from _button(bench, ("quick_replies", number), button)
    for number, said in enumerate(message.say):
        yield from _said(found, bench, ("say", number), said)
    if message.alt is None:
        silent = [n for n, said in enumerate(message.say) if isinstance(said, Flex | Template) and said.alt is None]
        yield from (bench.wrong(("say", number), _NO_ALT) for number in silent[:1])


def _said(found: Gathered, bench: Bench, path: Path, said: Said) -> Iterator[Problem]:
    match said:
        case Text(text=text):
            yield from _text(bench, (*path, "text"), text, limits.TEXT)
        case Flex(flex=flex, alt=alt):
            yield from _text(bench, (*path, "alt"), alt, limits.ALT_TEXT)
            if isinstance(flex, str) and flex in found.flexes:
                page = found.flex_pages[flex]
                yield from _flex(Bench(page, bench.names), found.flexes[flex], ())
            elif not isinstance(flex, str):
                yield from _flex(bench, flex, (*path, "flex"))
        case Image(image=picture):
            yield from _picture(bench, (*path, "image", "original"), picture.original)
            yield from _picture(bench, (*path, "image", "preview"), picture.preview)
        case Template():
            yield from _text(bench, (*path, "alt"), said.alt, limits.ALT_TEXT)
            yield from _template(bench, path, said)
        case _:
            assert_never(said)


def _flex(bench: Bench, contents: Mapping[str, Any], base: Path) -> Iterator[Problem]:
    for path, sentence in flex_problems(contents):
        yield bench.wrong((*base, *path), sentence)
    for path, text in strings_of(contents):
        yield from _slots(bench, (*base, *path), text)


# ---- texts --------------------------------------------------------------------------------------------------------
def _text(
    bench: Bench, path: Path, text: str | None, most: int, count: limits.Count = limits.utf16_units
) -> Iterator[Problem]:
    """A text that must not be empty nor longer than `most`; what placeholders add is checked when it is sent."""
    if text is None:
        return
    if not text.strip():
        yield bench.wrong(path, (Words("這裡是空的，LINE 不收。", "This is empty; LINE refuses it."), NOTHING))
    length = count(without_slots(text))
    if length > most:
        what = Words(f"{length} 個字，最多 {most} 個字。", f"{length} characters; LINE takes at most {most}.")
        yield bench.wrong(path, (what, Words("請縮短。", "Shorten it.")))
    yield from _slots(bench, path, text)


def _slots(bench: Bench, path: Path, text: str) -> Iterator[Problem]:
    known = bench.names.attributes
    for slot in slots(text):
        if slot.attribute is None:
            yield bench.page.problem(path, *_no_slot(slot.written), column=slot.column)
        elif known is not None and slot.attribute not in known:
            yield bench.page.problem(path, *unknown("attribute", slot.attribute, known), column=slot.column)
        elif slot.default is None:
            what = Words(
                f"「{slot.written}」沒有值的時候不知道要寫什麼。", f"“{slot.written}” can be empty and has no default."
            )
            cure = Words(f"寫成 {{{slot.attribute}|預設文字}}。", f"Write {{{slot.attribute}|default}}.")
            yield bench.page.problem(path, what, cure, column=slot.column)


def _no_slot(written: str) -> Sentence:
    return (
        Words(f"「{written}」不是欄位的寫法。", f"“{written}” is no placeholder."),
        Words("欄位寫成 {name|朋友}；要印出大括號請寫 {{。", "Write {name|friend}; for a brace itself write {{."),
    )


# ---- buttons, pictures, templates ---------------------------------------------------------------------------------
def _button(bench: Bench, path: Path, button: Button) -> Iterator[Problem]:
    yield from _text(bench, (*path, "label"), button.label, limits.LABEL, limits.graphemes)
    chosen = [word for word in ("opens", "sends", "taps") if getattr(button, word) is not None]
    if len(chosen) != 1 and not bench.page.has_lost(path, "opens", "sends", "taps"):
        yield bench.wrong(path, _ONE_WAY)
    yield from _text(bench, (*path, "sends"), button.sends, limits.ACTION_TEXT)
    if button.opens is not None:
        yield from _slots(bench, (*path, "opens"), button.opens)
        if not re.match(r"https?://[^\s/]|tel:|mailto:|line://|\{", button.opens):
            yield bench.wrong((*path, "opens"), _NO_LINK)
        elif len(without_slots(button.opens)) > limits.URI:
            yield bench.wrong((*path, "opens"), _too_long(limits.URI))


def _picture(bench: Bench, path: Path, address: str | None) -> Iterator[Problem]:
    if address is None:
        return
    if not re.match(r"https://[^\s/]", address):
        yield bench.wrong(path, _NO_PICTURE)
    elif len(address) > limits.URL:
        yield bench.wrong(path, _too_long(limits.URL))
    yield from _slots(bench, path, address)


def _template(bench: Bench, path: Path, said: Template) -> Iterator[Problem]:
    if said.template == "carousel":
        yield from _carousel(bench, path, said.columns)
        for word in ("text", "title", "picture", "buttons"):
            if getattr(said, word):
                yield bench.wrong((*path, word), _only("buttons", word), key=True)
        return
    if said.columns:
        yield bench.wrong((*path, "columns"), _only("carousel", "columns"), key=True)
    if said.text is None and not bench.page.has_lost(path, "text"):
        what = Words("這裡少了「text」。", "“text” is missing here.")
        yield bench.wrong(path, (what, Words("請加上 text: …。", "Add text: ….")))
    if said.template == "confirm":
        most, counts = limits.CONFIRM_TEXT, (limits.CONFIRM_BUTTONS, limits.CONFIRM_BUTTONS)
        for word in ("title", "picture"):
            if getattr(said, word) is not None:
                yield bench.wrong((*path, word), _only("buttons", word), key=True)
    else:
        beside = said.title is not None or said.picture is not None
        most, counts = limits.BUTTONS_TEXT_BESIDE if beside else limits.BUTTONS_TEXT, (1, limits.BUTTONS)
        yield from _text(bench, (*path, "title"), said.title, limits.TITLE, limits.graphemes)
        yield from _picture(bench, (*path, "picture"), said.picture)
    yield from _text(bench, (*path, "text"), said.text, most, limits.graphemes)
    yield from _buttons(bench, path, said.buttons, *counts)


def _buttons(bench: Bench, path: Path, buttons: tuple[Button, ...], least: int, most: int) -> Iterator[Problem]:
    lost = bench.page.has_lost((*path, "buttons")) or bench.page.has_lost(path, "buttons")
    if not least <= len(buttons) <= most and not lost:
        span = str(most) if least == most else f"{least}–{most}"
        what = Words(f"這裡有 {len(buttons)} 個按鈕，要 {span} 個。", f"Buttons: {len(buttons)}; there must be {span}.")
        yield bench.wrong((*path, "buttons"), (what, NOTHING), key=True)
    for number, button in enumerate(buttons):
        yield from _button(bench, (*path, "buttons", number), button)


def _carousel(bench: Bench, path: Path, columns: tuple[Column, ...]) -> Iterator[Problem]:
    lost = bench.page.has_lost((*path, "columns")) or bench.page.has_lost(path, "columns")
    if not 1 <= len(columns) <= limits.COLUMNS and not lost:
        what = Words(f"carousel 有 {len(columns)} 張卡，要 1–10 張。", f"Columns: {len(columns)}; there must be 1–10.")
        yield bench.wrong((*path, "columns"), (what, NOTHING), key=True)
    forms = {(len(column.buttons), column.title is None, column.picture is None) for column in columns}
    if len(forms) > 1:
        yield bench.wrong((*path, "columns"), _UNEQUAL, key=True)
    for number, column in enumerate(columns):
        here = (*path, "columns", number)
        beside = column.title is not None or column.picture is not None
        most = limits.COLUMN_TEXT_BESIDE if beside else limits.COLUMN_TEXT
        yield from _text(bench, (*here, "text"), column.text, most, limits.graphemes)
        yield from _text(bench, (*here, "title"), column.title, limits.TITLE, limits.graphemes)
        yield from _picture(bench, (*here, "picture"), column.picture)
        yield from _buttons(bench, here, column.buttons, 1, limits.COLUMN_BUTTONS)


def _only(form: str, word: str) -> Sentence:
    what = Words(f"「{word}」只有 template: {form} 才有。", f"Only template: {form} has “{word}”.")
    return what, Words("請刪掉它。", "Delete it.")


def _too_long(most: int) -> Sentence:
    return Words(f"網址太長，最多 {most} 個字元。", f"This address is longer than {most} characters."), NOTHING


_ONE_WAY = (
    Words("按鈕要剛好有 opens、sends、taps 其中一個。", "A button has exactly one of opens, sends, taps."),
    NOTHING,
)
_NO_LINK = (
    Words("這不是可以開啟的網址。", "This is no link that LINE opens."),
    Words("以 https:// 開頭；電話寫 tel:。", "Begin it with https://, or tel: for a phone number."),
)
_NO_PICTURE = (
    Words("圖片網址要以 https:// 開頭。", "The address of a picture begins with https://."),
    NOTHING,
)
_NO_ALT = (
    Words(
        "少了 alt：通知和聊天列表上要顯示的文字。",
        "“alt” is missing: the text of notifications and the chat list.",
    ),
    Words("請在訊息加上 alt: …。", "Add alt: … to the message."),
)
_UNEQUAL = (
    Words(
        "每張卡的按鈕數要一樣，圖片和標題也要都有或都沒有。",
        "All columns have equally many buttons, and all or none a title and a picture.",
    ),
    NOTHING,
)
