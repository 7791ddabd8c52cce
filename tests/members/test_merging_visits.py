"""Two profiles become one while they are inside journeys: literal timelines of each rule. All times are Taipei's."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, text

from journey_engine.members.findings import say
from journey_engine.members.merging import Merged, merge_found
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

WELCOME: dict[str, Any] = {
    "journey": "welcome",
    "enter": {"on": "visit", "again": "never"},
    "goal": {"if": "purchase since entry", "within": "14 days", "then": "stay"},
    "steps": {"greet": {"send": "hello"}, "rest": {"wait": "3 days"}, "remind": {"send": "nudge"}},
}


class Two(Stage):
    """mei, made first, and may, whom a person says to be the same one day."""

    def __init__(self, engine: Engine, *journeys: dict[str, Any]) -> None:
        super().__init__(engine, world(*(journeys or (WELCOME,))))
        self.member("mei", born="2026-01-01 00:00")
        self.member("may", born="2026-01-02 00:00")

    def merge(self, when: str) -> Merged:
        with self.engine.begin() as connection:
            say(connection, self.ids["may"], self.ids["mei"], "Ann", "one card", at(when))
        return merge_found(self.engine, at(when))

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        return self.rows(text(query))


@pytest.fixture
def two(database: Engine) -> Two:
    return Two(database)


def test_where_only_the_other_is_inside_her_visit_goes_on_at_the_same_place_with_the_same_times(two: Two):
    two.event("2026-03-02 10:00", "visit", key="may")
    two.run("2026-03-02 10:01")
    merged = two.merge("2026-03-03 10:00")
    assert (merged.members, merged.counts["enrolments"]) == (1, 1)
    assert two.waits() == ["rest until 2026-03-05 10:00"]
    assert two.waits("may") == []
    two.run("2026-03-05 10:01")
    assert two.path() == [
        "2026-03-02 10:00 (enter) journey", "2026-03-02 10:00 greet next", "2026-03-05 10:00 rest next",
        "2026-03-05 10:00 remind next", "2026-03-05 10:00 (end) finished",
    ]  # fmt: skip
    assert two.intents() == ["2026-03-02 10:00 hello", "2026-03-05 10:00 nudge"]
    assert two.ask("select journey, member_id from inside") == []


def test_where_both_are_inside_hers_goes_on_and_the_other_ends_as_merged_with_what_it_had_not_sent(two: Two):
    two.event("2026-03-02 10:00", "visit", key="may")
    two.event("2026-03-02 12:00", "visit", key="mei")
    two.run("2026-03-02 12:01")
    merged = two.merge("2026-03-03 10:00")
    assert merged.counts == {
        "enrolments": 1, "events": 1, "intents": 1, "intents withdrawn": 1, "moves": 2, "visits ended": 1,
    }  # fmt: skip
    assert two.waits() == ["rest until 2026-03-05 12:00"]
    assert two.ends() == [("2026-03-03 10:00", "merged"), (None, None)]
    assert two.ask("select visit, entered_at = '2026-03-02T12:00+08' from enrolments order by visit") == [
        (1, False), (2, True),
    ]  # fmt: skip
    assert two.ask("select status, reason from intents order by at") == [("skipped", "merged"), ("pending", None)]
    assert two.ask("select outcome, members from step_counts where step = '(leave)'") == [("merged", 1)]
    two.event("2026-03-04 10:00", "visit")
    two.run("2026-03-05 12:01")
    assert two.ends() == [("2026-03-03 10:00", "merged"), ("2026-03-05 12:00", "finished")]
    assert two.ask("select entry_ref, reason from refusals where at > '2026-03-03'") != []


def test_what_either_did_counts_once_for_her_goal_and_both_histories_keep_her_out(two: Two):
    two.event("2026-03-02 10:00", "visit", key="mei")
    two.event("2026-03-02 12:00", "visit", key="may")
    two.run("2026-03-02 12:01")
    two.event("2026-03-03 09:00", "purchase", key="may", value=100)
    two.merge("2026-03-03 10:00")
    two.run("2026-03-06 10:00")
    reached = "goal_at = '2026-03-03T09:00+08', goal_until is null"
    assert two.ask(f"select end_reason, {reached} from enrolments order by id") == [
        ("finished", True, False), ("merged", None, True),
    ]  # fmt: skip
    two.event("2026-03-07 10:00", "visit")
    two.run("2026-03-07 10:01")
    assert len(two.ends()) == 2


def test_what_she_did_before_counts_for_the_goal_of_the_others_visit_that_is_over(two: Two):
    two.event("2026-03-02 10:00", "visit", key="may")
    two.event("2026-03-04 09:00", "purchase", key="mei", value=100)
    two.run("2026-03-06 10:00")
    two.merge("2026-03-30 10:00")  # long after the goal's time
    two.run("2026-03-30 10:01")
    two.run("2026-03-30 10:02")
    assert two.ask("select end_reason, goal_at = '2026-03-04T09:00+08' from enrolments") == [("finished", True)]
    assert two.ask("select step from waiting") == []


def test_what_she_did_before_ends_the_others_visit_that_goes_on(database: Engine):
    two = Two(database, WELCOME | {"leave": {"if": "refund since entry"}})
    two.event("2026-03-02 10:00", "visit", key="may")
    two.event("2026-03-02 12:00", "refund", key="mei")
    two.run("2026-03-03 09:00")
    two.merge("2026-03-03 10:00")
    two.run("2026-03-03 10:01")
    assert two.ends() == [("2026-03-02 12:00", "leave")]


def test_of_visits_begun_at_one_instant_hers_counts_as_the_later_one(database: Engine):
    two = Two(
        database, WELCOME | {"enter": {"on": "visit", "again": "after exit"}, "steps": {"rest": {"wait": "1 hour"}}}
    )
    for key in ("mei", "may"):
        two.event("2026-03-02 10:00", "visit", key=key)
    two.run("2026-03-02 12:00")
    two.merge("2026-03-03 10:00")
    numbered = "select e.visit from enrolments e join moves m on m.enrolment_id = e.id order by e.id"
    assert two.ask(numbered) == [(2,), (1,)]


def test_a_history_of_the_other_keeps_her_out_of_what_lets_in_once(two: Two):
    two.event("2026-03-02 10:00", "visit", key="may")
    two.run("2026-03-06 10:00")
    two.merge("2026-03-06 12:00")
    two.event("2026-03-07 10:00", "visit", key="mei")
    two.run("2026-03-07 10:01")
    assert two.ends() == [("2026-03-05 10:00", "finished")]
    assert two.ask("select member_id, reason from refusals") == [(two.ids["mei"], "again")]


def test_with_a_key_of_its_own_each_visit_goes_on_beside_the_other(database: Engine):
    keyed = {
        "journey": "care",
        "enter": {"on": "booking", "again": "per booking_id"},
        "steps": {"rest": {"wait": "3 days"}, "remind": {"send": "nudge"}},
    }
    two = Two(database, keyed)
    two.event("2026-03-02 10:00", "booking", key="mei", booking_id="b1")
    two.event("2026-03-02 11:00", "booking", key="may", booking_id="b2")
    two.event("2026-03-02 12:00", "booking", key="may", booking_id="b1")
    two.run("2026-03-02 12:01")
    two.merge("2026-03-03 10:00")
    assert two.ask("select entry_key, member_id, visit, end_reason from enrolments order by entered_at") == [
        ("b1", 1, 2, None), ("b2", 1, 1, None), ("b1", 1, 1, "merged"),
    ]  # fmt: skip
    assert two.ask("select entry_key, member_id from inside order by 1") == [("b1", 1), ("b2", 1)]
    two.run("2026-03-06 10:00")
    assert two.intents() == ["2026-03-05 10:00 nudge", "2026-03-05 11:00 nudge"]


def test_stages_of_the_one_who_is_left_stand_and_segments_hold_her_once(two: Two):
    with two.engine.begin() as connection:
        connection.execute(
            text("""
            insert into stages (member_id, stage, since, left_at) values
            (1, 'acquire', '2026-01-01', '2026-02-01'), (1, 'engage', '2026-02-01', null),
            (2, 'acquire', '2026-01-02', null)""")
        )
        connection.execute(
            text("""
            insert into segment_members (segment, member_id, joined_at, left_at) values
            ('vip', 1, '2026-02-01', null), ('vip', 2, '2026-02-03', null), ('vip', 2, '2026-01-01', '2026-01-05'),
            ('new', 2, '2026-01-02', null)""")
        )
    two.merge("2026-03-03 10:00")
    assert two.ask("select member_id, stage, left_at is null from stages order by id") == [
        (1, "acquire", False), (1, "engage", True), (2, "acquire", False),
    ]  # fmt: skip
    assert two.ask("select segment, member_id, left_at is null from segment_members order by id") == [
        ("vip", 1, True), ("vip", 1, False), ("new", 1, True),
    ]  # fmt: skip


def test_a_block_of_one_account_ends_no_visit_of_one_who_is_a_friend_with_the_other(two: Two):
    with two.engine.begin() as connection:
        connection.execute(
            text("""
            insert into identities (kind, value, member_id, status, changed_at) values
            ('line', 'U1', 1, 'friend', '2026-02-01'), ('line', 'U2', 2, 'blocked', '2026-03-02T18:00+08')""")
        )
        connection.execute(
            text("""
            insert into friendships (member_id, status, changed_at) values
            (1, 'friend', '2026-02-01'), (2, 'blocked', '2026-03-02T18:00+08')""")
        )
    two.event("2026-03-02 10:00", "visit", key="mei")
    two.event("2026-03-02 18:00", "unfollow", key="may")
    two.run("2026-03-02 18:01")
    two.merge("2026-03-03 10:00")
    two.run("2026-03-03 10:01")
    assert two.waits() == ["rest until 2026-03-05 10:00"]
    assert two.ask("select member_id, status from friendships") == [(1, "friend")]


def test_passes_that_walk_while_profiles_become_one_leave_each_person_inside_once(database: Engine):
    stage, pairs = Stage(database, world(WELCOME)), range(24)
    for number in pairs:
        for key in (f"a{number}", f"b{number}"):
            stage.member(key)
            stage.event("2026-03-02 10:00", "visit", key=key)

    def merge_all() -> None:
        for number in pairs:
            with database.begin() as connection:
                say(
                    connection,
                    stage.ids[f"b{number}"],
                    stage.ids[f"a{number}"],
                    "Ann",
                    "one card",
                    at("2026-03-02 10:00"),
                )
            merge_found(database, at("2026-03-03 10:00"))

    merging = threading.Thread(target=merge_all)
    merging.start()
    stage.tick_through("2026-03-02 10:01", "2026-03-05 09:00", timedelta(hours=6))
    merging.join()
    stage.tick("2026-03-06 10:00")
    alive = "select id from members where merged_into is null"
    for table in ("enrolments", "inside", "waiting", "intents", "events", "moves"):
        assert stage.rows(text(f"select count(*) from {table} where member_id not in ({alive})")) == [(0,)]
    # Who was merged before the first pass came in once; of all others one visit was finished, the other one merged.
    ended = stage.rows(text("select member_id, array_agg(end_reason order by end_reason) from enrolments group by 1"))
    assert {tuple(reasons) for _, reasons in ended} <= {("finished",), ("finished", "merged")}
    assert len(ended) == len(pairs)
    reminded = text("select member_id, count(*) from intents where step = 'remind' group by 1")
    assert sorted(stage.rows(reminded)) == [(member, 1) for member, _ in sorted(ended)]
