"""From what is written to the frozen models: every mistake in a marketer's words, and the rest of the file saved."""

from __future__ import annotations

import re
import types
from collections.abc import Mapping as AnyMapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from journey_engine.language import lacking, places
from journey_engine.language.journey import VERBS, FirstOf
from journey_engine.language.places import Page, Path, Place, Problem, Scalar, Written
from journey_engine.language.words import NOTHING, Miswritten, Words, did_you_mean, near
from journey_engine.language.written import Definition

M = TypeVar("M", bound=Definition)

_ROUNDS = 200  # each round takes at least one wrong thing out; more wrong things than this are not worth saving
# What stands in for an unreadable word inside a block, where leaving it out would lose the whole block.
_LIKELY = {
    "again": "never",
    "within": "1 day",
    "at": "day 0 09:00",
    "then": "stay",
    "share": "1%",
    "wait": "1 day",
    "zone": "UTC",
    "time": "2026-12-05 10:00",
    "until": "follow",
    "cron": "0 10 * * 1",
    "window": "10:00-20:00",
    "sample": "1000",
    "measure": "follow",
}


@dataclass(frozen=True)
class Read(Generic[M]):
    """A file as a model. `value` has only what could be read; `page` has the same paths as `value`; both languages."""

    value: M | None
    page: Page
    problems: tuple[Problem, ...]


def read_model(model: type[M], page: Page, stand_ins: AnyMapping[str, object]) -> Read[M]:
    """`page` as `model`; top-level words that are missing or unreadable are replaced by `stand_ins`, so that the rest
    can still be checked. `value` is None if even that fails."""
    if not isinstance(page.root, places.Mapping):
        word = next(iter(model.model_fields))
        what = Words(f"這個檔案要以「{word}: …」開頭。", f"This file should begin with “{word}: …”.")
        return Read(None, page, (page.problem((), what),))
    problems: list[Problem] | None = None
    root: Written = page.root
    for _ in range(_ROUNDS):
        try:
            value = model.model_validate(places.plain(root))
        except ValidationError as error:
            details = _relevant(error.errors(include_url=False))
            if problems is None:
                problems = [
                    told for detail in details if not _is_echo(detail, details) and (told := _told(model, page, detail))
                ]
            saved = _saved(root, [_Fault(detail["loc"], detail["type"]) for detail in details], stand_ins)
            if saved is None:
                return Read(None, page, tuple(problems))
            root = saved
        else:
            return Read(value, Page(page.file, root), tuple(problems or ()))
    return Read(None, page, tuple(problems or ()))


