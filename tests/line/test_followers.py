"""LINE's list of friends is read to its end, broken off or not; who is on it is a friend, and nobody is welcomed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine import planning
from journey_engine.inbox import inbox
from journey_engine.line import followers
from journey_engine.line.channel import SANDBOX_TOKEN, Channel, Pace
from journey_engine.line.followers import NotEntitled, Synchronised, Unanswered, read_profile, synchronise
from journey_engine.members import friends
from journey_engine.moving.tick import tick
from journey_engine.sandbox.beside import Sandbox
from tests.compiler.rows import at, world
from tests.sandbox_fixtures import user

NOON = at("2026-03-02 12:00")
LATER = NOON + timedelta(hours=1)
WELCOME = {
    "journey": "welcome",
    "enter": {"on": "follow", "again": "never"},
    "steps": {"greet": {"send": "hello"}},
}
PROJECT = world(WELCOME, profiles={"city": "display_name", "tier": "language"})
QUICK = Pace(first_backoff=0.01)


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(followers, "_BATCH", 2)


def sync(engine: Engine, sandbox: Sandbox, now: datetime = NOON, project: Any = PROJECT, **more: Any) -> Synchronised:
    channel = Channel("sandbox", sandbox.url, SANDBOX_TOKEN)
    return synchronise(engine, project, channel, now, pace=QUICK, **more)


def rows(engine: Engine, query: str) -> list[tuple[Any, ...]]:
    with engine.connect() as connection:
        return [tuple(row) for row in connection.execute(text(query))]


def run(engine: Engine, statement: str, **given: Any) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement), given)


def befriend(sandbox: Sandbox, count: int) -> None:
    sandbox.befriend(*({"id": user(n), "name": f"n{n}", "language": "ja"} for n in range(1, count + 1)))


FRIENDS = """
select i.value, f.status, f.changed_at from members m
join identities i on i.member_id = m.id left join friendships f on f.member_id = m.id order by i.value
"""


def test_who_is_on_the_list_becomes_a_friend_with_what_the_profile_says(database, sandbox):
    befriend(sandbox, 5)
    sandbox.befriend({"id": user(6), "status": "blocked"}, {"id": user(7), "status": "deleted"})
    assert sync(database, sandbox) == Synchronised(
        pages=3, listed=5, members=5, friends=5, profiles=5, changed=5, gone=0
    )
    assert rows(database, FRIENDS) == [(user(n), "friend", NOON) for n in range(1, 6)]
    assert rows(database, "select attributes, zone, changed_at from members order by id") == [
        ({"city": f"n{n}", "tier": "ja"}, None, NOON) for n in range(1, 6)
    ]
    assert rows(database, "select channel, pages, followers, next, ended_at from follower_lists") == [
        ("sandbox", 3, 5, None, NOON)
    ]


def test_nobody_is_welcomed_who_was_a_friend_all_along(database, sandbox):
    befriend(sandbox, 3)
    with database.begin() as connection:
        planning.apply(connection, planning.plan(connection, PROJECT, NOON), "a test")
        project = planning.live_project(connection)
    sync(database, sandbox, LATER)
    tick(database, project, LATER + timedelta(minutes=1))
    assert rows(database, "select * from events") == []
    assert rows(database, "select * from enrolments") == []


def test_the_same_list_again_changes_nothing_and_profiles_are_asked_for_once_in_thirty_days(database, sandbox):
    befriend(sandbox, 3)
    sync(database, sandbox)
    seen = "select m.*, f.* from members m join friendships f on f.member_id = m.id order by m.id"
    before = rows(database, seen)
    assert sync(database, sandbox, LATER) == Synchronised(pages=2, listed=3)
    assert sync(database, sandbox, LATER, again=True) == Synchronised(pages=2, listed=3, profiles=3)
    assert rows(database, seen) == before
    month = LATER + timedelta(days=31)
    sandbox.befriend({"id": user(2), "name": "美玲", "language": "ja"})
    assert sync(database, sandbox, month) == Synchronised(pages=2, listed=3, profiles=3, changed=1)
    assert rows(database, "select attributes ->> 'city', changed_at from members order by id") == [
        ("n1", NOON),
        ("美玲", month),
        ("n3", NOON),
    ]


def test_who_was_thought_to_block_is_a_friend_again_and_a_block_since_the_reading_began_stands(database, sandbox):
    befriend(sandbox, 2)
    with database.begin() as connection:
        for number, when in ((1, NOON - timedelta(days=1)), (2, LATER)):
            said = {
                "type": "unfollow",
                "timestamp": int(when.timestamp() * 1000),
                "source": {"type": "user", "userId": user(number)},
                "webhookEventId": str(number),
            }
            inbox.store(connection, [said], LATER)
        inbox.take(connection, LATER)
    assert sync(database, sandbox).friends == 1
    assert rows(database, FRIENDS) == [(user(1), "friend", NOON), (user(2), "blocked", LATER)]


@pytest.mark.parametrize("dies", ["keep_page", "keep_profiles"])
@pytest.mark.parametrize("committed", [False, True], ids=["before the commit", "after it"])
def test_killed_in_the_middle_it_goes_on_where_it_was(database, sandbox, monkeypatch, dies, committed):
    befriend(sandbox, 5)
    real, calls = getattr(friends, dies), []

    def dying(connection: Any, *given: Any) -> Any:
        calls.append(given)
        if len(calls) == 2:
            if committed:
                real(connection, *given)
                connection.commit()
            raise KeyboardInterrupt
        return real(connection, *given)

    with monkeypatch.context() as patched:
        patched.setattr(friends, dies, dying)
        with pytest.raises(KeyboardInterrupt):
            sync(database, sandbox)
    sync(database, sandbox, LATER)
    assert [row[:2] for row in rows(database, FRIENDS)] == [(user(n), "friend") for n in range(1, 6)]
    assert rows(database, "select attributes ->> 'city' from members order by id") == [(f"n{n}",) for n in range(1, 6)]
    lists = rows(database, "select pages, followers, started_at from follower_lists order by id")
    assert lists[0] == (3, 5, NOON)  # the one that was broken off was ended
    assert len(lists) == (1 if dies == "keep_page" else 2)
    asked = rows(database, "select asked_at from profiles order by member_id")
    first = 0 if dies == "keep_page" else 4 if committed else 2
    assert asked == [(NOON,)] * first + [(LATER,)] * (5 - first)


def test_a_page_that_line_no_longer_knows_means_to_begin_anew(database, sandbox):
    befriend(sandbox, 3)
    run(
        database,
        "insert into follower_lists (channel, started_at, next, pages, followers) values ('sandbox', :at, '-', 7, 14)",
        at=NOON - timedelta(days=3),
    )
    assert sync(database, sandbox).listed == 3
    assert rows(database, "select started_at, pages, followers from follower_lists") == [(NOON, 2, 3)]


def test_an_account_that_is_not_verified_is_told_so_and_known_friends_have_their_profiles(database, sandbox):
    befriend(sandbox, 1)
    sync(database, sandbox, project=world(WELCOME))
    sandbox.post("settings", {"verified": False})
    with pytest.raises(NotEntitled, match="verified or premium accounts only"):
        sync(database, sandbox, LATER)
    assert rows(database, "select attributes from members") == [({"city": "n1", "tier": "ja"},)]


def test_who_has_no_profile_keeps_what_is_known(database, sandbox):
    befriend(sandbox, 2)
    sync(database, sandbox)
    sandbox.befriend({"id": user(1), "status": "blocked"})
    assert sync(database, sandbox, LATER, again=True) == Synchronised(pages=1, listed=1, profiles=2, gone=1)
    assert rows(database, "select status from profiles order by member_id") == [("gone",), ("told",)]
    assert rows(database, "select attributes ->> 'city' from members order by id") == [("n1",), ("n2",)]
    assert rows(database, "select status from friendships") == [("friend",), ("friend",)]  # a 404 is no block


def test_what_fails_for_a_moment_is_asked_again(database, sandbox):
    befriend(sandbox, 3)
    sandbox.fault("429_rate", endpoint="followers/ids", count=2)
    sandbox.fault("500_before", endpoint="profile", count=3)
    assert sync(database, sandbox) == Synchronised(pages=2, listed=3, members=3, friends=3, profiles=3, changed=3)


def test_what_goes_on_failing_is_said_and_what_was_kept_stays(database, sandbox):
    befriend(sandbox, 3)
    sandbox.fault("500_before", endpoint="profile")
    with pytest.raises(Unanswered) as told:
        sync(database, sandbox)
    assert "500" in told.value.reason
    assert told.value.cure == "Call it again: it goes on from here."
    sandbox.heal()
    assert sync(database, sandbox, LATER) == Synchronised(pages=2, listed=3, profiles=3, changed=3)
    sandbox.fault("401")
    with pytest.raises(Unanswered) as told:
        sync(database, sandbox, LATER)
    assert told.value.cure == "Look at the channel access token."


def test_questions_take_tokens_of_the_channel_s_shared_bucket(database, sandbox):
    befriend(sandbox, 3)
    sync(database, sandbox)
    assert rows(database, "select channel, endpoint from buckets order by 2") == [
        ("sandbox", "followers/ids"),
        ("sandbox", "profile"),
    ]


def test_the_erased_are_not_asked_about(database, sandbox):
    befriend(sandbox, 2)
    sync(database, sandbox, project=world(WELCOME))
    run(database, "update members set erased_at = :at where id = 1", at=NOON)
    assert sync(database, sandbox, LATER).profiles == 1


def test_a_profile_gives_what_it_has():
    wanted = {"line_name": "display_name", "speaks": "language", "face": "picture"}
    full = {"userId": "U", "displayName": "小\u0000美", "language": "zh-TW", "pictureUrl": "https://p.example/1"}
    assert read_profile(full, wanted) == {"line_name": "小\0美", "speaks": "zh-TW", "face": "https://p.example/1"}
    assert read_profile({"displayName": " ", "pictureUrl": None}, wanted) == {}
