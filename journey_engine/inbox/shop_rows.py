"""What a shop says of one event, read by the schema into the form the inbox keeps; it asks no database."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any, cast

from journey_engine.errors import JourneysError
from journey_engine.language.project import Project
from journey_engine.language.schema import EventKind
from journey_engine.language.words import did_you_mean
from journey_engine.members.phones import country_of, normal

_KEYS = ("id", "event", "member", "at", "value", "properties")
_NUMBER = re.compile(r"-?[0-9]{1,30}(\.[0-9]{1,10})?")
REDEEM = "redeem"  # of a coupon's code, which says whose it is


class NotThisRow(JourneysError):
    """One row of what a shop sent cannot be taken; the others can."""


def row_of(project: Project, said: Any) -> dict[str, Any]:
    """The row as the inbox keeps it: who (`by`, `who`), event, at (ISO or None), value, properties as texts.

    Raises NotThisRow with what is wrong and what to write instead.
    """
    if not isinstance(said, dict):
        raise NotThisRow("An event is a JSON object.", f"Give {', '.join(_KEYS)}.")
    row = cast("dict[str, Any]", said)
    for name in row:
        if name not in _KEYS:
            raise NotThisRow(f"There is no “{name}” here.", did_you_mean(name, _KEYS).en)
    key = row.get("id")
    if not isinstance(key, str) or not 1 <= len(key) <= 200:
        raise NotThisRow("The id is no text of 1 to 200 characters.", "Give each event an id of its own, for ever.")
    name = row.get("event")
    kind = _kind(project, name)
    named = {} if name == REDEEM and "member" not in row else _member(project, row.get("member"))
    value = _value(kind, row.get("value"))
    properties = _properties(kind, row.get("properties", {}))
    (by, who), *further = named.items() or [(None, None)]
    made = {"id": key, "event": name, "by": by, "who": who, "at": _at(row.get("at")), "value": value}
    also = {"also": dict(further)} if further else {}
    return {**made, "properties": properties, "makes": project.policy.receiver.create, **also}


def _kind(project: Project, name: Any) -> EventKind:
    if name == REDEEM:
        return EventKind(key="code")
    events = project.schema_.events
    if not isinstance(name, str) or name not in events:
        raise NotThisRow(f"The schema declares no event “{name}”.", did_you_mean(str(name), events).en)
    feeds = project.feeds_of(name)
    if feeds and not events[name].live:
        cure = "Take it out of the feed and write live: yes in schema.yaml, or leave it to the feed."
        raise NotThisRow(f"“{name}” is brought by the feed {feeds[0]}; it would count twice.", cure)
    return events[name]


def identity_kinds(project: Project) -> set[str]:
    """The kinds of identity by which the project knows members."""
    kinds = {"line"}
    for feed in project.feeds.values():
        kinds.add(feed.member.by)
        kinds.update(feed.members.identities if feed.members else ())
    return kinds


def _member(project: Project, said: Any) -> dict[str, str]:
    """Her identities by kind, in the order given: the first one says who did it, further ones that these are hers."""
    given: dict[str, Any] = cast("dict[str, Any]", said) if isinstance(said, dict) else {}
    kinds = sorted(identity_kinds(project))
    if not given:
        raise NotThisRow("The member is not given by an identity.", f'Write {{"{kinds[0]}": "…"}}.')
    first = next(iter(given))
    for by in given:
        if by not in kinds:
            raise NotThisRow(f"Nobody is known by “{by}”.", did_you_mean(by, kinds).en)
        if by != first and not project.policy.merge.joins(first, by):
            raise NotThisRow(f"A {by} joins nobody here.", "Give one identity, or name both kinds in merge: by.")
    return {by: _identity(project, by, who) for by, who in given.items()}


def _identity(project: Project, by: str, who: Any) -> str:
    if not isinstance(who, str) or not 1 <= len(who) <= 500:
        raise NotThisRow(f"The {by} is no text.", "Write it in quotation marks.")
    kept = normal(by, who, country_of(project.policy))
    if kept is None:
        raise NotThisRow(f"“{who}” is no telephone number.", "Write it with its country: +886912345678.")
    return kept


def _at(said: Any) -> str | None:
    if said is None:
        return None
    try:
        at = datetime.fromisoformat(str(said))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None or not 1970 <= at.year <= 9000:
        raise NotThisRow(f"“{said}” is no instant.", "Write it with its offset: 2026-12-05T10:00:00+08:00.")
    return at.astimezone(UTC).isoformat()


def _value(kind: EventKind, said: Any) -> str | None:
    if kind.value is None:
        if said is not None:
            raise NotThisRow("This event has no value.", "Leave it out, or declare value: money in schema.yaml.")
        return None
    return _number("value", said)


def _properties(kind: EventKind, said: Any) -> dict[str, Any]:
    if not isinstance(said, dict):
        raise NotThisRow("The properties are no JSON object.", 'Write {"name": "value"}.')
    types: Mapping[str, str] = {**kind.properties, **({kind.key: "text"} if kind.key else {})}
    given = cast("dict[str, Any]", said)
    for name in given:
        if name not in types:
            raise NotThisRow(f"The schema declares no property “{name}” of it.", did_you_mean(name, types).en)
    if kind.key and not given.get(kind.key):
        raise NotThisRow(f"The property “{kind.key}” is missing.", "It is what the event is known by.")
    return {name: _typed(name, types[name], value) for name, value in given.items() if value is not None}


def _typed(name: str, kind: str, said: Any) -> Any:
    match kind:
        case "number" | "money":
            return _number(name, said)
        case "list":
            if isinstance(said, list):
                return cast("list[Any]", said)
        case "date":
            try:
                return date.fromisoformat(str(said)).isoformat()
            except ValueError:
                pass  # said below, with its cure
        case _:
            if isinstance(said, str):
                return said
    raise NotThisRow(f"“{name}” is no {kind}.", "Write it as schema.yaml declares it; a date as 2026-12-05.")


def _number(name: str, said: Any) -> str:
    written = said if isinstance(said, str) else repr(said) if type(said) in (int, float) else ""
    if _NUMBER.fullmatch(written) is None:
        raise NotThisRow(f"“{name}” is no number.", "Write it without separators, as 1204 or 1204.50.")
    return written
