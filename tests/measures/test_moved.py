"""The stages of those a journey let in and held out, then and now: on literal stays, and against pandas."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.lifecycle import refreshes
from journey_engine.measures.moved import Moves, by_stage, movers, moves
from tests.compiler import rows
from tests.compiler.rows import at


def entered(
    connection: Connection, member: int, when: datetime, arm: str, visit: int = 1, end: str | None = None
) -> None:
    query = """insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm, ended_at,
                                       end_reason)
               values ('win', :member, :visit, 1, :at, 'event:' || :visit, '{}', :arm, :ended, :end)"""
    given = {"member": member, "visit": visit, "at": when, "arm": arm, "end": end, "ended": when if end else None}
    connection.execute(text(query), given)


def test_each_member_counts_once_from_where_she_came_in_to_where_she_is(database: Engine) -> None:
    with database.begin() as connection:
        ids = {key: rows.member(connection, key) for key in "ABCDEF"}
        for key, stage, *span in (
            ("A", "acquire", "2026-03-01 00:00", "2026-03-05 00:00"), ("A", "engage", "2026-03-05 00:00"),
            ("B", "engage", "2026-03-01 00:00"),
            ("C", "acquire", "2026-03-03 00:00"),
            ("D", "engage", "2026-03-01 00:00", "2026-03-04 00:00"), ("D", "acquire", "2026-03-04 00:00"),
            ("E", "engage", "2026-03-01 00:00"),
        ):  # fmt: skip
            rows.stage(connection, ids[key], stage, *span)
        for key, when, arm in (("A", "2026-03-02 10:00", "journey"), ("B", "2026-03-02 10:00", "journey"),
                               ("C", "2026-03-02 10:00", "journey"), ("D", "2026-03-02 10:00", "holdout"),
                               ("E", "2026-03-02 10:00", "journey"), ("F", "2026-03-11 10:00", "journey")):  # fmt: skip
            entered(connection, ids[key], at(when), arm)
        entered(connection, ids["A"], at("2026-03-07 10:00"), "journey", 2)  # a second visit is no second member
        connection.execute(text("update members set erased_at = now() where id = :id"), {"id": ids["E"]})
        assert moves(connection, "win") == Moves("win", None)
        refreshes.note(connection, "stages", "stages", at("2026-03-10 00:00"), None, {})
        found = moves(connection, "win")
    treated = {("acquire", "engage"): 1, ("engage", "engage"): 1, (None, "acquire"): 1}
    assert found == Moves("win", at("2026-03-10 00:00"), treated, {("engage", "acquire"): 1})
    assert (movers(found.treated).count, movers(found.treated).of, movers(found.held_out).share) == (2, 3, 1.0)
    engage, acquire, none = by_stage(found, ["engage", "acquire"])
    shares = [each.share for each in (engage.treated_then, engage.treated, engage.held_out_then, engage.held_out)]
    assert shares == [1 / 3, 2 / 3, 1, 0]
    assert engage.difference == pytest.approx(1 / 3 + 1)
    assert engage.difference_interval is None, "all of those held out did the same"
    assert (acquire.treated.count, none.stage, none.treated_then.count, none.treated.count) == (1, None, 1, 0)


def test_random_stays_equal_plain_pandas(database: Engine) -> None:
    import pandas as pd
    from scipy import stats

    chance, first = random.Random(3), datetime(2026, 1, 1, tzinfo=UTC)
    stays, visits = [], []
    with database.begin() as connection:
        for number in range(80):
            member, day = rows.member(connection, f"m{number}"), chance.randrange(8)
            while day < 40:
                end = day + chance.randrange(1, 15)
                stays.append((member, chance.choice("xyz"), first + timedelta(days=day), first + timedelta(days=end)))
                day = end
            for visit in range(1, chance.randrange(1, 4)):
                visits.append((member, first + timedelta(days=10 * visit, hours=chance.randrange(24)), visit))
                entered(connection, member, visits[-1][1], "holdout" if member % 4 == 0 else "journey", visit)
        for member, stage, since, left in stays:
            connection.execute(
                text("insert into stages (member_id, stage, since, left_at) values (:m, :s, :a, :b)"),
                {"m": member, "s": stage, "a": since, "b": left if left < first + timedelta(days=40) else None},
            )
        last = first + timedelta(days=30)
        refreshes.note(connection, "stages", "stages", last, None, {})
        found = moves(connection, "win")
    frame = pd.DataFrame(stays, columns=["member", "stage", "since", "left"])
    came = pd.DataFrame(visits, columns=["member", "at", "visit"]).sort_values("at").drop_duplicates("member")
    came = came[came["at"] < last]

    def of(member: int, when: datetime) -> str | None:
        hers = frame[(frame["member"] == member) & (frame["since"] <= when) & (frame["left"] > when)]
        return None if hers.empty else hers["stage"].iloc[0]

    for pairs, held in ((found.treated, False), (found.held_out, True)):
        own = came[(came["member"] % 4 == 0) == held]
        expected = pd.Series(
            [(of(row.member, row.at), of(row.member, last)) for row in own.itertuples()]
        ).value_counts()
        assert dict(pairs) == expected.to_dict()
    for each in by_stage(found, "xyz"):
        arms = []
        for held in (False, True):
            own = came[(came["member"] % 4 == 0) == held]
            arms.append(
                [(of(r.member, last) == each.stage) - (of(r.member, r.at) == each.stage) for r in own.itertuples()]
            )
        welch = stats.ttest_ind(*arms, equal_var=False)
        assert each.difference == pytest.approx(sum(arms[0]) / len(arms[0]) - sum(arms[1]) / len(arms[1]))
        assert each.difference_interval == pytest.approx(tuple(welch.confidence_interval()))