def _relevant(details: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without “too short” where that is only because the items themselves are wrong."""
    return [
        detail
        for detail in details
        if detail["type"] != "too_short"
        or not any(other is not detail and other["loc"][: len(detail["loc"])] == detail["loc"] for other in details)
    ]


def _is_echo(detail: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Whether a word is missing only because it is misspelt right there; a wait's block may begin with any of three."""
    here, word = detail["loc"][:-1], str(detail["loc"][-1]) if detail["loc"] else ""
    odd = [
        str(other["loc"][-1]) for other in details if other["type"] == "extra_forbidden" and other["loc"][:-1] == here
    ]
    return detail["type"] == "missing" and bool(near(word, odd) or (odd and word == "first_of"))


# ---- saving the rest ----------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class _Fault:
    path: Path
    kind: str


def _saved(root: Written, faults: list[_Fault], stand_ins: AnyMapping[str, object]) -> Written | None:
    """The tree without what is wrong, with something likely where the rest would be lost too; None: nothing is left."""
    whole = root
    for fault in sorted(faults, key=lambda fault: _depth_first(fault.path), reverse=True):
        path = fault.path[:-1] if fault.path[-1:] == ("[key]",) else fault.path
        likely = None if fault.kind == "extra_forbidden" or path != fault.path else _likely(whole, path, stand_ins)
        if likely is None:
            path = path[:-1] if fault.kind == "missing" and len(path) > 1 else path
            while path and not places.is_there(whole, path):
                path = path[:-1]
            if not path:
                return None
            if not places.is_there(root, path):
                continue  # it went with another fault
            likely = _likely(whole, path, stand_ins) if len(path) == 1 and path[0] in stand_ins else None
        root = places.without(root, path, likely)
    return root


def _likely(root: Written, path: Path, stand_ins: AnyMapping[str, object]) -> Written | None:
    """What may stand at `path` instead, once; None when nothing is likely or it has been tried."""
    word = str(path[-1]) if path else ""
    value = stand_ins.get(word) if len(path) == 1 else _LIKELY.get(word)
    block = places.locate(root, path[:-1])[1]
    if value is None or not isinstance(block, places.Mapping) or not places.is_there(root, path[:-1]):
        return None
    there = places.locate(root, path)[1] if places.is_there(root, path) else None
    return None if there is not None and places.plain(there) == value else places.grown(value, block.place)


def _depth_first(path: Path) -> tuple[tuple[int, str], ...]:
    """Later items of a list before earlier ones, so that taking one out moves no other that is still to go."""
    return tuple((step, "") if isinstance(step, int) else (-1, step) for step in path)


# ---- telling what is wrong ----------------------------------------------------------------------------------------
def _told(model: type[Definition], page: Page, detail: ErrorDetails) -> Problem | None:
    """The problem for one error of the models; None where the reader has already told it (an empty value)."""
    is_key = detail["loc"][-1:] == ("[key]",)
    path = detail["loc"][:-1] if is_key else detail["loc"]
    written = None if is_key else places.locate(page.root, path)[1]
    is_empty = isinstance(written, Scalar) and not written.raw and places.is_there(page.root, path)
    if is_empty and detail["type"] != "extra_forbidden":
        return None
    shown = str(path[-1]) if is_key else written.text if isinstance(written, Scalar) else ""
    kind = detail["type"]
    cause = detail.get("ctx", {}).get("error")
    if isinstance(cause, Miswritten):
        return page.problem(path, cause.what, cause.write, column=cause.column, key=is_key)
    if kind == "extra_forbidden":
        return _unknown_word(model, page, path)
    if kind == "missing":
        return _missing(page, path)
    what, write = _of_type(kind, detail, shown)
    return page.problem(path, what, write, key=is_key)


def _missing(page: Page, path: Path) -> Problem:
    what, write = lacking.word(str(path[-1]))
    return page.problem(path[:-1], what, write, key=True)


def _of_type(kind: str, detail: ErrorDetails, shown: str) -> tuple[Words, Words]:
    context = detail.get("ctx", {})
    place = str(detail["loc"][-1]) if detail["loc"] else ""
    match kind:
        case "literal_error":
            known = re.findall(r"'([^']*)'", str(context.get("expected", "")))
            return Words(f"這裡不能寫「{shown}」。", f"“{shown}” cannot stand here."), did_you_mean(shown, known)
        case "int_parsing" | "int_type" | "int_from_float" | "int_parsing_size":
            return Words(f"「{shown}」不是整數。", f"“{shown}” is not a whole number."), NOTHING
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            sign, limit = next(iter(context.items()))
            word = {
                "gt": ("大於", "above"),
                "ge": ("至少", "at least"),
                "lt": ("小於", "below"),
                "le": ("最多", "at most"),
            }
            zh, en = word[sign]
            return Words(f"「{shown}」超出範圍。", f"“{shown}” is out of range."), Words(
                f"這裡的數字要{zh} {limit}。", f"It must be {en} {limit}."
            )
        case "bool_parsing" | "bool_type":
            return Words(f"這裡不能寫「{shown}」。", f"“{shown}” cannot stand here."), Words(
                "請寫 yes 或 no。", "Write yes or no."
            )
        case "too_short":
            return lacking.items(place, int(context.get("min_length", 1)))
        case _:
            return _of_shape(kind, place)


def _of_shape(kind: str, place: str) -> tuple[Words, Words]:
    if kind.startswith("string"):
        return Words(
            "這裡要寫一段文字，不是清單或下一層。", "One text must stand here, not a list or a nested block."
        ), Words("如果文字以 { 或 [ 開頭，請加引號。", "If the text begins with { or [, put it in quotes.")
    if kind.startswith(("dict", "model", "dataclass")):
        return lacking.block(place)
    if kind.startswith(("tuple", "list")):
        return Words("這裡要寫清單。", "A list must stand here."), Words(
            "每項一行，以「- 」開頭。", "Write one item a line, each beginning with “- ”."
        )
    return Words("這裡的寫法看不懂。", "This cannot be read here."), NOTHING


def _unknown_word(model: type[Definition], page: Page, path: Path) -> Problem:
    word = str(path[-1])
    home = _home(model, page.root, path[:-1])
    known = {field.alias or name for name, field in home.model_fields.items()} if home else set[str]()
    if home is FirstOf:
        known |= {"at_most", "otherwise", "on", "count"}
    verb = next((verb for verb, step in VERBS.items() if step is home), "wait" if home is FirstOf else "")
    if verb:
        what = Words(f"{verb} 裡不能寫「{word}」。", f"“{word}” is not something a {verb} can have.")
    else:
        parent = next((str(step) for step in reversed(path[:-1]) if isinstance(step, str)), "")
        here = (f"「{parent}」裡", f"“{parent}”") if parent else ("這個檔案裡", "this file")
        what = Words(f"{here[0]}不能寫「{word}」。", f"“{word}” is not something {here[1]} can have.")
    return page.problem(path, what, did_you_mean(word, known), key=True)


def _home(model: type[Definition], root: Written, path: Path) -> type[Definition] | None:
    """The model that describes the block at `path`."""
    kinds: list[Any] = [model]
    for number, step in enumerate(path):
        here = places.locate(root, path[:number])[1]
        kinds = [inner for kind in kinds for inner in _inside(kind, step, here)]
    block = places.locate(root, path)[1]
    words = set(block.entries) if isinstance(block, places.Mapping) else set[str]()
    models = [kind for kind in kinds for kind in _models(kind)]
    return max(models, key=lambda kind: _fit(kind, words), default=None)


def _fit(model: type[Definition], words: set[str]) -> tuple[int, int]:
    names = {field.alias or name: field.is_required() for name, field in model.model_fields.items()}
    needed = sum(1 for name, is_required in names.items() if is_required and name in words)
    return needed, sum(1 for name in names if name in words)


def _options(kind: Any) -> list[Any]:
    """A type's alternatives, without Annotated and None."""
    if get_origin(kind) is Annotated:
        return _options(get_args(kind)[0])
    if get_origin(kind) in (Union, types.UnionType):
        return [option for part in get_args(kind) for option in _options(part)]
    return [] if kind is type(None) else [kind]


def _models(kind: Any) -> list[type[Definition]]:
    return [option for option in _options(kind) if isinstance(option, type) and issubclass(option, Definition)]


def _inside(kind: Any, step: places.Step, here: Written) -> list[Any]:
    """The types of what stands at `step` of a thing of type `kind`."""
    found: list[Any] = []
    for option in _options(kind):
        origin = get_origin(option)
        if origin is dict and isinstance(here, places.Mapping):
            found.append(get_args(option)[1])
        elif origin is tuple and isinstance(step, int):
            found.append(get_args(option)[0])
        elif isinstance(option, type) and issubclass(option, Definition):
            for name, field in option.model_fields.items():
                if step == (field.alias or name):
                    found.append(field.annotation)
    return found


def nowhere(file: str, what: Words, write: Words = NOTHING) -> Problem:
    """A problem with a file as a whole."""
    return Problem(file, Place(1, 1), what, write)
