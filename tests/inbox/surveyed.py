"""A member who is asked by surveys, taps and writes; what the tests of surveys ask about."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, text

from journey_engine.inbox import inbox
from journey_engine.language.project import Project
from journey_engine.language.reply import Replies
from journey_engine.language.survey import Survey
from journey_engine.language.surveying import message_of
from tests.line.shop import NOON, project_of

NPS: dict[str, Any] = {
    "survey": "nps",
    "title": "滿意度",
    "expires": "7 days",
    "questions": {
        "recommend": {
            "nps": "您有多想推薦我們？",
            "into": "points",
            "tags": {"promoter": "fan for 30 days", "detractor": "care"},
        },
        "staff": {"csat": "店員的服務？", "labels": ["很差", "差", "普通", "好", "很好"]},
        "why": {"text": "哪裡可以更好？", "skip": "略過"},
    },
    "thanks": "digest",
}
QUIZ: dict[str, Any] = {
    "survey": "skin",
    "title": "膚質",
    "questions": {
        "feel": {
            "quiz": "洗完臉？",
            "options": {"tight": {"label": "緊", "points": 0}, "fine": {"label": "舒服", "points": 3}},
        },
        "shine": {
            "quiz": "出油？",
            "options": {"never": {"label": "不會", "points": 0}, "often": {"label": "常常", "points": 5}},
        },
        "use": {"choice": "常用？", "options": {"cream": "乳霜", "gel": "凝膠"}, "tags": {"gel": "gel_user"}},
    },
    "bands": {
        "dry": {"from": 0, "title": "乾性", "tag": "dry_skin", "set": {"tier": "乾"}},
        "oily": {"from": 5, "title": "油性", "thanks": "receipt"},
    },
    "thanks": "digest",
}
RULES: dict[str, Any] = {
    "replies": [{"reply": "hours", "says": "營業時間", "answer": "sale"}],
    "otherwise": {"answer": "receipt"},
}
ASKED = NOON - timedelta(hours=1)
TALLY = "select properties ->> 'question', properties ->> 'answer', value from events where name = 'answer' order by id"


def project(*surveys: dict[str, Any], rules: dict[str, Any] | None = RULES) -> Project:
    read = [Survey.model_validate(each) for each in surveys or (NPS, QUIZ)]
    questions = [message_of(survey, name) for survey in read for name in survey.questions]
    made = project_of()
    return made.model_copy(
        update={
            "surveys": {survey.survey: survey for survey in read},
            "messages": {**made.messages, **{message.message: message for message in questions}},
            "replies": Replies.model_validate(rules) if rules else None,
        }
    )


class Desk:
    """A member, U1, who taps and writes; `asked` says that LINE took a question."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.project = project()
        self.count = 0

    def asked(self, message: str, at: datetime = ASKED, user: str = "U1") -> None:
        with self.engine.begin() as connection:
            connection.execute(text("""
                insert into members (member_key, created_at, changed_at)
                select :who, :at, :at where not exists (select from identities where value = :who)
            """), {"who": user, "at": at})  # fmt: skip
            connection.execute(text("""
                insert into identities (kind, value, member_id)
                select 'line', :who, id from members where member_key = :who on conflict do nothing
            """), {"who": user})  # fmt: skip
            connection.execute(text("""
                insert into events (member_id, name, at, "of", properties, source)
                select id, 'accepted', :at, :message, '{}', 'sender' from members where member_key = :who
            """), {"who": user, "at": at, "message": message})  # fmt: skip

    def taps(self, message: str, button: str, at: datetime = NOON, user: str = "U1") -> None:
        self.hear(at, user, type="postback", postback={"data": f"journeys:tap:{message}:{button}"})

    def writes(self, words: str, at: datetime = NOON, user: str = "U1") -> None:
        self.hear(at, user, type="message", message={"type": "text", "id": str(self.count), "text": words})

    def hear(self, at: datetime, user: str, **more: Any) -> None:
        self.count += 1
        stamp = int(at.timestamp() * 1000)
        who = {"type": "user", "userId": user}
        event = {"webhookEventId": f"e{self.count}", "timestamp": stamp, "source": who, "mode": "active", **more}
        with self.engine.begin() as connection:
            inbox.store(connection, [event], at)
            inbox.take(connection, at, self.project)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with self.engine.connect() as connection:
            return [tuple(row) for row in connection.execute(text(query))]

    def answers(self) -> list[tuple[Any, ...]]:
        return self.rows(TALLY)

    def sent(self) -> list[tuple[Any, ...]]:
        return self.rows("select step, message, free from intents order by id")
