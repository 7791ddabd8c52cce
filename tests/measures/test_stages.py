"""Movement between stages by month and how long stages last: on literal stays, and against pandas on random ones."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Connection, Engine, insert, update

from journey_engine.language.project import Project
from journey_engine.lifecycle import refreshes
from journey_engine.measures.stages import Movement, TimeInStage, movement, standing, time_in_stage
from journey_engine.store.tables.people import members
from journey_engine.store.tables.people import stages as stays
from tests.compiler import rows
from tests.compiler.rows import at

TAIPEI = "Asia/Taipei"
NAMES = ("grow", "engage", "acquire")


def brand() -> Project:
    named = [{"stage": name, "if": "purchase"} for name in NAMES[:-1]] + [{"stage": "acquire", "otherwise": True}]
    plain = rows.world().model_dump(by_alias=True, exclude_unset=True)
    return Project.model_validate({**plain, "stages": {"stages": named}})


def refreshed(connection: Connection, when: str) -> None:
    refreshes.note(connection, "stages", "stages", at(when), None, {})


@pytest.fixture
def three(database: Engine) -> Engine:
    """A: acquire, then engage; B: grow, away and back within March; C: comes in April. Refreshed to 10 April."""
    with database.begin() as connection:
        ids = {key: rows.member(connection, key) for key in "ABC"}
        for key, stage, *span in (
            ("A", "acquire", "2026-02-20 00:00", "2026-03-05 00:00"), ("A", "engage", "2026-03-05 00:00"),
            ("B", "grow", "2026-02-20 00:00", "2026-03-10 00:00"),
            ("B", "engage", "2026-03-10 00:00", "2026-03-20 00:00"),
            ("B", "grow", "2026-03-20 00:00", "2026-04-01 00:00"), ("B", "engage", "2026-04-01 00:00"),
            ("C", "acquire", "2026-04-08 00:00"),
        ):  # fmt: skip
            rows.stage(connection, ids[key], stage, *span)
        refreshed(connection, "2026-04-10 00:00")
    return database


def test_months_are_local_and_a_refresh_for_the_midnight_between_belongs_to_the_month_before(three: Engine):
    with three.connect() as connection:
        found = movement(connection, TAIPEI)
    april = at("2026-04-01 00:00")
    assert found == [
        Movement(date(2026, 2, 1), at("2026-03-01 00:00"), True, {(None, "acquire"): 1, (None, "grow"): 1}, 0, 0),
        Movement(date(2026, 3, 1), april, True, {("acquire", "engage"): 1, ("grow", "engage"): 1}, 4, 2),
        Movement(
            date(2026, 4, 1), at("2026-04-10 00:00"), False, {(None, "acquire"): 1, ("engage", "engage"): 2}, 0, 0
        ),
    ]
    assert (found[1].size("engage"), found[1].size("grow"), found[1].members) == (2, 0, 2)


def test_only_the_months_asked_for_are_told_and_none_before_the_first_stay(three: Engine):
    with three.connect() as connection:
        assert [m.month.month for m in movement(connection, TAIPEI, date(2026, 3, 15), date(2026, 3, 31))] == [3]
        assert [m.month.month for m in movement(connection, TAIPEI, date(2020, 1, 1), date(2030, 1, 1))] == [2, 3, 4]
        assert movement(connection, "UTC")[1].matrix == {("acquire", "engage"): 1, ("grow", "engage"): 1}


def test_nobody_who_was_erased_is_counted_and_a_stage_without_members_has_none(three: Engine):
    with three.begin() as connection:
        assert standing(connection, brand()).sizes == {"grow": 0, "engage": 2, "acquire": 1}
        gone = update(members).where(members.c.member_key == "C").values(erased_at=at("2026-04-09 00:00"))
        connection.execute(gone)
        assert standing(connection, brand()).sizes == {"grow": 0, "engage": 2, "acquire": 0}
        assert movement(connection, TAIPEI)[2].matrix == {("engage", "engage"): 2}


def test_stays_that_go_on_count_as_lasting_at_least_so_long(three: Engine):
    with three.connect() as connection:
        found = time_in_stage(connection, brand())
    # engage: one ended after 10 days, two go on, for 9 (B) and 36 (A) days: at 10 days one of the two at risk ends.
    assert found == [
        TimeInStage("grow", 2, 0, 12.0, 18.0, 18.0),
        TimeInStage("engage", 1, 2, 10.0, None, None),
        TimeInStage("acquire", 1, 1, 13.0, 13.0, 13.0),
    ]


def test_nothing_is_told_before_the_stages_were_ever_worked_out(database: Engine):
    with database.connect() as connection:
        assert (movement(connection, TAIPEI), time_in_stage(connection, brand())) == ([], [])
        assert standing(connection, brand()).sizes == {"grow": 0, "engage": 0, "acquire": 0}


def test_the_matrix_and_the_quartiles_equal_plain_pandas_on_random_stays(database: Engine):
    import pandas as pd

    chance = random.Random(5)
    zone, first = ZoneInfo("America/New_York"), datetime(2026, 1, 20, 5, tzinfo=UTC)
    last = first + timedelta(days=150)
    told = []
    with database.begin() as connection:
        for number in range(60):
            member, at_, stage = (
                rows.member(connection, f"m{number}"),
                first + timedelta(days=chance.randrange(60)),
                None,
            )
            while at_ < last:
                stage = chance.choice([name for name in NAMES if name != stage])
                end = at_ + timedelta(days=chance.randrange(1, 50))
                told.append((member, stage, at_, end if end < last else None))
                at_ = end
        names = ("member_id", "stage", "since", "left_at")
        connection.execute(insert(stays), [dict(zip(names, row, strict=True)) for row in told])
        refreshes.note(connection, "stages", "stages", last, None, {})
        found, lasting = movement(connection, zone.key), time_in_stage(connection, brand())
    frame = pd.DataFrame(told, columns=list(names))
    frame["left_at"] = pd.to_datetime(frame["left_at"], utc=True)
    assert [each.month for each in found] == [date(2026, month, 1) for month in range(1, 7)]
    before = pd.Series(dtype=str)
    for each in found:
        upto = frame[(frame["since"] <= each.until) & ~(frame["left_at"] <= each.until)].set_index("member_id")["stage"]
        pairs = pd.DataFrame({"was": before.reindex(upto.index), "now": upto}).value_counts(dropna=False)
        assert each.matrix == {(None if pd.isna(was) else was, now): n for (was, now), n in pairs.items()}
        begins = pd.Timestamp(each.month, tz=zone)
        within = frame[(frame["since"] > begins) & (frame["since"] <= each.until)]
        changed = within[within["since"] > within["member_id"].map(frame.groupby("member_id")["since"].min())]
        assert (each.changes, each.movers) == (len(changed), changed["member_id"].nunique())
        before = upto
    frame["days"] = (frame["left_at"].fillna(last) - frame["since"]).dt.total_seconds() / 86400
    for each in lasting:
        own = frame[frame["stage"] == each.stage]
        assert (each.ended, each.open) == (own["left_at"].notna().sum(), own["left_at"].isna().sum())
        # Kaplan-Meier by its definition: at each length, the share of those still there who stay on.
        left, curve = 1.0, []
        for days in sorted(own["days"].unique()):
            ended = ((own["days"] == days) & own["left_at"].notna()).sum()
            left *= 1 - ended / (own["days"] >= days).sum()
            curve.append((days, left))
        for told_, share in ((each.first_quartile, 0.75), (each.median, 0.5), (each.third_quartile, 0.25)):
            assert told_ == pytest.approx(next((days for days, stay in curve if stay < share), None))
