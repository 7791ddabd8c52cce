"""A template's files under another name, as texts with their comments; it reads and writes no file."""

from __future__ import annotations

import re
from collections.abc import Mapping

_WORD = r"(?<![A-Za-z0-9_])({})(?![A-Za-z0-9_])"
_SCENARIO = re.compile(r"^((?:- )?scenario: )(.+?)\s*$", re.MULTILINE)
_STAGE = re.compile(r"^stage:[^\n]*\n", re.MULTILINE)


def new_names(template: str, name: str, own: tuple[str, ...]) -> dict[str, str]:
    """The template's own names (its journey, messages, segments: all begin with its name) and what they become."""
    return {old: name + old.removeprefix(template) for old in own}


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The text with each of these names, wherever it stands as a word of its own, replaced."""
    pattern = _WORD.format("|".join(sorted(map(re.escape, names), key=len, reverse=True)))
    return re.sub(pattern, lambda match: names[match[1]], text)


def retitled(text: str, name: str) -> str:
    """Scenarios whose titles say for which journey they are told: no two of a project are called the same."""
    return _SCENARIO.sub(lambda match: f"{match[1]}{match[2]}（{name}）", text)


def without_stage(text: str) -> str:
    """A journey without its label on the map of stages."""
    return _STAGE.sub("", text, count=1)


def stage_of(text: str) -> str | None:
    """The label of a journey on the map of stages."""
    found = _STAGE.search(text)
    return found[0].partition(":")[2].partition("#")[0].strip() if found else None


def mentions(texts: tuple[str, ...], word: str) -> bool:
    """Whether one of the texts has the word."""
    pattern = re.compile(_WORD.format(re.escape(word)))
    return any(pattern.search(text) for text in texts)
