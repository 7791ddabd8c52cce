"""Rows as a markdown table, headed in the brand's language; it reckons nothing."""

from __future__ import annotations

from collections.abc import Sequence

from journey_engine.language.words import Language, Words


def table(zh: Sequence[str], en: Sequence[str], rows: Sequence[Sequence[str | int]], language: Language) -> str:
    """A markdown table, numbers to the right; a sentence where there are no rows."""
    if not rows:
        return Words("（無）", "(none)").said(language)
    numeric = [all(isinstance(row[column], int) for row in rows) for column in range(len(en))]
    head = zh if language == "zh-TW" else en
    lines = [f"| {' | '.join(head)} |", f"|{'|'.join('---:' if right else '---' for right in numeric)}|"]
    lines += [f"| {' | '.join(_cell(value) for value in row)} |" for row in rows]
    return "\n".join(lines)


def _cell(value: str | int) -> str:
    return f"{value:,}" if isinstance(value, int) else value.replace("|", "\\|").replace("\n", " ")
