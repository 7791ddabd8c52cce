"""Lifetime value: the paper's own figures, parameters found again, and the error on days that were held back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from sqlalchemy import Engine

from journey_engine.measures import projecting
from journey_engine.measures.lifetime import lifetime
from journey_engine.measures.projecting import Histories, Model
from tests.compiler.rows import world
from tests.real_years import Year

# The parameters of CDNOW (in weeks) in Fader, Hardie and Lee 2005, table 1.
CDNOW = Model(0.243, 4.414, 0.793, 2.426, 6.25, 3.74, 15.44)


def test_a_customer_of_the_paper_is_expected_to_buy_as_often_as_there() -> None:
    one = Histories.of([(2, 30.43, 38.86, 25, 1)])
    assert float(projecting.purchases_ahead(CDNOW, one, 39)[0]) == pytest.approx(1.226, abs=1e-3)
    assert float(projecting.still_buying(CDNOW, one)[0]) == pytest.approx(0.7266, abs=1e-4)


def test_the_likelihood_of_buying_is_the_integral_over_all_members() -> None:
    """Over rates (gamma) and chances to stop (beta): of two purchases again, she stopped after the last, or did not."""
    import numpy as np
    from scipy import integrate, stats

    r, alpha, a, b, x, last, seen = 0.8, 5.0, 1.2, 2.5, 2, 20.0, 30.0
    rate, stop = np.linspace(1e-6, 4, 4_001)[:, None], np.linspace(1e-6, 1, 1_001)[None, :]
    spread = stats.gamma.pdf(rate, r, scale=1 / alpha) * stats.beta.pdf(stop, a, b)
    stays = (1 - stop) ** x * rate**x * np.exp(-rate * seen)
    stops = stop * (1 - stop) ** (x - 1) * rate**x * np.exp(-rate * last)
    whole = integrate.trapezoid(integrate.trapezoid(spread * (stays + stops), stop[0], axis=1), rate[:, 0])
    said = projecting.buying_likelihood(Histories.of([(x, last, seen, 1, 1)]), r, alpha, a, b)
    assert np.exp(said) == pytest.approx(whole, rel=1e-3)


def test_many_purchases_overflow_nothing() -> None:
    import numpy as np

    told = Histories.of([(700, 729, 730, 20, 3), (0, 0, 1, 5, 1), (300, 300, 730, 20, 1)])
    said = projecting.purchases_ahead(CDNOW, told, 365)
    assert np.all(np.isfinite(said))
    assert 250 < said[0] < 365
    assert float(projecting.still_buying(CDNOW, told)[2]) < 1e-9
    at_one = Model(0.243, 4.414, 1.0, 2.426, 1, 2, 1)
    near = Model(0.243, 4.414, 1.001, 2.426, 1, 2, 1)
    assert projecting.purchases_ahead(at_one, told, 30) == pytest.approx(
        projecting.purchases_ahead(near, told, 30), rel=2e-3
    )


def simulated(members: int) -> Histories:
    """Members who live by the model with known parameters."""
    import numpy as np

    drawn = np.random.default_rng(5)
    rows: list[tuple[float, ...]] = []
    for rate, stop in zip(drawn.gamma(0.9, 1 / 12, members), drawn.beta(1.5, 6, members), strict=True):
        now, again, last, seen = 0.0, 0, 0.0, drawn.uniform(200, 400)
        while (now := now + drawn.exponential(1 / max(rate, 1e-9))) <= seen:
            again, last = again + 1, now
            if drawn.random() < stop:
                break
        mean_of_hers = drawn.gamma(4.0, 1 / 15)
        rows.append((again, last, seen, drawn.gamma(6.0 * (again + 1), 1 / (mean_of_hers * (again + 1))), 1))
    return Histories.of(rows)


def test_the_parameters_members_live_by_are_found_again() -> None:
    found = projecting.fit(simulated(3_000))
    assert found is not None
    assert (found.r, found.alpha) == pytest.approx((0.9, 12), rel=0.15)
    assert found.a / (found.a + found.b) == pytest.approx(0.2, abs=0.03)
    assert (found.p, found.q, found.v) == pytest.approx((6, 4, 15), rel=0.15)
    few = simulated(40)
    assert projecting.fit(few) is None


@pytest.mark.parametrize(("shop", "bias"), [("grocer", 0.05), ("gift_shop", 0.45)])
def test_the_error_on_held_back_days_is_that_of_plain_pandas(
    shop: str, bias: float, request: pytest.FixtureRequest
) -> None:
    year: Year = request.getfixturevalue(shop)
    found = year.ask(lifetime, year.now)
    frame, cut = told_in_days(year)
    members = frame.groupby("who")
    assert (found.everybody.members, found.everybody.purchases) == (members.ngroups, int(frame["n"].sum()))
    assert float(found.everybody.realised) == pytest.approx(frame["value"].sum())
    first = members["day"].min()
    by_month = frame.groupby(frame["who"].map(first).dt.to_period("M"))["value"].sum()
    assert [float(each.realised) for each in found.cohorts] == pytest.approx(list(by_month))
    assert found.everybody.projected == pytest.approx(sum(each.projected for each in found.cohorts))
    assert all(0 <= each.still_buying <= each.members for each in found.cohorts)

    before, after = frame[frame["day"] < cut], frame[frame["day"] >= cut]
    old = before.groupby("who").agg(
        n=("day", "size"), first=("day", "min"), last=("day", "max"), value=("value", "sum")
    )
    rows = [
        (row.n - 1, (row.last - row.first).days, (cut - row.first).days, row.value / row.n, 1)
        for row in old.itertuples()
    ]
    told = Histories.of(rows)
    model = projecting.fit(told)
    assert model is not None
    came = after.groupby("who")["value"].sum().reindex(old.index, fill_value=0).to_numpy()
    said = projecting.purchases_ahead(model, told, 90) * projecting.worth_each(model, told)
    tested = found.tested
    assert (tested.members, tested.days) == (len(old), 90)
    assert tested.actual == pytest.approx(came.mean())
    assert tested.mae == pytest.approx(abs(said - came).mean(), rel=0.02)
    # Better than the plainest guess; of the gift shop's autumn it knows nothing, and says too little.
    assert tested.mae < tested.naive_mae
    assert abs(tested.bias) < bias * tested.actual


def told_in_days(year: Year) -> tuple[Any, Any]:
    """Days with purchases before today, and the day from which all is held back."""
    import pandas as pd

    day = year.frame["local"].dt.tz_localize(None).dt.normalize()
    today = pd.Timestamp(year.now).tz_convert(year.project.policy.zone).tz_localize(None).normalize()
    days = year.frame.assign(day=day)[day < today].groupby(["who", "day"])
    frame = days.agg(n=("value", "size"), value=("value", "sum")).reset_index()
    return frame, today - pd.Timedelta(days=90)


def test_where_few_bought_again_nothing_is_projected(database: Engine) -> None:
    with database.connect() as connection:
        found = lifetime(connection, world(), datetime(2026, 3, 31, tzinfo=UTC))
    assert found is not None
    assert (found.model, found.tested, found.everybody.projected, found.cohorts) == (None, None, None, ())
    assert found.covered_to.date() == date(2026, 3, 31)
