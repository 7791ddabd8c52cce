"""What members write and tap, heard by the rules of replies.yaml: answers, tags, attributes; it sends nothing.

An answer is an intent of no visit, which the sender decides and sends like any other: by the reply token that LINE gave
with the words, free of charge and at any hour.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import ARRAY, BigInteger, Connection, cast, func, literal, select, text

from journey_engine.inbox import surveys
from journey_engine.inbox.surveys import Said
from journey_engine.language.buttons import tag_of
from journey_engine.language.durations import Duration
from journey_engine.language.listening import Listener, own_words, plain
from journey_engine.language.message import taps_in
from journey_engine.language.office import is_open
from journey_engine.language.project import Project
from journey_engine.language.reply import OTHERWISE, Answering
from journey_engine.language.written import TagGrant
from journey_engine.line.seat import call_senders
from journey_engine.members import consenting, tags

# The journey that intents of answers stand under: no journey can be called so, for the file is replies.yaml.
REPLIES = "replies"
# LINE: a reply token is good for a minute. With `push: yes` an answer may be as late as any message of a step.
_FREE, _PUSHED = timedelta(minutes=1), timedelta(hours=24)
_PRIORITY = 100  # she is waiting for it

_SAID = text("""
select id, source, key, member_id, at, outcome, "of", properties from taking
where goes and member_id is not null and source = 'line'
  and (outcome = 'message' and properties ? 'text' or outcome = 'postback' and properties ? 'data'
       or outcome = 'click' and properties ? 'button')
order by at, id
""")
_LAST = text("""
select member_id, "of" as rule, max(at) as at from events
where name = 'reply' and member_id = any(cast(:members as bigint[])) and at > :since group by 1, 2
""")
_EVENTS = text("""
insert into events (member_id, name, at, "of", properties, source)
select g.member_id, g.name, g.at, g.about, g.properties, 'replies'
from jsonb_to_recordset(cast(:rows as jsonb)) as g (member_id bigint, name text, at timestamptz, about text,
                                                    properties jsonb, place int)
order by g.place
""")
_INTENTS = text("""
insert into intents (journey, step, member_id, message, at, expires_at, priority, entry, free, answers)
select :journey, g.rule, g.member_id, g.message, g.at, g.expires_at, :priority, '{}', g.free, g.answers
from jsonb_to_recordset(cast(:rows as jsonb)) as g (rule text, member_id bigint, message text, at timestamptz,
                                                    expires_at timestamptz, free boolean, answers text, place int)
order by g.place
on conflict (answers) where answers is not null do nothing
""")
_SET = """
update members m set attributes = {told}, changed_at = :now,
    arrived = (pg_current_xact_id()::text)::bigint
from (select member_id, jsonb_object_agg(name, value order by place) as said
      from jsonb_to_recordset(cast(:rows as jsonb)) as r (member_id bigint, name text, value text, place int)
      group by 1) g
where m.id = g.member_id and {told} is distinct from m.attributes
  and (m.erased_at is null or m.erased_at > :now)
