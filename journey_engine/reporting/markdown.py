"""A page as markdown, for Prefect's artifacts: the same sentences and figures, without the drawings; pure."""

from __future__ import annotations

from typing import assert_never

from journey_engine.language.words import Language, Words
from journey_engine.reporting.cells import said
from journey_engine.reporting.contents import Block, Figure, Page, Sentence, Table, Tiles


def markdown(page: Page, language: Language, first: str = "") -> str:
    """The page under its title; `first`: a paragraph before all sections, such as where the whole of it lies."""
    parts = [f"# {page.title.said(language)}", page.subtitle.said(language), first]
    for section in page.sections:
        parts += [f"## {section.title.said(language)}", *(_block(block, language) for block in section.blocks)]
    parts.append(page.foot.said(language))
    return "\n\n".join(part for part in parts if part)


def _block(block: Block, language: Language) -> str:
    match block:
        case Sentence():
            return f"{'⚠ ' if block.tone == 'alarm' else ''}{block.words.said(language)}"
        case Tiles():
            return "\n".join(
                f"- {tile.title.said(language)}: **{said(tile.value, tile.kind, language)}**"
                + (f" ({tile.note.said(language)})" if tile.note else "")
                for tile in block.tiles
            )
        case Table():
            return of_table(block, language)
        case Figure():
            return ""
    assert_never(block)


def of_table(table: Table, language: Language) -> str:
    """One table under its title."""
    title = f"### {table.title.said(language)}" if table.title else ""
    if not table.rows:
        return "\n\n".join(part for part in (title, Words("（無）", "(none)").said(language)) if part)
    head = [
        f"| {' | '.join(_cell(column.head.said(language)) for column in table.columns)} |",
        f"|{'|'.join('---' if column.kind == 'text' else '---:' for column in table.columns)}|",
    ]
    rows = [
        f"| {' | '.join(_cell(said(cell, col.kind, language)) for col, cell in zip(table.columns, row, strict=True))} |"
        for row in table.rows
    ]
    return "\n\n".join(part for part in (title, "\n".join([*head, *rows]), table.note.said(language)) if part)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
