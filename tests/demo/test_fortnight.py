"""The fortnight's journeys: every way of the four files is taken, and every reason they can give is given."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import func, select

from journey_engine.demo.script import scenes
from journey_engine.language.graph import graph
from journey_engine.language.journey import VERBS, FirstOf, GoTo, Stop, Wait
from journey_engine.store.tables import metadata
from tests.demo.conftest import RARE, SLICE
from tests.demo.playing import Played

JOURNEYS = ["engage", "retain", "upsell", "welcome"]
TAKEN = """
    select m.journey, line ->> 'step', line ->> 'outcome', count(distinct m.member_id)
    from moves m, jsonb_array_elements(path) line group by 1, 2, 3
"""


def ways(fortnight: Played) -> dict[tuple[str, str, str], int]:
    """Members by journey, step and outcome."""
    return {(journey, step, outcome): n for journey, step, outcome, n in fortnight.rows(TAKEN)}


def test_nobody_is_stuck_and_nothing_is_held(fortnight: Played) -> None:
    assert fortnight.rows("select count(*) from stuck") == [(0,)]
    assert fortnight.rows("select count(*) from holds") == [(0,)]


def test_every_kind_of_step_was_taken_by_twenty_members_or_more(fortnight: Played) -> None:
    kinds: dict[str, str] = {}
    for name, journey in fortnight.project.journeys.items():
        for node in graph(journey).nodes:
            verb = next(verb for verb, kind in VERBS.items() if isinstance(node.step, kind))
            if isinstance(node.step, Wait):
                verb = "first_of" if isinstance(node.step.wait, FirstOf) else f"wait, {type(node.step.wait).__name__}"
                verb += ", until" if node.step.until else ""
            kinds[f"{name}/{node.name}"] = verb
    taken: dict[str, set[int]] = {}
    for journey, step, member in fortnight.rows(
        "select distinct m.journey, line ->> 'step', m.member_id from moves m, jsonb_array_elements(path) line"
        " where left(line ->> 'step', 1) <> '('"
    ):
        taken.setdefault(kinds[f"{journey}/{step}"], set()).add(member)
    assert set(taken) == {
        "send", "first_of", "wait, Duration", "wait, Duration, until", "wait, time", "branch", "split", "tag", "untag",
        "go_to", "stop",
    }  # fmt: skip
    assert {verb: len(members) for verb, members in taken.items() if len(members) < 20} == {}


@pytest.mark.parametrize("name", JOURNEYS)
def test_every_way_on_of_every_step_was_taken(fortnight: Played, name: str) -> None:
    nodes = graph(fortnight.project.journeys[name]).nodes
    written = {(node.name, edge.outcome) for node in nodes for edge in node.edges}
    last = {(node.name, "next") for node in nodes if isinstance(node.step, GoTo | Stop)}
    taken = {(step, outcome) for journey, step, outcome in ways(fortnight) if journey == name and step[0] != "("}
    assert taken - {(node.name, "quiet") for node in nodes} == written | last


@pytest.mark.parametrize(
    ("name", "ends"),
    [
        ("welcome", {"leave", "blocked", "holdout", "go_to: engage"}),
        ("engage", {"leave", "blocked", "holdout", "go_to: retain", "go_to: upsell"}),
        ("retain", {"leave", "blocked", "holdout", "go_to: upsell", "stop: 暫不打擾"}),
        ("upsell", {"leave", "blocked", "goal", "holdout", "stop: 本輪推薦完成"}),
    ],
)
def test_members_end_in_every_way_the_file_knows(fortnight: Played, name: str, ends: set[str]) -> None:
    found = fortnight.counts(
        "select end_reason, count(*) from enrolments where journey = :name and ended_at is not null group by 1",
        name=name,
    )
    assert {end for end in ends if (name, end) not in RARE} <= set(found) <= ends


@pytest.mark.parametrize("name", JOURNEYS)
def test_entrants_reach_the_goal_are_held_out_and_both_arms_have_their_share(fortnight: Played, name: str) -> None:
    found = fortnight.counts(
        "select arm, goal_at is not null, count(*) from enrolments where journey = :name group by 1, 2", name=name
    )
    assert set(found) == {("journey", True), ("journey", False), ("holdout", True), ("holdout", False)}
    held_out = found["holdout", True] + found["holdout", False]
    everybody = sum(found.values())
    # The brand's 5 % and the journey's own: both are drawn, so they overlap a little.
    journey = float(fortnight.project.journeys[name].holdout)
    expected = everybody * (0.05 + journey - 0.05 * journey)
    assert abs(held_out - expected) < 4 * (expected * 0.9) ** 0.5


def test_held_out_members_take_no_step_and_get_nothing(fortnight: Played) -> None:
    assert fortnight.counts(
        "select line ->> 'step', count(*) from moves m join enrolments e on e.id = m.enrolment_id,"
        " jsonb_array_elements(path) line where e.arm = 'holdout' group by 1"
    ).keys() <= {"(enter)", "(leave)", "(end)"}
    assert (
        fortnight.rows("select 1 from intents i join enrolments e on e.id = i.enrolment_id where e.arm = 'holdout'")
        == []
    )


def test_members_are_refused_for_every_reason_that_can_come_up(fortnight: Played) -> None:
    found = fortnight.counts("select journey, reason, count(*) from refusals group by 1, 2")
    by_reason = Counter[str]()
    for (_, reason), number in found.items():
        by_reason[reason] += number
    assert {"if", "inside", "again"} <= set(by_reason)
    assert {("welcome", "if"), ("retain", "if"), ("upsell", "again"), ("engage", "inside")} <= set(found)


def test_members_are_handed_on_in_a_chain(fortnight: Played) -> None:
    handed = fortnight.rows(
        "select properties ->> 'from', of, count(*) from events where name = 'go_to' group by 1, 2 order by 1, 2"
    )
    assert [(a, b) for a, b, _ in handed] == [
        ("engage", "retain"), ("engage", "upsell"), ("retain", "upsell"), ("welcome", "engage"),
    ]  # fmt: skip
    entered = fortnight.counts(
        "select e.journey, count(*) from enrolments e join events v on e.entry_ref = 'event:' || v.id"
        " where v.name = 'go_to' group by 1"
    )
    assert set(entered) == {"engage", "retain", "upsell"}


def test_waits_end_by_the_event_and_by_the_timeout_and_friends_do_what_is_stated(fortnight: Played) -> None:
    acts = fortnight.acts
    assert acts["follow"] == len(fortnight.people)
    reached = acts["tap"] + acts["write"] + acts["block"] + acts["nothing"]
    assert 0.005 < acts["block"] / reached < 0.02
    assert min(acts["tap"], acts["write"], acts["block"]) > 10 * SLICE


def test_a_second_play_of_the_last_scene_changes_nothing(fortnight: Played) -> None:
    def counted() -> dict[str, int]:
        with fortnight.engine.connect() as connection:
            tables = {table.name: select(func.count()).select_from(table) for table in metadata.sorted_tables}
            return {name: connection.execute(asked).scalar_one() for name, asked in tables.items()}

    def again() -> list[bool]:
        assert fortnight.living.until(last.at) == {"follow": 0}
        looked = fortnight.move(last.at)
        report = fortnight.send(last.at)
        assert (report.decided, report.skipped, report.open) == (0, {}, 0)
        return [one.changed for one in looked]

    last = list(scenes())[-1]
    before, taken = counted(), len(fortnight.sandbox.ledger())
    looked = again()  # at those whom the last send told something: each such look is a row of `runs`
    assert not any(looked)
    assert counted() == before | {"runs": before["runs"] + len(looked)}
    before = counted()
    assert again() == []
    assert counted() == before
    assert len(fortnight.sandbox.ledger()) == taken