"""
_SET_LAST = text(_SET.format(told="m.attributes || g.said"))
_SET_FIRST = text(_SET.format(told="g.said || m.attributes"))  # what she has already stays


@dataclass(frozen=True, slots=True)
class _Heard:
    """One thing a member wrote or tapped, and the rule that answers it."""

    row: Said
    name: str
    rule: Answering


def answer(connection: Connection, project: Project, now: datetime) -> int:
    """Do what the rules say about the rows of `taking` that became events, in the transaction that takes them.

    Returns how many rules were followed. `again_after` is kept by the instants at which things were written.
    """
    rows = [Said(*row) for row in connection.execute(_SAID)]
    if not rows:
        return 0
    ready = _ready(_Whole(project))
    tapped = ((row.member_id, grant, f"click of {message}") for row in rows for message, grant in ready.tapped(row))
    _grant(connection, tapped, project.policy.zone, now)
    _came(connection, [(row, source) for row in rows if (source := ready.source(row)) is not None], project, now)
    answers = surveys.hear(connection, project, rows, ready.is_claimed) if project.surveys else []
    follow(connection, project, answers, now)
    taken = {each.said.id for each in answers}
    heard = [each for row in rows if row.id not in taken and (each := ready.heard(row)) is not None]
    rested = _rested(connection, heard)
    if rested:
        _write(connection, project, rested, now)
    return len(rested)


def follow(connection: Connection, project: Project, answers: Sequence[surveys.Follows], now: datetime) -> None:
    """The intents, tags and attributes that follow from answers to surveys. The next question may be pushed where its
    reply token is too old; thanks may not."""
    wanted = [_wish(each.said, each.survey, each.message, each.free) for each in answers if each.message is not None]
    values = [(each.said.member_id, name, value) for each in answers for name, value in each.values.items()]
    _put(connection, wanted, values, now)
    granted = ((each.said.member_id, tag, f"answer of {each.survey}") for each in answers for tag in each.tags)
    _grant(connection, granted, project.policy.zone, now)


def _came(connection: Connection, told: Sequence[tuple[Said, str]], project: Project, now: datetime) -> None:
    """Who said where she comes from: an event each time, and the attribute for good the first time."""
    if not told:
        return
    events = [
        {"member_id": row.member_id, "at": row.at, "name": "came_from", "properties": {"source": source}, "place": n}
        for n, (row, source) in enumerate(told)
    ]
    connection.execute(_EVENTS, {"rows": orjson.dumps(events).decode()})
    into = project.replies.friends.into if project.replies and project.replies.friends else None
    if into is not None:
        values = [
            {"member_id": row.member_id, "name": into, "value": source, "place": -n}
            for n, (row, source) in enumerate(told)
        ]
        connection.execute(_SET_FIRST, {"rows": orjson.dumps(values).decode(), "now": now})


def _rested(connection: Connection, heard: Sequence[_Heard]) -> list[_Heard]:
    """Those whose rule did not answer the same member within its `again_after`."""
    lengths = [each.rule.again_after for each in heard if each.rule.again_after is not None]
    if not lengths:
        return list(heard)
    since = min(each.row.at for each in heard) - max(map(_rest, lengths))
    asked = {"members": list({each.row.member_id for each in heard}), "since": since}
    last = {(row.member_id, row.rule): row.at for row in connection.execute(_LAST, asked)}
    found: list[_Heard] = []
    for each in heard:
        whose, length = (each.row.member_id, each.name), each.rule.again_after
        if length is None or whose not in last or last[whose] + _rest(length) <= each.row.at:
            last[whose] = each.row.at
            found.append(each)
    return found


def _rest(length: Duration) -> timedelta:
    """The elapsed time of it: here nothing hangs on an hour more or less, and a month has 30 days."""
    if length.is_exact:
        return length.exact
    return timedelta(days=30 * length.amount if length.unit == "month" else length.days)


def _write(connection: Connection, project: Project, heard: Sequence[_Heard], now: datetime) -> None:
    """The events, intents, tags and attributes that follow."""
    told: list[dict[str, Any]] = []
    wanted: list[dict[str, Any]] = []
    values: list[tuple[int, str, str]] = []
    allowed: list[consenting.Statement] = []
    for each in heard:
        row, message = each.row, _message(each, project)
        who = {"member_id": row.member_id, "at": row.at}
        properties = {"message": message} if message else {}
        told.append({**who, "name": "reply", "about": each.name, "properties": properties, "place": len(told)})
        if each.rule.enter is not None:
            entry = {"rule": each.name}
            told.append({**who, "name": "enter", "about": each.rule.enter, "properties": entry, "place": len(told)})
        if message is not None:
            wanted.append(_wish(row, each.name, message, not each.rule.push))
        values += [(row.member_id, name, value) for name, value in each.rule.set.items()]
        source, proof = f"reply {each.name}", {"event": f"{row.source}:{row.key}"}
        for topic, granted in each.rule.consents.items():
            allowed.append(consenting.Statement(row.member_id, topic, granted, row.at, source, proof))
    connection.execute(_EVENTS, {"rows": orjson.dumps(told).decode()})
    _put(connection, wanted, values, now)
    consenting.state(connection, allowed)
    granted = ((each.row.member_id, each.rule.tag, f"reply {each.name}") for each in heard if each.rule.tag is not None)
    _grant(connection, granted, project.policy.zone, now)


def _wish(row: Said, rule: str, message: str, is_free: bool) -> dict[str, Any]:
    """A message in answer to this row; one that is free goes by its reply token or not at all."""
    who = {"member_id": row.member_id, "at": row.at, "expires_at": row.at + (_FREE if is_free else _PUSHED)}
    return {**who, "rule": rule, "message": message, "free": is_free, "answers": f"{row.source}:{row.key}"}


def _put(
    connection: Connection, wanted: Sequence[dict[str, Any]], values: Sequence[tuple[int, str, str]], now: datetime
) -> None:
    """Write messages that are wanted, and attributes by member."""
    if wanted:
        rows = orjson.dumps([{**each, "place": place} for place, each in enumerate(wanted)]).decode()
        connection.execute(_INTENTS, {"rows": rows, "journey": REPLIES, "priority": _PRIORITY})
        call_senders(connection)
    if values:
        told = [
            {"member_id": who, "name": name, "value": value, "place": n} for n, (who, name, value) in enumerate(values)
        ]
        connection.execute(_SET_LAST, {"rows": orjson.dumps(told).decode(), "now": now})


def _message(each: _Heard, project: Project) -> str | None:
    if each.rule.closed is not None and not is_open(each.row.at, project.policy):
        return each.rule.closed
    return each.rule.answer


def _grant(connection: Connection, granted: Iterable[tuple[int, TagGrant, str]], zone: str, now: datetime) -> None:
    whom: dict[tuple[TagGrant, str], list[int]] = {}
    for member, grant, source in granted:
        whom.setdefault((grant, source), []).append(member)
    for (grant, source), members in whom.items():
        theirs = select(func.unnest(cast(literal(members), ARRAY(BigInteger))).label("id"))
        tags.grant(connection, theirs, grant, source, zone, now)


# ---- what a project hears, made ready once --------------------------------------------------------------------------
class _Ready:
    """The rules of a project, and the tags of its buttons: one that `taps` is known by its message and name, one that
    says something in the member's name by the words."""

    def __init__(self, project: Project) -> None:
        self._rules: Mapping[str, Answering] = project.replies.rules if project.replies else {}
        sources = project.replies.sources if project.replies else {}
        self._sources = {plain(source.says): name for name, source in sources.items() if source.says}
        own = own_words(project.messages.values()) | set(self._sources)
        self._own = frozenset(plain(words) for words in own)
        self._listener = Listener(project.replies, own) if project.replies else None
        self._tags: dict[tuple[str, str], list[tuple[str, TagGrant]]] = {}
        for name, message in project.messages.items():
            for tap in taps_in(message):
                grant, button, words = tag_of(tap), tap.taps, tap.sends
                if grant is not None and (button or words):
                    key = (name, button) if button else ("", plain(words or ""))
                    self._tags.setdefault(key, []).append((name, grant))

    def heard(self, row: Said) -> _Heard | None:
        """What answers it, if anything does."""
        name = self._listener.rule(row.outcome, _words(row)) if self._listener else None
        return None if name is None else _Heard(row, name, self._rules[name])

    def is_claimed(self, row: Said) -> bool:
        """Whether words are meant for a rule, a source or a button, and so answer no question in her own words."""
        rule = self._listener.rule(row.outcome, _words(row)) if self._listener else None
        return rule not in (None, OTHERWISE) or plain(_words(row)) in self._own

    def source(self, row: Said) -> str | None:
        """The source whose words these are."""
        return self._sources.get(plain(_words(row))) if self._sources and row.outcome == "message" else None

    def tapped(self, row: Said) -> list[tuple[str, TagGrant]]:
        """The tags of the button that was tapped, each with its message."""
        if not self._tags:
            return []
        match row.outcome:
            case "click":
                return self._tags.get((row.of or "", _words(row)), [])
            case "message":
                return self._tags.get(("", plain(_words(row))), [])
            case _:
                return []


def _words(row: Said) -> str:
    return str(row.properties[{"message": "text", "postback": "data", "click": "button"}[row.outcome]])


class _Whole:
    """A project as itself: compared by what it is, not by what it holds."""

    def __init__(self, project: Project) -> None:
        self.project = project

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Whole) and other.project is self.project

    def __hash__(self) -> int:
        return id(self.project)


@lru_cache(maxsize=4)
def _ready(whole: _Whole) -> _Ready:
    return _Ready(whole.project)
