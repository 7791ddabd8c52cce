"""The shop in which a script is played: its project, and its people and wishes as rows and as friends of LINE's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, text

from journey_engine.language.message import Message
from journey_engine.language.project import Project
from tests.chaos.scripts import SHARED, TOPICS, Event, Person, Script, Wish
from tests.sandbox_fixtures import user

BEGIN = datetime.fromisoformat("2026-03-02T12:00:00+08:00")  # a Monday, at noon in Taipei
STEPS = {"plain": 12, "gold": 1, "soft": 1}  # of each kind, at most, in one visit: conditions make long statements

_CHIPS = [{"label": "好", "taps": "yes"}, {"label": "不", "taps": "no"}]
_ALBUM = {
    "type": "bubble",
    "body": {
        "type": "box",
        "layout": "vertical",
        "contents": [
            {"type": "text", "text": "{album}"},
            {"type": "button", "action": {"type": "uri", "label": "x", "uri": "{photo}"}},
        ],
    },
}
# What is a person's own carries the tag of the wish, by an attribute that is called like the message.
_OWN: dict[str, dict[str, Any]] = {
    **{f"own_{topic}": {"topic": topic, "say": [{"text": f"{{own_{topic}}}"}]} for topic in TOPICS},
    "pair": {"topic": "service", "say": [{"text": "{pair}"}, {"text": "{pair} (2)"}]},
    "chips": {"topic": "news", "say": [{"text": "{chips}"}], "quick_replies": _CHIPS},
    "hush": {"topic": "service", "say": [{"text": "{hush}"}], "silent": "yes"},
    "named": {"topic": "promotion", "say": [{"text": "{named} {name}"}]},
    "album": {"topic": "service", "say": [{"flex": _ALBUM, "alt": "x"}]},
    "broken": {"topic": "service", "say": [{"text": "{broken}"}, {"image": {"original": "http://no.example/a.png"}}]},
}


def messages() -> dict[str, dict[str, Any]]:
    """Every message of the shop, as a marketer writes it."""
    said = {name: {"topic": name.removeprefix("shared_"), "say": [{"text": name}]} for name in SHARED} | _OWN
    if "silent" not in Message.model_fields:
        said["hush"] = {key: value for key, value in said["hush"].items() if key != "silent"}
    return said


def topic_of(message: str) -> str:
    """The topic of a message."""
    return messages()[message]["topic"]


@cache
def _project(policy: str) -> Project:
    steps: dict[str, dict[str, Any]] = {}
    rules = {"plain": {}, "gold": {"if": "tier = '金卡'"}, "soft": {"quiet": "skip"}}
    for kind, most in STEPS.items():
        for number in range(1, most + 1):
            steps[f"{kind}{number}"] = {"send": "own_news", **rules[kind]}
    journey = {
        "journey": "welcome",
        "title": "歡迎",
        "status": "live",
        "enter": {"on": "follow", "again": "never"},
        "steps": steps,
    }
    attributes = {name: {"type": "text"} for name in ("name", "tier", "photo", *_OWN)}
    return Project.model_validate(
        {
            "schema": {"attributes": attributes, "events": {}},
            "policy": {"zone": "Asia/Taipei", **json.loads(policy)},
            "stages": {"stages": [{"stage": "all", "otherwise": True}]},
            "messages": {name: {"message": name, "title": name, **body} for name, body in messages().items()},
            "journeys": {"welcome": journey},
        }
    )


def project_of(script: Script) -> Project:
    """The definitions a script is played by."""
    return _project(json.dumps(script.policy))


def instant(minute: int) -> datetime:
    """A minute of a script as an instant."""
    return BEGIN + timedelta(minutes=minute)


_PEOPLE = text("""
insert into members (id, member_key, attributes, created_at, changed_at) overriding system value
select id, 'm' || id, attributes, :begin, :begin
from jsonb_to_recordset(cast(:rows as jsonb)) as g (id int, attributes jsonb)
""")
_LINES = text("""
insert into identities (kind, value, member_id)
select 'line', line, id from jsonb_to_recordset(cast(:rows as jsonb)) as g (id int, line text)
""")
_FRIENDS = text("""
insert into friendships (member_id, status, changed_at)
select id, 'friend', :begin from jsonb_to_recordset(cast(:rows as jsonb)) as g (id int)
""")
_VISITS = text("""
insert into enrolments (id, journey, member_id, visit, version, entered_at, entry_ref, entry, arm)
overriding system value
select id, 'welcome', person, visit, 1, :begin, 'x:' || id, '{}', 'journey'
from jsonb_to_recordset(cast(:rows as jsonb)) as g (id int, person int, visit int)
""")
_WISHES = text("""
insert into intents (id, enrolment_id, journey, step, member_id, message, at, expires_at, priority, entry)
overriding system value
select id, enrolment, 'welcome', step, person, message, cast(:begin as timestamptz) + at * interval '1 minute',
       cast(:begin as timestamptz) + until * interval '1 minute', priority, '{}'
