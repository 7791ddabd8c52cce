"""What a preview shows of a message: values, defaults, samples, and why a member would not get it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, insert

from journey_engine.language.named import NoSuch
from journey_engine.language.project import Project
from journey_engine.previewing.asked import NoValue, for_member, values_from
from journey_engine.previewing.preview import Preview, preview_of
from journey_engine.store.tables.operation import holds
from journey_engine.store.tables.people import consents, friendships, identities, members
from tests.line.shop import NOON, project_of

MESSAGES: dict[str, dict[str, Any]] = {
    "rich": {
        "topic": "promotion",
        "say": [{"text": "{name}，您有 {points} 點，{tier|一般}會員"}],
        "quick_replies": [{"label": "兌換", "taps": "redeem"}],
    },
    "large": {"topic": "service", "say": [{"template": "confirm", "text": "{name}", "buttons": [{"label": "好"}] * 2}]},
}


def project(**policy: Any) -> Project:
    return project_of(policy=policy, messages=MESSAGES)


def told(preview: Preview) -> list[tuple[str, str]]:
    return [(note.kind, note.words.zh) for note in preview.notes]


def said(preview: Preview) -> list[str]:
    return [one["text"] for one in preview.messages or []]


def test_without_a_member_samples_stand_for_what_is_missing_and_are_called_so() -> None:
    shown = preview_of(project(), project().messages["rich"], {"name": "小美"}, member=False)

    assert said(shown) == ["小美，您有 1250 點，一般會員"]
    assert told(shown) == [
        ("value", "name：小美"),
        ("sample", "points：1250（示範值）"),
        ("default", "tier：一般（預設）"),
    ]
    assert not shown.blocked


def test_a_member_without_a_value_would_not_get_it_and_the_preview_says_why() -> None:
    shown = preview_of(project(), project().messages["rich"], {"name": "小美", "points": "很多"}, member=True)

    assert shown.blocked
    assert told(shown)[1] == (
        "blocked",
        "不會送出：沒有這個值，也沒有預設：points（現在是「很多」）；下面以示範值「1250」代替",
    )
    assert said(shown) == ["小美，您有 1250 點，一般會員"]


def test_a_value_that_makes_it_too_long_leaves_nothing_to_draw() -> None:
    shown = preview_of(project(), project().messages["large"], {"name": "長" * 300}, member=False)

    assert shown.messages is None
    assert told(shown)[-1] == ("blocked", "填好之後太長：messages[0].template.text")


def test_a_message_line_would_refuse_says_so_instead_of_being_drawn() -> None:
    broken = project_of(messages={"bad": {"topic": "news", "say": [{"flex": "files/none.json"}]}})
    shown = preview_of(broken, broken.messages["bad"], {}, member=False)

    assert shown.messages is None
    assert shown.blocked
    assert "files/none.json" in told(shown)[0][1]


def test_values_are_given_as_name_equals_value() -> None:
    assert values_from(["name=小美", "points=3=4"]) == {"name": "小美", "points": "3=4"}
    with pytest.raises(NoValue, match="“name” gives no value"):
        values_from(["name"])


@pytest.fixture
def connection(database: Engine) -> Iterator[Connection]:
    with database.begin() as connection:
        yield connection


def member(connection: Connection, status: str | None = "friend", **attributes: str) -> None:
    row = {"member_key": "m1", "attributes": attributes, "created_at": NOON, "changed_at": NOON}
    key = connection.execute(insert(members).values(row).returning(members.c.id)).scalar_one()
    connection.execute(insert(identities).values(kind="line", value="U1", member_id=key))
    connection.execute(insert(consents).values(member_id=key, topic="news", granted=False, changed_at=NOON, source="x"))
    if status:
        connection.execute(insert(friendships).values(member_id=key, status=status, changed_at=NOON))


def shown_to(connection: Connection, message: str, now: datetime = NOON, **policy: Any) -> Preview:
    made = project(**policy)
    return for_member(connection, made, [made.messages[message]], "m1", {}, now)[0]


def test_a_member_sees_her_own_values(connection: Connection) -> None:
    member(connection, name="小美", points="70", tier="金卡")

    shown = shown_to(connection, "rich")

    assert said(shown) == ["小美，您有 70 點，金卡會員"]
    assert {kind for kind, _ in told(shown)} == {"value"}


@pytest.mark.parametrize("status", [None, "blocked"])
def test_who_is_no_friend_or_withheld_consent_would_not_get_it(connection: Connection, status: str | None) -> None:
    member(connection, status)

    assert told(shown_to(connection, "digest")) == [
        ("blocked", "不會送出：不是好友（沒加入或已封鎖）"),
        ("blocked", "不會送出：沒有同意收這類訊息"),
    ]


def test_quiet_hours_and_holds_are_said(connection: Connection) -> None:
    member(connection)
    hold = {"scope": "message", "name": "sale", "reason": "測試", "cure": "", "since": NOON}
    connection.execute(insert(holds).values(hold))
    night = datetime.fromisoformat("2026-03-02T23:30:00+08:00")

    shown = shown_to(connection, "sale", night, quiet_hours="22:00-09:00")

    assert told(shown) == [("blocked", "這則訊息被攔下：測試"), ("blocked", "現在是勿擾時段，等到 09:00")]


def test_a_member_nobody_knows_is_refused_with_those_near(connection: Connection) -> None:
    member(connection)
    made = project()

    with pytest.raises(NoSuch):
        for_member(connection, made, [made.messages["sale"]], "m2", {}, NOON)


def test_cards_of_a_list_are_drawn_with_sample_items() -> None:
    words = {"type": "text", "text": "{item.name}"}
    card = {"type": "bubble", "body": {"type": "box", "layout": "vertical", "contents": [words]}}
    made = project_of(messages={"deck": {"topic": "news", "say": [{"cards": {"of": "entry.items", "flex": card}}]}})
    shown = preview_of(made, made.messages["deck"], {}, member=False)
    missing = preview_of(made, made.messages["deck"], {"name": "小美"}, member=True)

    assert [len(one["contents"]["contents"]) for one in shown.messages or []] == [3]
    assert told(shown) == [("sample", "entry.items：3 項（示範）")]
    assert told(missing) == [("blocked", "清單是空的，沒有東西可以顯示：entry.items")]


def test_what_comes_only_with_a_visit_does_not_block_a_member_before_it() -> None:
    made = project_of(messages={"visit": {"topic": "news", "say": [{"text": "{entry.order_id} {entry.day as date}"}]}})
    before = preview_of(made, made.messages["visit"], {"name": "小美"}, member=True)
    inside = preview_of(made, made.messages["visit"], {"entry.order_id": "A1"}, member=True)

    assert [kind for kind, _ in told(before)] == ["sample", "sample"]
    assert [kind for kind, _ in told(inside)] == ["value", "blocked"]
