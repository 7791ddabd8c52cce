"""What a schema lacks, as the lines to add, and the schema's text with them; nothing that stands there is changed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from journey_engine.language.modelling import read_model
from journey_engine.language.places import Page
from journey_engine.language.read import read_document
from journey_engine.language.schema import Schema

Kind = Literal["attributes", "events"]


@dataclass(frozen=True, slots=True)
class Lack:
    """An attribute or event that is missing, or (`properties`) what an event that is there does not declare."""

    kind: Kind
    name: str
    line: str  # as it would stand in the file
    properties: tuple[str, ...] = ()


def read_schema(text: str) -> Schema | None:
    """The schema written in `text`; None if it cannot be read."""
    written, problems = read_document(text.encode(), "schema.yaml")
    if written is None or problems:
        return None
    read = read_model(Schema, Page("schema.yaml", written), {})
    return None if read.problems else read.value


def lacks(wanted: Schema, wanted_text: str, has: Schema, used: dict[Kind, frozenset[str]]) -> tuple[Lack, ...]:
    """What `has` lacks of the attributes and events `used`; properties are looked at where they are used, too."""
    found: list[Lack] = []
    for name in wanted.attributes:
        if name in used["attributes"] and name not in has.attributes:
            found.append(Lack("attributes", name, _line(wanted_text, "attributes", name)))
    for name, event in wanted.events.items():
        if name not in used["events"]:
            continue
        if name not in has.events:
            found.append(Lack("events", name, _line(wanted_text, "events", name)))
            continue
        known = has.properties_of(name) or {}
        missing = [each for each in (*event.properties, *([event.key] if event.key else [])) if each not in known]
        missing = [each for each in missing if each in used["events"]]
        if missing:
            kinds = wanted.properties_of(name) or {}
            line = ", ".join(f"{each}: {kinds[each]}" for each in missing)
            found.append(Lack("events", name, f"properties: {{{line}}}", tuple(missing)))
    return tuple(found)


def _line(text: str, kind: Kind, name: str) -> str:
    """The entry as the template's schema writes it: there each is one line."""
    block = re.search(rf"^{kind}:\n((?:  .*\n?)*)", text, re.MULTILINE)
    line = re.search(rf"^  {name}: .*$", block[1] if block else "", re.MULTILINE)
    if line is None:
        raise LookupError(f"{kind}.{name} is not one line of the template's schema")
    return line[0]


def with_lines(text: str, missing: tuple[Lack, ...]) -> tuple[str, tuple[Lack, ...]]:
    """The schema's text with as much of `missing` as can be added safely, and what is left for people to add.

    What was there reads the same afterwards: each addition is made only if the file, read again, says so.
    """
    left: list[Lack] = []
    for lack in missing:
        added = _property_added(text, lack) if lack.properties else _entry_added(text, lack)
        if added is not None and _is_only_more(text, added, lack):
            text = added
        else:
            left.append(lack)
    return text, tuple(left)


def _entry_added(text: str, lack: Lack) -> str | None:
    """After the last line of its block, if that is written in block style."""
    lines = text.split("\n")
    head = next((number for number, line in enumerate(lines) if re.fullmatch(rf"{lack.kind}:\s*(#.*)?", line)), None)
    if head is None:
        return None
    end = head
    for number in range(head + 1, len(lines)):
        if lines[number].startswith(" "):
            end = number
        elif lines[number].strip() and not lines[number].startswith("#"):
            break
    return "\n".join([*lines[: end + 1], lack.line, *lines[end + 1 :]])


def _property_added(text: str, lack: Lack) -> str | None:
    """Into the entry's own `properties: {…}`, or behind the last brace of an entry of one line."""
    block = re.search(rf"^  {lack.name}:.*\n?(?:    .*\n?)*", text, re.MULTILINE)
    if block is None:
        return None
    inner = lack.line.removeprefix("properties: {").removesuffix("}")
    entry, count = re.subn(r"(properties: \{[^{}]*?)\s*\}", rf"\1, {inner}}}", block[0], count=1)
    if not count:
        entry, count = re.subn(r"\}([^{}\n]*)(\n?)\Z", rf", {lack.line}}}\1\2", block[0], count=1)
    if not count:
        indented = block[0].rstrip("\n")
        entry = f"{indented}\n    {lack.line}\n"
    return text[: block.start()] + entry + text[block.end() :]


def _is_only_more(before: str, after: str, lack: Lack) -> bool:
    old, new = read_schema(before), read_schema(after)
    if old is None or new is None:
        return False
    if not lack.properties:
        rest = {name: kind for name, kind in getattr(new, lack.kind).items() if name != lack.name}
        return lack.name in getattr(new, lack.kind) and new.model_copy(update={lack.kind: rest}) == old
    event, was = new.events.get(lack.name), old.events[lack.name]
    if event is None or not set(lack.properties) <= set(event.properties):
        return False
    kept = {name: kind for name, kind in event.properties.items() if name not in lack.properties}
    events = {**new.events, lack.name: event.model_copy(update={"properties": kept})}
    return events[lack.name] == was and new.model_copy(update={"events": events}) == old
