"""The lines of a path as text, each behind a comma, as they will stand in `moves`; it decides nothing.

A path is written as text while it is walked, and read as jsonb once for all who went the same way at the same instants:
making an object of every line by itself took as long as three steps. Words that are known beforehand are constants.
An instant is not written out while it goes on: a mark stands for the one at which its row stands (`behind`, `path`).
"""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import reduce
from typing import Any

from sqlalchemy import ColumnElement, Text, case, cast, func, literal, or_

_Piece = str | ColumnElement[Any]
NO_LINES = literal("", Text)
_NOW = "\x01"  # the mark: JSON writes such a letter otherwise


def told(lines: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same lines with that instant written out."""
    return func.replace(lines, _NOW, cast(func.to_json(at), Text), type_=Text)


def behind(lines: ColumnElement[Any], before: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[Any]:
    """The lines of who stood at the instant `before` and now stands at `at`."""
    return case((or_(before == at, lines == ""), lines), else_=told(lines, before))


def line(
    step: str, outcome: _Piece, why: ColumnElement[Any] | None = None, among: Collection[str] | None = None
) -> ColumnElement[Any]:
    """One line, at the instant of its row. `among`: all the words that the outcome may be, if they are known."""
    reason: list[_Piece] = []
    if why is not None:
        reason.append(func.coalesce(literal(', "why": ', Text).concat(cast(why, Text)), literal("", Text), type_=Text))
    said = _said(outcome, among)
    return _joined(['{"step": ', _quoted(step), f', "at": {_NOW}, "outcome": ', *said, *reason, "}"], ", ")


def _said(outcome: _Piece, among: Collection[str] | None) -> list[_Piece]:
    if isinstance(outcome, str):
        return [_quoted(outcome)]
    if among is not None and all(_quoted(word) == f'"{word}"' for word in among):
        return ['"', outcome, '"']
    return [cast(func.to_json(outcome), Text)]


def path(lines: ColumnElement[Any], at: ColumnElement[Any]) -> ColumnElement[Any]:
    """Lines of who stands at that instant as the text of a JSON array."""
    return _joined(["[", func.substr(told(lines, at), 3, type_=Text), "]"])


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
