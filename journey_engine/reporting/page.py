"""A page as one HTML file, for the screen and for paper; opened, it asks nobody anything and runs nothing."""

from __future__ import annotations

import base64
import hashlib
import re
import unicodedata
from html import escape
from pathlib import Path
from typing import assert_never

from journey_engine.language.words import Language, Words
from journey_engine.reporting.cells import interval, number, said
from journey_engine.reporting.contents import (
    Block,
    Cell,
    Column,
    Figure,
    Page,
    Section,
    Sentence,
    Spread,
    Table,
    Tile,
    Tiles,
)

_SHEET = Path(__file__).parent / "page.css"
_SHORT = 12  # letters: a date, a name, that should not be broken in two
_STYLES = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL)


def html(page: Page, language: Language) -> str:
    """The whole file. Every word is escaped; drawings stand as they are (contents.Figure)."""
    sheet = _SHEET.read_text(encoding="utf-8")
    body = _body(page, language)
    # Drawings bring sheets of their own; no other style, no script and no address is allowed to do anything.
    hashes = " ".join(f"'{_hash(style)}'" for style in dict.fromkeys([sheet, *_STYLES.findall(body)]))
    policy = f"default-src 'none'; style-src {hashes}; img-src data:; base-uri 'none'; form-action 'none'"
    title = escape(page.title.said(language))
    return "\n".join(
        [
            "<!doctype html>",
            f'<html lang="{"zh-Hant-TW" if language == "zh-TW" else "en"}">',
            '<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="content-security-policy" content="{escape(policy)}">',
            '<meta name="referrer" content="no-referrer"><link rel="icon" href="data:,">',
            f"<title>{title}</title>",
            f"<style>{sheet}</style></head>",
            body,
            "</html>",
            "",
        ]
    )


def _body(page: Page, language: Language) -> str:
    links = "".join(
        f'<a href="#{escape(section.name)}">{_words(section.title, language)}</a>' for section in page.sections
    )
    contents = f"<nav>{links}</nav>" if len(page.sections) > 2 else ""
    head = f"<h1>{_words(page.title, language)}</h1><p>{_words(page.subtitle, language)}</p>"
    foot = f"<footer>{_words(page.foot, language)}</footer>" if page.foot else ""
    sections = "\n".join(_section(section, language) for section in page.sections)
    return f"<body><header>{head}</header>{contents}<main>\n{sections}\n</main>{foot}</body>"


def _section(section: Section, language: Language) -> str:
    blocks = "\n".join(_block(block, language) for block in section.blocks)
    return f'<section id="{escape(section.name)}"><h2>{_words(section.title, language)}</h2>\n{blocks}</section>'


def _block(block: Block, language: Language) -> str:
    match block:
        case Sentence():
            mark = "⚠ " if block.tone == "alarm" else ""
            return f'<p class="{block.tone}">{mark}{_words(block.words, language)}</p>'
        case Table():
            return _table(block, language)
        case Tiles():
            return f'<div class="tiles">{"".join(_tile(tile, language) for tile in block.tiles)}</div>'
        case Figure():
            caption = f"<figcaption>{_words(block.caption, language)}</figcaption>" if block.caption else ""
            return f'<figure>{caption}<div class="wide">{block.svg}</div></figure>'
    assert_never(block)


def _tile(tile: Tile, language: Language) -> str:
    value, notes = said(tile.value, tile.kind, language), [tile.note.said(language)]
    if isinstance(tile.value, Spread):
        value = number(tile.value.value, tile.kind, language)
        bounds = interval(tile.value, tile.kind, language)
        notes.insert(0, Words(f"95% 區間 {bounds}", f"95 % interval {bounds}").said(language))
    small = "".join(f"<small>{escape(note)}</small>" for note in notes if note)
    return f"<div><span>{_words(tile.title, language)}</span><strong>{escape(value)}</strong>{small}</div>"


def _table(table: Table, language: Language) -> str:
    title = f"<h3>{_words(table.title, language)}</h3>" if table.title else ""
    note = f'<p class="hint">{_words(table.note, language)}</p>' if table.note else ""
    if not table.rows:
        return f'{title}<p class="hint">{Words("（無）", "(none)").said(language)}</p>{note}'
    head = "".join(f"<th{_side(each)}>{_words(each.head, language)}</th>" for each in table.columns)
    rows = "\n".join(
        "<tr>"
        + "".join(_cell(cell, column, language) for column, cell in zip(table.columns, row, strict=True))
        + "</tr>"
        for row in table.rows
    )
    written = f"<table><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>"
    return f'{title}<div class="wide">{written}</div>{note}'


def _cell(cell: Cell, column: Column, language: Language) -> str:
    if isinstance(cell, Spread):
        value, bounds = number(cell.value, column.kind, language), interval(cell, column.kind, language)
        return f'<td class="number">{escape(value)}<small>{escape(bounds)}</small></td>'
    text = said(cell, column.kind, language)
    side = _side(column) or (' class="short"' if _width(text) <= _SHORT else "")
    return f"<td{side}>{escape(text)}</td>"


def _width(text: str) -> int:
    """In letters: one of Chinese is as wide as two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "FW" else 1 for letter in text)


def _side(column: Column) -> str:
    return "" if column.kind == "text" else ' class="number"'


def _words(words: Words, language: Language) -> str:
    return escape(words.said(language))


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
