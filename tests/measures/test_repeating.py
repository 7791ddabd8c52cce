"""Scores and second purchases: equal to plain pandas and to a product-limit reckoned by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import ceil
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine.language.catalog import Schema
from journey_engine.measures import proportions
from journey_engine.measures.buying import by_month
from journey_engine.measures.cohorts import cohorts
from journey_engine.measures.lifetime import lifetime
from journey_engine.measures.repurchase import repurchase
from journey_engine.measures.rfm import rfm
from tests.compiler.rows import SCHEMA, world
from tests.moving.stage import Stage
from tests.real_years import Year


@pytest.fixture(params=["grocer", "gift_shop"])
def year(request: pytest.FixtureRequest) -> Year:
    return request.getfixturevalue(request.param)


def fifths(values: Any) -> Any:
    """1 and one more for each of the top 80, 60, 40 and 20 % a value is in; ties are all in."""
    falling = values.sort_values(ascending=False).tolist()
    cuts = [falling[ceil(share * len(falling)) - 1] for share in (0.8, 0.6, 0.4, 0.2)]
    return 1 + sum((values >= cut).astype(int) for cut in cuts)


@pytest.mark.parametrize(("within", "days"), [(None, 365), ("90 days", 90)])
def test_rfm_is_that_of_pandas(year: Year, within: str | None, days: int) -> None:
    import pandas as pd

    if within:
        schema = Schema.model_validate({**SCHEMA, "rfm": {"event": "purchase", "within": within}})
        year = Year(year.engine, year.project.model_copy(update={"schema_": schema}), year.frame, year.now)
    since = pd.Timestamp(year.now).tz_convert(year.project.policy.zone) - pd.DateOffset(days=days)
    frame = year.frame[year.frame["local"] > since]
    each = frame.groupby("who").agg(
        recency=("local", lambda at: at.max().toordinal()), frequency=("value", "size"), monetary=("value", "sum")
    )
    each = each.assign(monetary=each["monetary"].round(2))
    scores = [fifths(each[part]).rename(part[0]) for part in ("recency", "frequency", "monetary")]
    cells = each.assign(r=scores[0], f=scores[1], m=scores[2]).groupby(["r", "f", "m"])
    wanted = {
        place: (len(cell), int(cell["frequency"].sum()), round(float(cell["monetary"].sum()), 2))
        for place, cell in cells
    }
    found = year.ask(rfm, year.now)
    assert {
        (c.recency, c.frequency, c.monetary): (c.members, c.purchases, float(c.value)) for c in found.cells
    } == wanted
    assert (found.members, found.is_declared, found.within) == (len(each), bool(within), within or "12 months")
    assert sum(found.grid().values()) == len(each)


def test_second_purchases_and_pauses_are_those_of_pandas(year: Year) -> None:
    import pandas as pd

    frame = year.frame.sort_values(["who", "at"])
    frame = frame.assign(next=frame.groupby("who")["at"].shift(-1))
    first = frame.groupby("who").head(1)
    now = pd.Timestamp(year.now)
    found = year.ask(repurchase, year.now)
    assert (found.buyers, found.bought_again) == (len(first), int(first["next"].notna().sum()))
    for again in found.within:
        length = pd.Timedelta(days=again.days)
        old = first[first["at"] + length <= now]
        assert (again.rate.of, again.rate.count) == (len(old), int((old["next"] <= old["at"] + length).sum()))
    pause = (frame["next"] - frame["at"]).dropna().dt.total_seconds() / 86_400
    assert found.pause_days == pytest.approx(tuple(pause.quantile([0.25, 0.5, 0.75])))


def test_who_has_not_bought_again_counts_as_long_as_she_was_seen(year: Year) -> None:
    """The median by the product of (1 - came / still there) over whole minutes, in pandas."""
    import pandas as pd

    first = year.frame.sort_values("at").assign(next=lambda rows: rows.groupby("who")["at"].shift(-1))
    first = first.groupby("who").head(1)
    minutes = (first["next"].fillna(pd.Timestamp(year.now)) - first["at"]).dt.total_seconds() // 60
    came = minutes[first["next"].notna()].value_counts().sort_index()
    left = pd.Series({minute: 1 - count / int((minutes >= minute).sum()) for minute, count in came.items()}).cumprod()
    found = year.ask(repurchase, year.now)
    assert found.median_days == pytest.approx(left[left <= 0.5].index[0] / 1_440)
    low, high = found.median_interval
    assert low <= found.median_days <= high


def test_a_median_nobody_lived_to_see_is_none() -> None:
    assert proportions.median_time([(10, False, 5)]) == (None, (None, None))
    assert proportions.median_time([(3, True, 1), (10, False, 9)])[0] is None
    assert proportions.median_time([]) == (None, (None, None))


def test_the_erased_and_those_not_yet_arrived_are_not_counted(database: Engine) -> None:
    stage = Stage(database, world(feeds={"till": "purchase"}))
    for key, days in (("a", (1, 5)), ("b", (1,)), ("c", (1, 2, 30))):
        for day in days:
            stage.event(f"2026-03-{day:02} 10:00", "purchase", key=key, value="10")
    stage.covered("till", "2026-03-20 00:00")
    now = datetime(2026, 3, 31, tzinfo=UTC)

    def look() -> Any:
        with database.connect() as connection:
            return repurchase(connection, stage.project, now, (7,))

    assert (look().buyers, look().bought_again, look().within[0].rate.count) == (3, 2, 2)
    assert look().pause_days == pytest.approx((1.75, 2.5, 3.25))  # c's purchase of the 30th has not arrived
    stage.erase("2026-03-21 00:00", key="c")
    assert (look().buyers, look().bought_again) == (2, 1)
    assert look().covered_to - datetime(2026, 3, 19, 16, tzinfo=UTC) == timedelta(0)


def test_nobody_bought_anything_yet(database: Engine) -> None:
    project = world()
    with database.connect() as connection:
        found = repurchase(connection, project, datetime(2026, 3, 31, tzinfo=UTC))
        scores = rfm(connection, project, datetime(2026, 3, 31, tzinfo=UTC))
    assert found is not None
    assert (found.buyers, found.median_days, found.pause_days) == (0, None, None)
    assert found.within[0].rate.share is None
    assert scores is not None
    assert scores.cells == ()


@pytest.mark.parametrize("zone", ["America/New_York", "Asia/Taipei"])
def test_before_any_purchase_has_arrived_every_figure_is_of_nobody(database: Engine, zone: str) -> None:
    """A feed that has never covered a day: an event of it may be there, and tells nothing yet."""
    stage = Stage(database, world(feeds={"till": "purchase"}, zone=zone))
    stage.event("2026-03-02 10:00", "purchase", value="10")
    now = datetime(2026, 3, 31, tzinfo=UTC)
    with database.connect() as connection:
        again, scores, worth, retained, months = (
            figure(connection, stage.project, now) for figure in (repurchase, rfm, lifetime, cohorts, by_month)
        )
    assert (again.buyers, scores.cells, worth.everybody.members, retained.cohorts) == (0, (), 0, ())
    assert [(month.bought.purchases, month.is_whole) for month in months] == [(1, False)]
    assert worth.covered_to.astimezone(UTC).year == again.covered_to.year == 1970