from jsonb_to_recordset(cast(:rows as jsonb))
     as g (id int, enrolment int, step text, person int, message text, at int, until int, priority int)
""")


def stock(connection: Connection, script: Script) -> None:
    """Write the script's people, visits and wishes into empty tables. An intent's id is its wish's place, from 1."""
    people = [
        {"id": each.number, "line": user(each.number), "attributes": _attributes(each, script.wishes)}
        for each in script.people
    ]
    visits = {key: number for number, key in enumerate(dict.fromkeys((w.person, w.visit) for w in script.wishes), 1)}
    used: dict[tuple[int, int, str], int] = {}
    wishes: list[dict[str, Any]] = []
    for number, wish in enumerate(script.wishes, 1):
        key = (wish.person, wish.visit, wish.step)
        used[key] = used.get(key, 0) + 1
        wishes.append(
            {
                "id": number,
                "enrolment": visits[wish.person, wish.visit],
                "step": f"{wish.step}{used[key]}",
                **{name: getattr(wish, name) for name in ("person", "message", "at", "until", "priority")},
            }
        )
    rows = [{"id": number, "person": person, "visit": visit} for (person, visit), number in visits.items()]
    given = {"begin": BEGIN}
    connection.execute(_PEOPLE, {**given, "rows": json.dumps(people)})
    connection.execute(_LINES, {"rows": json.dumps(people)})
    connection.execute(_FRIENDS, {**given, "rows": json.dumps(people)})
    connection.execute(_VISITS, {**given, "rows": json.dumps(rows)})
    connection.execute(_WISHES, {**given, "rows": json.dumps(wishes)})


def _attributes(person: Person, wishes: Sequence[Wish]) -> dict[str, str]:
    said = {"tier": "金卡", "photo": "https://cdn.example/1.png" if person.good_photo else "https://"}
    said |= {wish.message: wish.tag for wish in wishes if wish.person == person.number and wish.message in _OWN}
    return said | ({"name": "小美"} if person.named else {})


_HARMS = {
    "withdraw": """
        insert into consents (member_id, topic, granted, changed_at, source) values (:person, :what, false, :now, 'x')
        on conflict (member_id, topic) do update set granted = false, changed_at = :now""",
    "erase": "update members set erased_at = coalesce(erased_at, :now) where id = :person",
    "leave": """
        update enrolments set ended_at = :now, end_reason = 'leave'
        where member_id = :person and visit = cast(:what as int) and ended_at is null""",
    "block": "update friendships set status = 'blocked', changed_at = :now where member_id = :person",
    "downgrade": """
        update members set attributes = attributes || '{"tier": "銀卡"}', changed_at = :now where id = :person""",
}


def befall(connection: Connection, event: Event, now: datetime) -> None:
    """Let something happen to a person."""
    given: dict[str, Any] = {"person": event.person, "now": now}
    if event.harm in ("withdraw", "leave"):
        given["what"] = event.what
    connection.execute(text(_HARMS[event.harm]), given)
