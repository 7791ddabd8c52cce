"""A feed begun from a file: which files are written and which lines of the schema; nothing there is overwritten."""

from __future__ import annotations

import re
from pathlib import Path

from journey_engine.errors import UsageError
from journey_engine.language.feed import Feed, Format
from journey_engine.language.gather import Gathered, folder_of, gather
from journey_engine.language.schema import Schema
from journey_engine.language.written import NAME
from journey_engine.members.phones import country_of
from journey_engine.reading import sources
from journey_engine.starting.columns import look
from journey_engine.starting.copying import AlreadyThere, Beginning, NoName, NoProject
from journey_engine.starting.feed_texts import feed_text, order_key, quoted, suite_text
from journey_engine.starting.guesses import Guess, guess, kind_of, name_of
from journey_engine.starting.schema_lines import Kind, lacks, read_schema, with_lines

_DAYS = ((r"20[0-9]{2}-[01][0-9]-[0-3][0-9]", "{day}"), (r"20[0-9]{2}[01][0-9][0-3][0-9]", "{day:%Y%m%d}"))


class NotInProject(UsageError):
    """A feed finds files below its project only."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            "The file lies outside the project folder.", "Copy it into data/ and name it there.", str(file)
        )


class NobodyInIt(UsageError):
    """No column tells whose a row is."""

    def __init__(self, file: Path) -> None:
        super().__init__(
            "No column seems to tell which member a row is about.",
            "A feed needs one: a customer number, a LINE user id, an e-mail address or a telephone number.",
            str(file),
        )


def begin_feed(root: Path, file: Path, name: str | None) -> Beginning:
    """The feed of a file, its suite, and what the schema lacks for it. Writes nothing.

    Raises NotInProject, NobodyInIt, NoName, AlreadyThere, NoProject, and what is wrong with the file.
    """
    path = file.resolve()
    if not path.is_file() or not path.is_relative_to(root):
        raise NotInProject(file)
    called = name or name_of(re.sub(r"[^a-zA-Z]+$", "", path.stem) or path.stem, 1)
    if NAME.fullmatch(called) is None:
        raise NoName(called)
    found = gather(root)
    schema_path = folder_of(root) / "schema.yaml"
    text = schema_path.read_text(encoding="utf-8") if schema_path.is_file() else ""
    has = read_schema(text)
    if has is None or found.policy is None:
        raise NoProject(root)
    policy = found.policy.value
    reading = sources.of_file(Format(), None, path)
    looks, _ = look(reading, country_of(policy))
    events = _events(found, has, called)
    guessed = guess(looks, frozenset({*has.events, *events}))
    if guessed is None:
        raise NobodyInIt(file)
    files = {
        folder_of(root) / "feeds" / f"{called}.yaml": feed_text(
            called, _pattern(path, root), guessed, events, policy.zone, reading.read_as, policy.language
        ),
        root / "expectations" / f"{called}.json": suite_text(called, guessed, looks, policy.language),
    }
    there = tuple(sorted(each.relative_to(root).as_posix() for each in files if each.exists()))
    if there:
        raise AlreadyThere(there)
    return _with_schema(files, schema_path, text, has, guessed, events)


def _pattern(path: Path, root: Path) -> str:
    """The file below the project; a day in its name stands for every day."""
    name = path.name
    for form, word in _DAYS:
        if re.search(form, name):
            name = re.sub(form, word, name, count=1)
            break
    return (path.relative_to(root).parent / name).as_posix()


def _events(found: Gathered, has: Schema, called: str) -> tuple[str, str]:
    """What an order and a line of it are called; an event that another feed brings would count twice."""
    feeds: list[Feed] = [kept.value for kept in found.feeds.values()]
    brought = {brings.event for feed in feeds for brings in feed.brings}
    stem = "purchase" if not {"purchase", "purchase_item"} & brought else called[:25]
    return tuple(f"{each}_event"[:30] if each in has.attributes else each for each in (stem, f"{stem}_item"))  # type: ignore[return-value]


def _with_schema(
    files: dict[Path, str], path: Path, text: str, has: Schema, guessed: Guess, events: tuple[str, str]
) -> Beginning:
    types = {name: kind_of(each) for name, each in guessed.rest.items()}
    titles = {name: f", title: {quoted(each.name)}" if each.name != name else "" for name, each in guessed.rest.items()}
    lines = ["attributes:"] if guessed.at is None else ["attributes: {}", "events:"]
    if guessed.at is None:
        lines += [f"  {name}: {{type: {types[name]}{titles[name]}}}" for name in guessed.rest]
        lines = lines if guessed.rest else ["attributes: {}"]
        lines.append("events: {}")
    else:
        lines += list(_event_lines(guessed, types, events))
    wanted_text = "\n".join(lines) + "\n"
    wanted = read_schema(wanted_text)
    assert wanted is not None, wanted_text
    words = frozenset({*types, *events, order_key(guessed)})
    used: dict[Kind, frozenset[str]] = {"attributes": words, "events": words}
    missing = lacks(wanted, wanted_text, has, used)
    new, left = with_lines(text, missing)
    return Beginning(files, path, new, tuple(each for each in missing if each not in left), left)


def _event_lines(guessed: Guess, types: dict[str, str], events: tuple[str, str]):
    money = "value: money" if guessed.money is not None else ""
    key = f"key: {order_key(guessed)}" if guessed.key is not None else ""
    inner = ", ".join(f"{name}: {kind}" for name, kind in types.items())
    held = f"properties: {{{inner}}}" if inner else ""
    first = [money, key] if guessed.lines else [money, key, held]
    yield f"  {events[0]}: {{{', '.join(part for part in first if part)}}}"
    if guessed.lines:
        yield f"  {events[1]}: {{{', '.join(part for part in (money, key, held) if part)}}}"
