"""A shop for the sender's tests: writes what a pass would have written, sends, and tells what became of it."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Container, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, insert, select, text

from journey_engine.language.project import Project
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.sending import SendReport, send_due
from journey_engine.sandbox.beside import Sandbox
from journey_engine.store.tables.delivery import intents, requests
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.moving import enrolments
from journey_engine.store.tables.people import friendships, identities, members
from tests.alike import alike
from tests.sandbox_fixtures import user

NOON = datetime.fromisoformat("2026-03-02T12:00:00+08:00")  # a Monday
# Backoffs short; what fails is attempted again within the drain, for five seconds.
BRISK = Pace(lease=60, timeout=5, first_backoff=0.05, longest_backoff=0.2, patience=5, give_up_after=500)

MESSAGES: dict[str, dict[str, Any]] = {
    "sale": {"topic": "promotion", "say": [{"text": "全館八折"}]},
    "hello": {"topic": "promotion", "say": [{"text": "{name}，您好"}]},
    "digest": {"topic": "news", "say": [{"text": "本週新聞"}]},
    "receipt": {"topic": "transactional", "say": [{"text": "{name|朋友} 的明細"}]},
}
JOURNEY: dict[str, Any] = {
    "journey": "welcome",
    "title": "歡迎",
    "status": "live",
    "enter": {"on": "follow", "again": "never"},
    "steps": {
        "first": {"send": "sale"},
        "second": {"send": "hello"},
        "gold": {"send": "sale", "if": "tier = '金卡'"},
        "soft": {"send": "sale", "quiet": "skip"},
    },
}


@alike
def project_of(
    policy: dict[str, Any] | None = None,
    messages: dict[str, dict[str, Any]] | None = None,
    journeys: list[dict[str, Any]] | None = None,
) -> Project:
    """A project with these messages and journeys beside or instead of the usual ones."""
    told = {**MESSAGES, **(messages or {})}
    return Project.model_validate(
        {
            "schema": {
                "attributes": {
                    "name": {"type": "text"},
                    "tier": {"type": "text"},
                    "points": {"type": "number"},
                    "photo": {"type": "text"},
                    "birthday": {"type": "date"},
                },
                "events": {},
            },
            "policy": {"zone": "Asia/Taipei", **(policy or {})},
            "stages": {"stages": [{"stage": "all", "otherwise": True}]},
            "messages": {name: {"message": name, "title": name, **body} for name, body in told.items()},
            "journeys": {each["journey"]: each for each in [JOURNEY, *(journeys or [])]},
        }
    )


class Shop:
    """Members 1, 2, … are friends in the database and in the sandbox; `due` writes an intent for one of them."""

    def __init__(self, engine: Engine, sandbox: Sandbox, project: Project) -> None:
        self.engine = engine
        self.sandbox = sandbox
        self.project = project
        self.channel = Channel("sandbox", sandbox.url, sandbox.token)

    def member(self, number: int, *, known: bool = True, friend: bool = True, **attributes: str) -> int:
        """Member `number`, a friend unless said otherwise; `known` to the sandbox."""
        zone = attributes.pop("zone", None)
        with self.engine.begin() as connection:
            row = {"member_key": f"m{number}", "attributes": attributes, "zone": zone}
            key: int = connection.execute(
                insert(members).values(**row, created_at=NOON, changed_at=NOON).returning(members.c.id)
            ).scalar_one()
            connection.execute(insert(identities).values(kind="line", value=user(number), member_id=key))
            status = "friend" if friend else "blocked"
            connection.execute(insert(friendships).values(member_id=key, status=status, changed_at=NOON))
        if known:
            self.sandbox.befriend(user(number))
        return key

    def members(self, count: int, **attributes: str) -> list[int]:
        """Members 1 to `count`."""
        return [self.member(number, **attributes) for number in range(1, count + 1)]

    def crowd(
        self,
        count: int,
        *due: str,
        unknown: Container[int] = (),
        at: datetime = NOON,
        expires: Callable[[int], timedelta] = lambda _: timedelta(hours=24),
    ) -> None:
        """Members 1 to `count`, called n1, n2, …, each with an enrolment and an intent for each message of `due`.

        Those in `unknown` are not known to the sandbox.
        """
        numbers = range(1, count + 1)
        made = {"created_at": NOON, "changed_at": NOON}
        visit = {"journey": "welcome", "version": 1, "entered_at": at, "entry_ref": "x", "entry": {}, "arm": "journey"}
        wish = {"journey": "welcome", "step": "second", "at": at, "priority": 50, "entry": {}}
        with self.engine.begin() as connection:
            rows = [{"member_key": f"m{n}", "attributes": {"name": f"n{n}"}, **made} for n in numbers]
            added = insert(members).returning(members.c.id, sort_by_parameter_order=True)
            ids = dict(zip(numbers, connection.scalars(added, rows), strict=True))
            lines = [{"kind": "line", "value": user(n), "member_id": ids[n]} for n in numbers]
            connection.execute(insert(identities), lines)
            friends = [{"member_id": ids[n], "status": "friend", "changed_at": NOON} for n in numbers]
            connection.execute(insert(friendships), friends)
            for time, message in enumerate(due, 1):
                visits = [{"member_id": ids[n], "visit": time, **visit} for n in numbers]
                entered = insert(enrolments).returning(enrolments.c.id, sort_by_parameter_order=True)
                inside = zip(numbers, connection.scalars(entered, visits), strict=True)
                wishes = [
                    {"enrolment_id": e, "member_id": ids[n], "message": message, "expires_at": at + expires(n), **wish}
                    for n, e in inside
                ]
                connection.execute(insert(intents), wishes)
        self.sandbox.befriend(*(user(n) for n in numbers if n not in unknown))

    def enrol(self, member: int, journey: str = "welcome", entered_at: datetime = NOON, **entry: str) -> int:
        """A new visit of the member to a journey."""
        with self.engine.begin() as connection:
            visit = connection.execute(text("select count(*) + 1 from enrolments")).scalar_one()
            row = {"journey": journey, "member_id": member, "visit": visit, "version": 1, "entered_at": entered_at}
            return connection.execute(
                insert(enrolments)
                .values(**row, entry_ref=f"event:{visit}", entry=entry, arm="journey")
                .returning(enrolments.c.id)
            ).scalar_one()

    def due(
        self,
        member: int,
        message: str = "sale",
        *,
        at: datetime = NOON,
        expires: timedelta = timedelta(hours=24),
        priority: int = 50,
        step: str = "first",
        enrolment: int | None = None,
        journey: str = "welcome",
    ) -> int:
        """An intent of the member, in an enrolment of its own unless one is given."""
        inside = enrolment or self.enrol(member, journey, at)
        row = {"enrolment_id": inside, "journey": journey, "step": step, "member_id": member, "message": message}
        with self.engine.begin() as connection:
            return connection.execute(
                insert(intents)
                .values(**row, at=at, expires_at=at + expires, priority=priority, entry={})
                .returning(intents.c.id)
            ).scalar_one()

    def run(self, statement: str, **given: Any) -> list[Any]:
        """Run SQL, in a transaction of its own; its rows if it has any."""
        with self.engine.begin() as connection:
            done = connection.execute(text(statement), given)
            return [tuple(row) for row in done] if done.returns_rows else []

    def send(
        self, now: datetime = NOON, pace: Pace = BRISK, limit: int | None = None, members: Sequence[int] | None = None
    ) -> SendReport:
        """One drain."""
        return send_due(self.engine, self.project, now, self.channel, limit, pace, members)

    def told(self) -> dict[int, str]:
        """What every intent has come to: its status, and the reason if there is one."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(intents.c.id, intents.c.status, intents.c.reason).order_by(intents.c.id))
            return {row.id: f"{row.status}: {row.reason}" if row.reason else row.status for row in rows}

    def requests(self) -> list[tuple[str, str, int]]:
        """(endpoint, status, attempts) of every request, oldest first."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(requests.c.endpoint, requests.c.status, requests.c.attempts).order_by(requests.c.id)
            )
            return [(row.endpoint, row.status, row.attempts) for row in rows]

    def happened(self) -> list[tuple[int, str, str, datetime, dict[str, str]]]:
        """(member, name, of, at, properties) of every event of the sender's."""
        with self.engine.connect() as connection:
            columns = (events.c.member_id, events.c.name, events.c.of, events.c.at, events.c.properties)
            rows = connection.execute(select(*columns).where(events.c.source == "sender").order_by(events.c.id))
            return [tuple(row) for row in rows]

    def got(self, number: int) -> list[str]:
        """The texts that LINE accepted for member `number`, in order."""
        return [
            str(message.get("text", message["type"]))
            for taken in self.sandbox.accepted_for(user(number))
            for message in taken.messages
        ]

    def assert_ledgers_agree(self) -> None:
        """The accepted intents of a request are one acceptance in the sandbox's ledger, and the reverse."""
        with self.engine.connect() as connection:
            ours = Counter(
                (row.recipient, row.body)
                for row in connection.execute(
                    select(intents.c.recipient, requests.c.body)
                    .join(requests, requests.c.id == intents.c.request_id)
                    .where(intents.c.status == "accepted")
                    .group_by(requests.c.id, intents.c.recipient)
                )
                for row in [_Said(row.recipient, row.body)]
            )
        theirs = Counter((to, json.dumps(taken.messages)) for taken in self.sandbox.ledger() for to in taken.to)
        assert ours == theirs


class _Said:
    def __init__(self, recipient: str, body: bytes) -> None:
        self.recipient = recipient
        self.body = json.dumps(json.loads(body)["messages"])
