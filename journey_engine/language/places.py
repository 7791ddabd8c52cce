"""A file as it was written: every text, block and list with its line and column; holds values, judges none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, NamedTuple, cast

from journey_engine.language.words import NOTHING, Words, near

Step = str | int
Path = tuple[Step, ...]


class Place(NamedTuple):
    """Line and column, both counted from 1, the column in characters."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scalar:
    """One text; `raw` is how it stands in the file, quotes and line breaks included."""

    text: str
    place: Place
    raw: str

    @property
    def is_plain(self) -> bool:
        return self.raw[:1] not in ("'", '"', "|", ">")

    def at(self, column: int) -> Place:
        """Where character number `column` (0-based) of the text stands in the file.

        The characters of a text stand in its raw form in the same order; quotes, escapes and indentation between them
        are passed over.
        """
        start = self.raw.find("\n") + 1 if self.raw[:1] in ("|", ">") else 0 if self.is_plain else 1
        spot = start
        for character in self.text[:column]:
            if not character.isspace():
                found = self.raw.find(character, spot)
                spot = found + 1 if found >= 0 else spot
        following = self.text[column : column + 1].strip()
        found = self.raw.find(following, spot) if following else spot
        index = found if found >= 0 else spot
        line = self.raw.count("\n", 0, index)
        if line == 0:
            return Place(self.place.line, self.place.column + index)
        return Place(self.place.line + line, index - self.raw.rfind("\n", 0, index))


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with the place of each and what stands below it."""

    place: Place
    entries: dict[str, tuple[Place, Written]]
    lost: frozenset[str] = frozenset()  # keys of its own that could not be read and were left out or replaced
    is_damaged: bool = False  # the same, or something below it lost something


@dataclass(frozen=True, slots=True)
class Listing:
    place: Place
    items: tuple[Written, ...]
    is_short: bool = False  # items of its own could not be read and were left out
    is_damaged: bool = False  # the same, or something below it lost something


Written = Scalar | Mapping | Listing
# Words that may also stand inside one of these (see journey.Wait and journey.Arm), so that a path may leave them out.
_INSIDE = ("wait", "otherwise")


def plain(written: Written) -> object:
    """The same as texts, dicts and lists."""
    match written:
        case Scalar(text=text):
            return text
        case Mapping(entries=entries):
            return {key: plain(value) for key, (_, value) in entries.items()}
        case Listing(items=items):
            return [plain(item) for item in items]


def _below(mapping: Mapping, word: str) -> tuple[str, ...]:
    """The keys to go through to reach `word`; none when it is not written there."""
    if word in mapping.entries:
        return (word,)
    for inner in _INSIDE:
        entry = mapping.entries.get(inner)
        if entry is not None and isinstance(entry[1], Mapping) and word in entry[1].entries:
            return inner, word
    return ()


def locate(written: Written, path: Iterable[Step]) -> tuple[Place | None, Written]:
    """The last thing along `path` that was written, and the place of its key, if it has one.

    A word that is not there ends the way, so a missing or made-up word is placed at the block where it should stand.
    """
    key: Place | None = None
    for step in path:
        match written:
            case Mapping() if keys := _below(written, str(step)):
                for word in keys:
                    key, written = written.entries[word] if isinstance(written, Mapping) else (key, written)
            case Listing(items=items) if isinstance(step, int) and step < len(items):
                key, written = None, items[step]
            case _:
                return key, written
    return key, written


def is_there(written: Written, path: Path) -> bool:
    """Whether the whole of `path` was written."""
    for number, step in enumerate(path):
        match locate(written, path[:number])[1]:
            case Mapping() as mapping if _below(mapping, str(step)):
                pass
            case Listing(items=items) if isinstance(step, int) and step < len(items):
                pass
            case _:
                return False
    return True


def texts_at(written: Written, word: str) -> Iterator[str]:
    """The texts that stand after the key `word`, anywhere in the tree."""
    match written:
        case Mapping(entries=entries):
            for key, (_, value) in entries.items():
                if key == word and isinstance(value, Scalar):
                    yield value.text
                yield from texts_at(value, word)
        case Listing(items=items):
            for item in items:
                yield from texts_at(item, word)
        case Scalar():
            return


def without(written: Written, path: Path, instead: Written | None = None) -> Written:
    """The same tree less what stands at `path`, or with `instead` in its place; every block on the way is damaged."""
    step, rest = path[0], path[1:]
    match written:
        case Mapping(place=place, entries=entries) if keys := _below(written, str(step)) or (str(step),):
            first, rest = keys[0], (*keys[1:], *rest)
            kept = dict(entries)
            if rest and first in entries:
                kept[first] = entries[first][0], without(entries[first][1], rest, instead)
            elif instead is not None and not rest:
                kept[first] = entries[first][0] if first in entries else place, instead
            elif not rest:
                kept.pop(first, None)
            lost = written.lost if rest else written.lost | {first}
            return Mapping(place, kept, lost, is_damaged=True)
        case Listing(place=place, items=items) if isinstance(step, int) and step < len(items):
            kept_item = without(items[step], rest, instead) if rest else instead
            middle = () if kept_item is None else (kept_item,)
            is_short = written.is_short or not middle
            return Listing(place, (*items[:step], *middle, *items[step + 1 :]), is_short, is_damaged=True)
        case _:
            return written


def grown(value: object, place: Place) -> Written:
    """Texts, dicts and lists as if they had been written at `place`: what stands in for something unreadable."""
    match value:
        case dict():
            entries = cast("dict[str, object]", value)
            return Mapping(place, {key: (place, grown(item, place)) for key, item in entries.items()})
        case list():
            return Listing(place, tuple(grown(item, place) for item in cast("list[object]", value)))
        case _:
            return Scalar(str(value), place, str(value))


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One mistake (`error`) or risk (`warning`) in the policy's language: what was read, and what to write instead."""

    file: str
    line: int
    column: int
    text: str
    cure: str = ""
    severity: Literal["error", "warning"] = "error"

    def __str__(self) -> str:
        gap = " " if self.cure and self.text.endswith(".") else ""
        return f"{self.file}:{self.line}:{self.column}  {self.text}{gap}{self.cure}"


