"""YAML to texts with their places, every scalar as it was written, and the door to a project; gives no types itself."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.main import CParser  # pyright: ignore[reportUnknownVariableType]
from ruamel.yaml.reader import ReaderError

from journey_engine.language import misspelt
from journey_engine.language.places import Finding, Listing, Mapping, Place, Problem, Scalar, Written
from journey_engine.language.project import Project
from journey_engine.language.words import Words, near

_LIBYAML = cast("Any", CParser)  # None where it is not installed
DEEPEST = 60  # blocks inside each other; a journey of the deepest demo has 14, and later code walks recursively
# Copy that people read: here YAML's habit of cutting at “ #” and of joining lines is never meant.
_COPY = frozenset({"text", "alt", "label", "sends", "nps", "csat", "choice", "quiz"})
# An empty value means something only here.
_MAY_BE_EMPTY = frozenset({"otherwise"})
_COMMENT = re.compile(r"[^\S\n]+#((?:[^\S\n])?)")  # after a value, in its line; and the blank that makes it one
_HALVES = re.compile("[\ud800-\udfff]")
# Where libyaml (YAML 1.1) reads otherwise than the parser in Python (1.2): tabs, line ends of other writings, aliases.
_PARTED = re.compile(r"[\t\r\x85\u2028\u2029\ufeff]|(?:^|[\s,\[{:])[*&!]|^%", re.MULTILINE)


def read_project(root: Path) -> tuple[Project | None, list[Finding]]:
    """The project in folder `root` with all findings, sorted by place; no project while one of them is an error."""
    from journey_engine.language.check import check  # the checks stand on this module

    checked = check(root)
    return checked.project, list(checked.findings)


def load_project(root: Path) -> Project:
    """The project in folder `root`. Raises check.Unreadable, which carries all findings, if one of them is an error."""
    from journey_engine.language.check import Unreadable, check

    checked = check(root)
    if checked.project is None:
        raise Unreadable(checked.findings)
    return checked.project


def read_documents(content: bytes, file: str) -> tuple[tuple[Written, ...], list[Problem]]:
    """All documents of one YAML file and what is wrong with their spelling; after an unreadable place nothing more.

    Never raises for what stands in the file. `file` is only repeated in the problems.
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        place = Place(before.count(b"\n") + 1, len(before.rpartition(b"\n")[2].decode("utf-8", "replace")) + 1)
        return (), [Problem(file, place, *misspelt.NOT_UTF8)]
    text = text.replace("\r\n", "\n")
    swift = None if _PARTED.search(text) else _swift(file, text)
    if swift is not None:
        return tuple(swift.documents), swift.problems
    builder = _Builder(file, text)
    try:
        builder.build(cast("Any", YAML(typ="safe", pure=True)).parse(text))
    except YAMLError as error:
        told = {problem.place.line for problem in builder.problems}
        place, what, write = _explain(error, text)
        if place.line not in told:
            builder.problems.append(Problem(file, place, what, write))
        return (), builder.problems
    return tuple(builder.documents), builder.problems


def _swift(file: str, text: str) -> _Builder | None:
    """As read by libyaml, ten times as fast; None where it stumbles: only the other parser's complaints are known.

    `YAML(…).parse` makes a class for each file and looks for plug-ins: as long again as libyaml reads.
    """
    if _LIBYAML is None:
        return None
    builder = _Builder(file, text)
    try:
        builder.build(iter(_LIBYAML(text).get_event, None))
    except YAMLError:
        return None
    return builder


def read_document(content: bytes, file: str) -> tuple[Written | None, list[Problem]]:
    """The one document of a YAML file, None when it could not be read to its end or is empty."""
    documents, problems = read_documents(content, file)
    if not documents:
        return None, problems or [Problem(file, Place(1, 1), *misspelt.NOTHING_THERE)]
    for second in documents[1:]:
        problems.append(Problem(file, second.place, *misspelt.SECOND_DOCUMENT))
    return documents[0], problems


