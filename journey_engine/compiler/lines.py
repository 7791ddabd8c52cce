"""The lines of a path as text, each behind a comma, as they will stand in `moves`; it decides nothing.

A path is written as text while it is walked, and read as jsonb once for all who went the same way at the same instants:
making an object of every line by itself took as long as three steps. Words that are known beforehand are constants.
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, literal

_Piece = str | ColumnElement[Any]
NO_LINES = literal("", Text)


def told(at: ColumnElement[Any]) -> ColumnElement[Any]:
    """An instant as it stands in a line."""
    return cast(func.to_json(at), Text)


def told_again(at: ColumnElement[Any], before: ColumnElement[Any], as_told: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same, where that of the instant `before` may be known (or null)."""
    return func.coalesce(case((at == before, as_told)), told(at), type_=Text)


def line(
    step: str,
    at: ColumnElement[Any],
    outcome: _Piece,
    why: ColumnElement[Any] | None = None,
    among: Collection[str] | None = None,
) -> ColumnElement[Any]:
    """One line; `at` is told already. `among`: all the words that the outcome may be, if they are known."""
    reason: list[_Piece] = []
    if why is not None:
        reason.append(func.coalesce(literal(', "why": ', Text).concat(cast(why, Text)), literal("", Text), type_=Text))
    said = _said(outcome, among)
    return _joined(['{"step": ', _quoted(step), ', "at": ', at, ', "outcome": ', *said, *reason, "}"], ", ")


def _said(outcome: _Piece, among: Collection[str] | None) -> list[_Piece]:
    if isinstance(outcome, str):
        return [_quoted(outcome)]
    if among is not None and all(_quoted(word) == f'"{word}"' for word in among):
        return ['"', outcome, '"']
    return [cast(func.to_json(outcome), Text)]


def path(lines: ColumnElement[Any]) -> ColumnElement[Any]:
    """Lines as the text of a JSON array."""
    return _joined(["[", func.substr(lines, 3, type_=Text), "]"])


def _joined(pieces: list[_Piece], first: str = "") -> ColumnElement[Any]:
    """One behind the other; words of ours that stand side by side are one constant."""
    parts: list[_Piece] = [first]
    for piece in pieces:
        if isinstance(piece, str) and isinstance(before := parts[-1], str):
            parts[-1] = before + piece
        else:
            parts.append(piece)
    written = (
        literal(part, Text) if isinstance(part, str) else part for part in parts if not isinstance(part, str) or part
    )
    return reduce(lambda left, right: left.concat(right), written)


def _quoted(word: str) -> str:
    return json.dumps(word, ensure_ascii=False)