@dataclass(frozen=True, slots=True)
class Problem:
    """A finding in both languages, before it is known which one to speak."""

    file: str
    place: Place
    what: Words
    write: Words = NOTHING
    severity: Literal["error", "warning"] = "error"

    def said(self, language: Literal["zh-TW", "en"]) -> Finding:
        """The finding in `language`."""
        what, write = self.what.said(language), self.write.said(language)
        return Finding(self.file, self.place.line, self.place.column, what, write, self.severity)


@dataclass(frozen=True, slots=True)
class Page:
    """One file (path below the project folder, with `/`) and what stands in it."""

    file: str
    root: Written

    def place(self, path: Path, column: int | None = None, *, key: bool = False) -> Place:
        """Where the value at `path` stands (its key, if `key`), or character `column` of that text."""
        key_place, written = locate(self.root, path)
        if column is not None and isinstance(written, Scalar):
            return written.at(column)
        return key_place if key and key_place else written.place

    def is_damaged(self, path: Path = ()) -> bool:
        """Whether anything at or below `path` could not be read."""
        block = locate(self.root, path)[1]
        return isinstance(block, Mapping | Listing) and block.is_damaged

    def is_empty(self, path: Path) -> bool:
        """Whether nothing at all stands after the colon at `path`, which the reader has told already."""
        there = locate(self.root, path)[1]
        return isinstance(there, Scalar) and not there.raw

    def has_lost(self, path: Path, *words: str) -> bool:
        """Whether one of `words`, be it misspelt, was written in the block at `path` and could not be read, or items of
        the list there; then it is not missing."""
        block = locate(self.root, path)[1]
        if isinstance(block, Listing):
            return block.is_short
        if not isinstance(block, Mapping):
            return False
        inner = (block.entries[word][1] for word in _INSIDE if word in block.entries)
        lost = block.lost.union(*(below.lost for below in inner if isinstance(below, Mapping)))
        return any(near(word, words) for word in lost)

    def problem(
        self,
        path: Path,
        what: Words,
        write: Words = NOTHING,
        *,
        column: int | None = None,
        key: bool = False,
        severity: Literal["error", "warning"] = "error",
    ) -> Problem:
        """A problem with what stands at `path`."""
        return Problem(self.file, self.place(path, column, key=key), what, write, severity)