def _explain(error: YAMLError, text: str) -> tuple[Place, Words, Words]:
    told = cast("Any", error)  # the library's errors carry no types
    if isinstance(error, ReaderError):
        before = text[: told.position]
        place = Place(before.count("\n") + 1, len(before.rpartition("\n")[2]) + 1)
        return place, *misspelt.unprintable(ord(text[told.position]))
    if not isinstance(error, MarkedYAMLError) or told.problem_mark is None:
        return Place(1, 1), *misspelt.TOO_DEEP
    mark, begun = told.problem_mark, told.context_mark or told.problem_mark
    complaint = misspelt.Complaint(str(told.problem or ""), mark.line, mark.column, begun.line, begun.column)
    return misspelt.explain(complaint, text.split("\n"))


class _Builder:
    """Builds the written tree of each document from the reader's events, collecting what is misspelt on the way."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.text = text
        self.documents: list[Written] = []
        self.problems: list[Problem] = []

    def build(self, events: Iterator[Any]) -> None:
        """Read all events. Raises YAMLError where the text is no YAML."""
        for event in events:
            if isinstance(event, DocumentStartEvent):
                first = next(events)
                written = self._node(first, events, 0, "")
                empty = isinstance(written, Scalar) and not written.raw
                if not empty:
                    self.documents.append(written)

    def _complain(self, place: Place, sentence: tuple[Words, Words]) -> None:
        problem = Problem(self.file, place, *sentence)
        if problem not in self.problems:
            self.problems.append(problem)

    def _node(self, event: Any, events: Iterator[Any], depth: int, key: str) -> Written:
        start = event.start_mark
        place = Place(start.line + 1, start.column + 1)
        if depth > DEEPEST:
            raise YAMLError
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) or getattr(event, "tag", None):
            self._complain(place, misspelt.SPECIAL)
        if isinstance(event, ScalarEvent):
            return self._scalar(event, place, key)
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, depth, place)
        if isinstance(event, SequenceStartEvent):
            items: list[Written] = []
            while not isinstance(following := next(events), SequenceEndEvent):
                items.append(self._node(following, events, depth + 1, key))
            return Listing(place, tuple(items))
        return Scalar("", place, "*")

    def _mapping(self, events: Iterator[Any], depth: int, place: Place) -> Mapping:
        entries: dict[str, tuple[Place, Written]] = {}
        while not isinstance(following := next(events), MappingEndEvent):
            name = self._node(following, events, depth + 1, "otherwise")
            spot, key = name.place, name.text if isinstance(name, Scalar) else ""
            if not isinstance(name, Scalar):
                self._complain(spot, misspelt.COMPLEX_KEY)
            value = self._node(next(events), events, depth + 1, key)
            if isinstance(value, Scalar) and not value.raw:
                value = Scalar("", spot, "")
                if not near(key, _MAY_BE_EMPTY):
                    has_colon = self.text[following.end_mark.index :].lstrip().startswith(":")
                    self._complain(spot, misspelt.EMPTY if has_colon else misspelt.BRACED)
            if key in entries:
                self._complain(spot, misspelt.twice(key, entries[key][0]))
            else:
                entries[key] = (spot, value)
        return Mapping(place, entries)

    def _scalar(self, event: Any, place: Place, key: str) -> Scalar:
        end = event.end_mark
        raw = self.text[event.start_mark.index : end.index]
        text = self._whole(event.value, place) if raw[:1] == '"' else event.value  # only there can escapes stand
        scalar = Scalar(text, place, raw)
        if not scalar.is_plain:
            return scalar
        if found := misspelt.FULL_WIDTH_COLON.match(raw):
            self._complain(Place(place.line, place.column + found.end() - 1), misspelt.full_width_colon(found[1]))
        cut = _COMMENT.match(self.text, end.index) if raw else None
        if cut and (key in _COPY or not cut[1]):
            spot = Place(end.line + 1, end.column + cut.end() - len(cut[1]) - end.index)
            self._complain(spot, misspelt.CUT_COPY if key in _COPY else misspelt.CUT)
        if key in _COPY and "\n" in raw:
            self._complain(place, misspelt.FOLDED)
        return scalar

    def _whole(self, text: str, place: Place) -> str:
        """The text with halves of characters (JSON writes 😀 as two escapes) joined; what cannot be kept is told."""
        if "\0" in text:
            self._complain(place, misspelt.unprintable(0))
            text = text.replace("\0", "")
        if not _HALVES.search(text):
            return text
        try:
            return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
        except UnicodeDecodeError:
            self._complain(place, misspelt.HALF)
            return _HALVES.sub("", text)
