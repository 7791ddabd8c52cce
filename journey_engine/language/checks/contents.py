"""Whether LINE would take each object that a message says; what it says in flex and templates is checked beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, assert_never

from journey_engine.language import limits
from journey_engine.language.checks.addresses import link_problems, picture_problems
from journey_engine.language.checks.flexes import flex_problems, strings_of
from journey_engine.language.checks.names import Sentence, unknown
from journey_engine.language.checks.slots import Bench, slot_problems, text_problems
from journey_engine.language.checks.tapping import area_problems, inside_problems
from journey_engine.language.checks.templates import template_problems
from journey_engine.language.contents import (
    Audio,
    Cards,
    Coupon,
    Flex,
    Image,
    Imagemap,
    Location,
    Map,
    Sticker,
    Template,
    Text,
    Video,
)
from journey_engine.language.gather import Gathered
from journey_engine.language.message import Said
from journey_engine.language.placeholders import ADDRESSES, FILLED, slots
from journey_engine.language.places import Path, Problem
from journey_engine.language.words import NOTHING, Words


def said_problems(found: Gathered, bench: Bench, path: Path, said: Said) -> Iterator[Problem]:
    """Everything wrong with one object under `say`."""
    match said:
        case Text():
            yield from _text(bench, path, said)
        case Sticker():
            return
        case Image(image=picture):
            yield from _media(bench, (*path, "image"), picture.original, picture.preview)
        case Video(video=film):
            yield from _media(bench, (*path, "video"), film.original, film.preview)
            if film.tracking is not None and re.fullmatch(_TRACKING, film.tracking) is None:
                yield bench.wrong((*path, "video", "tracking"), _NO_TRACKING)
        case Audio(audio=sound):
            yield from picture_problems(bench, (*path, "audio", "original"), sound.original)
            if not 0 < sound.seconds < _LONGEST:
                what = Words(f"{sound.seconds} 秒不是聲音的長度。", f"{sound.seconds} seconds is no length of a sound.")
                yield bench.wrong((*path, "audio", "seconds"), (what, NOTHING))
        case Location():
            yield from _location(bench, (*path, "location"), said)
        case Coupon(coupon=ticket):
            yield from _coupon(bench, (*path, "coupon"), ticket.id, ticket.delivery)
        case Imagemap():
            yield from text_problems(bench, (*path, "alt"), said.alt, limits.ALT_TEXT)
            yield from _imagemap(bench, (*path, "imagemap"), said.imagemap)
        case Template():
            yield from text_problems(bench, (*path, "alt"), said.alt, limits.ALT_TEXT)
            yield from template_problems(bench, path, said)
        case Flex(flex=flex):
            yield from text_problems(bench, (*path, "alt"), said.alt, limits.ALT_TEXT)
            yield from _container(found, bench, (*path, "flex"), flex)
        case Cards():
            yield from text_problems(bench, (*path, "alt"), said.alt, limits.ALT_TEXT)
            yield from _cards(found, bench, (*path, "cards"), said)
        case _:
            assert_never(said)


_TRACKING = r"[0-9A-Za-z\-.=,+*()%$&;:@{}!?<>\[\]]{1,100}"
_LONGEST = 24 * 3600  # seconds; LINE says no limit but 200 MB


def _media(bench: Bench, path: Path, original: str, preview: str | None) -> Iterator[Problem]:
    yield from picture_problems(bench, (*path, "original"), original)
    yield from picture_problems(bench, (*path, "preview"), preview)


def _text(bench: Bench, path: Path, said: Text) -> Iterator[Problem]:
    here = replace(bench, emojis=frozenset({*said.emojis, *said.mentions}))
    yield from text_problems(here, (*path, "text"), said.text, limits.TEXT)
    if said.mentions:
        yield bench.wrong((*path, "mentions"), _NO_MENTION, key=True)
    used = [slot.written[1:-1].strip() for slot in slots(said.text)]
    for name in said.emojis:
        if len(name) > limits.SUBSTITUTE:
            what = Words(f"「{name}」太長，最多 20 個字。", f"“{name}” is longer than 20 characters.")
            yield bench.wrong((*path, "emojis", name), (what, NOTHING), key=True)
        if name not in used:
            what = Words(f"文字裡沒有用到 {{{name}}}。", f"{{{name}}} does not stand in the text.")
            yield bench.wrong((*path, "emojis", name), (what, Words("請刪掉它。", "Delete it.")), key=True)
        elif bench.names.attributes and name in bench.names.attributes:
            what = Words(f"「{name}」也是會員屬性。", f"“{name}” is an attribute of members, too.")
            cure = Words("請替表情換個名稱。", "Give the emoji another name.")
            yield bench.wrong((*path, "emojis", name), (what, cure), key=True)
    count = sum(1 for name in used if name in said.emojis)
    if count > limits.EMOJIS:
        what = Words(f"LINE 表情有 {count} 個，最多 20 個。", f"{count} LINE emojis; LINE takes at most 20.")
        yield bench.wrong((*path, "text"), (what, NOTHING))


def _location(bench: Bench, path: Path, said: Location) -> Iterator[Problem]:
    spot = said.location
    yield from text_problems(bench, (*path, "title"), spot.title, limits.LOCATION_TEXT)
    yield from text_problems(bench, (*path, "address"), spot.address, limits.LOCATION_TEXT)
    for word, degrees, most in (("latitude", spot.latitude, 90), ("longitude", spot.longitude, 180)):
        if not -most <= degrees <= most:
            what = Words(f"{degrees} 超出範圍。", f"{degrees} is out of range.")
            yield bench.wrong((*path, word), (what, Words(f"-{most} 到 {most} 度。", f"-{most} to {most} degrees.")))


def _coupon(bench: Bench, path: Path, number: str, delivery: str | None) -> Iterator[Problem]:
    if re.fullmatch(r"[0-9A-Za-z]{1,100}", number) is None:
        what = Words(f"「{number}」不是 LINE 的優惠券編號。", f"“{number}” is no id of a coupon made in LINE.")
        cure = Words("自己的優惠碼請寫在文字裡：{coupon.名稱}。", "A code of your own stands in a text: {coupon.NAME}.")
        yield bench.wrong((*path, "id"), (what, cure))
    if delivery is not None and re.fullmatch(r"[0-9A-Za-z_]{1,30}", delivery) is None:
        what = Words(f"「{delivery}」不能當發放管道的名稱。", f"“{delivery}” cannot name a way of delivery.")
        cure = Words("只含 a-z、0-9、_，最多 30 個字元。", "It has a-z, 0-9 and _ only, at most 30 characters.")
        yield bench.wrong((*path, "delivery"), (what, cure))


def _imagemap(bench: Bench, path: Path, image: Map) -> Iterator[Problem]:
    yield from picture_problems(bench, (*path, "base"), image.base)
    if re.search(r"\.(png|jpe?g)$|/(240|300|460|700|1040)$|/$", image.base, re.IGNORECASE):
        yield bench.wrong((*path, "base"), _NO_BASE)
    if image.height < 1:
        yield bench.wrong((*path, "height"), (Words("圖片高度要大於 0。", "The height is above 0."), NOTHING))
    lost = bench.page.has_lost((*path, "areas")) or bench.page.has_lost(path, "areas")
    if not 1 <= len(image.areas) <= limits.AREAS and not lost:
        count = len(image.areas)
        what = Words(f"這裡有 {count} 塊可以點的區域，要 1–50 塊。", f"Areas: {count}; there must be 1–50.")
        yield bench.wrong((*path, "areas"), (what, NOTHING), key=True)
    for number, area in enumerate(image.areas):
        yield from area_problems(bench, (*path, "areas", number), area, image.height)
    clip, here = image.video, (*path, "video")
    if clip is None:
        return
    yield from _media(bench, here, clip.original, clip.preview)
    yield from inside_problems(bench, here, (clip.x, clip.y, clip.width, clip.height), image.height)
    yield from text_problems(bench, (*here, "label"), clip.label, limits.CLIP_LABEL)
    yield from link_problems(bench, (*here, "opens"), clip.opens)
    if (clip.label is None) != (clip.opens is None) and not bench.page.has_lost(here, "label", "opens"):
        yield bench.wrong(here, _BOTH)


# ---- flex ---------------------------------------------------------------------------------------------------------
def _cards(found: Gathered, bench: Bench, path: Path, said: Cards) -> Iterator[Problem]:
    name = said.cards.of.removeprefix("entry.")
    known = bench.names.brought
    if known is not None and name not in known:
        what = Words(f"沒有任何進入事件帶有「{name}」。", f"No event that lets members in brings “{name}”.")
        yield bench.wrong((*path, "of"), (what, unknown("property", name, known)[1]))
    elif known is not None and known[name] not in ("list", None):
        what = Words(f"「{name}」不是清單。", f"“{name}” is no list.")
        yield bench.wrong((*path, "of"), (what, Words("schema.yaml 要寫 list。", "In schema.yaml it must be a list.")))
    yield from _container(found, replace(bench, cards=True), (*path, "flex"), said.cards.flex)


def _container(found: Gathered, bench: Bench, path: Path, flex: str | dict[str, Any]) -> Iterator[Problem]:
    if isinstance(flex, str):
        if flex in found.flexes:
            yield from _flex(replace(bench, page=found.flex_pages[flex]), found.flexes[flex], ())
    else:
        yield from _flex(bench, flex, path)


def _flex(bench: Bench, contents: Mapping[str, Any], base: Path) -> Iterator[Problem]:
    for path, sentence in flex_problems(contents, cards=bench.cards):
        yield bench.wrong((*base, *path), sentence)
    for path, text in strings_of(contents):
        if path[-1:] and path[-1] in FILLED | ADDRESSES:
            yield from slot_problems(bench, (*base, *path), text)


_NO_MENTION: Sentence = (
    Words("LINE 只在群組裡能標註人，旅程只傳給個人。", "LINE shows mentions in groups; journeys write to one person."),
    Words("請用 {name|朋友} 稱呼她。", "Call her by name: {name|friend}."),
)
_NO_TRACKING: Sentence = (
    Words("tracking 最多 100 個字元，不能有底線和空白。", "“tracking” has at most 100 characters, no _ and no space."),
    Words("例如寫 our-story。", "Write for example our-story."),
)
_NO_BASE: Sentence = (
    Words("base 不含檔名的寬度和副檔名。", "The base is without the width and without an ending."),
    Words(
        "LINE 會自己加上 /1040、/700 等，例如 base: https://example.com/map1。",
        "LINE adds /1040, /700 and so on itself: base: https://example.com/map1.",
    ),
)
_BOTH: Sentence = (
    Words("影片播完後的 label 和 opens 要一起寫。", "“label” and “opens” of a video stand together."),
    NOTHING,
)
