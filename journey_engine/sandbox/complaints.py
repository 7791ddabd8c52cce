"""Small checkers that gather what is wrong with a JSON value, worded and placed as LINE does; they change no value."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeGuard

from journey_engine.sandbox.limits import URL, graphemes, utf16_units

Json = Any
Complaints = list[dict[str, str]]
Check = Callable[[Json, str, Complaints], None]
Fields = Mapping[str, tuple[bool, Check]]

_URI = re.compile(r"(?i)^(https?://[^\s/?#]+[^\s]*|tel:[^\s]+|line://[^\s]+)$")
_SCHEME = re.compile(r"(?i)^(https?|tel|line):")
_HTTPS = re.compile(r"(?i)^https://[^\s/?#]+[^\s]*$")


def is_object(value: Json) -> TypeGuard[dict[str, Json]]:
    """Whether a JSON value is an object."""
    return isinstance(value, dict)


def is_list(value: Json) -> TypeGuard[list[Json]]:
    """Whether a JSON value is an array."""
    return isinstance(value, list)


def complain(out: Complaints, message: str, path: str) -> None:
    """Add one error detail at `path` (LINE's notation: `messages[0].text`)."""
    out.append({"message": message, "property": path})


def text(most: int, *, least: int = 1, by: str = "units") -> Check:
    """A string of `least` to `most` characters, counted in UTF-16 `units` or in `graphemes`."""
    count = utf16_units if by == "units" else graphemes

    def check(value: Json, path: str, out: Complaints) -> None:
        if not isinstance(value, str):
            complain(out, "Must be a string", path)
        elif least and not value:
            complain(out, "May not be empty", path)
        elif len(value) > most // 2 and count(value) > most:
            complain(out, f"Length must be between {least} and {most}", path)

    return check


def one_of(*values: str) -> Check:
    """One of the given words."""
    known = frozenset(values)
    message = f"Must be one of the following values: [{', '.join(values)}]"

    def check(value: Json, path: str, out: Complaints) -> None:
        if not isinstance(value, str) or value not in known:
            complain(out, message, path)

    return check


def matching(pattern: str, message: str = "invalid property") -> Check:
    """A string that matches the whole of `pattern`."""
    compiled = re.compile(pattern)

    def check(value: Json, path: str, out: Complaints) -> None:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            complain(out, message, path)

    return check


def whole(least: int, most: int) -> Check:
    """An integer between `least` and `most`."""

    def check(value: Json, path: str, out: Complaints) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            complain(out, f"must be between {least} and {most}", path)

    return check


def number(least: float, most: float) -> Check:
    """A number between `least` and `most`."""

    def check(value: Json, path: str, out: Complaints) -> None:
        if not isinstance(value, int | float) or isinstance(value, bool) or not least <= value <= most:
            complain(out, f"must be between {least:g} and {most:g}", path)

    return check


def boolean(value: Json, path: str, out: Complaints) -> None:
    """True or false."""
    if not isinstance(value, bool):
        complain(out, "Must be a boolean", path)


def https(value: Json, path: str, out: Complaints) -> None:
    """An https URL of at most 2,000 characters, percent-encoded."""
    if not isinstance(value, str):
        complain(out, "Must be a string", path)
    elif not _HTTPS.match(value):
        complain(out, "Invalid URL" if value.lower().startswith("https:") else "invalid uri scheme", path)
    elif len(value) > URL:
        complain(out, f"Length must be between 1 and {URL}", path)


def uri(most: int) -> Check:
    """A URI of at most `most` characters that LINE opens: http, https, tel, line."""

    def check(value: Json, path: str, out: Complaints) -> None:
        if not isinstance(value, str):
            complain(out, "Must be a string", path)
        elif not _URI.match(value):
            complain(out, "invalid uri" if _SCHEME.match(value) else "invalid uri scheme", path)
        elif len(value) > most:
            complain(out, f"Length must be between 1 and {most}", path)

    return check


def listed(check: Check, least: int, most: int) -> Check:
    """A list of `least` to `most` items, each passing `check`."""

    def check_all(value: Json, path: str, out: Complaints) -> None:
        if not is_list(value):
            complain(out, "Must be an array", path)
            return
        items = value
        if not least <= len(items) <= most:
            complain(out, f"Size must be between {least} and {most}", path)
        for index, item in enumerate(items):
            check(item, f"{path}[{index}]", out)

    return check_all


def fields_of(value: Json, fields: Fields, path: str, out: Complaints, *, closed: bool = False) -> bool:
    """Check the named fields of an object; `closed` refuses any other. False if it is no object at all."""
    if not is_object(value):
        complain(out, "Must be an object", path)
        return False
    given = value
    for name, (required, check) in fields.items():
        item = given.get(name)
        if item is not None:
            check(item, f"{path}.{name}", out)
        elif required:
            complain(out, "May not be empty", f"{path}.{name}")
    if closed:
        for name in given:
            if name not in fields and name != "type":
                complain(out, "invalid property", f"{path}.{name}")
    return True


def shaped(fields: Fields) -> Check:
    """An object with these fields."""

    def check(value: Json, path: str, out: Complaints) -> None:
        fields_of(value, fields, path, out)

    return check
