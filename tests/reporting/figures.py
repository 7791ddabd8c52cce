"""Figures written out by hand: a journey and a quarter of a small shop, for tests of the pages made of them."""

from __future__ import annotations

import functools
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from journey_engine.language.project import Project
from journey_engine.language.read import load_project
from journey_engine.measures import (
    acquisition,
    brand,
    buying,
    cohorts,
    costs,
    daily,
    following,
    journeys,
    lifetime,
    lift,
    moved,
    nps,
    quota,
    ratio,
    repurchase,
    rfm,
    stages,
    touchpoints,
)
from journey_engine.measures.rates import rate
from journey_engine.measures.spans import span
from journey_engine.reporting.journey_figures import JourneyFigures
from journey_engine.reporting.quarter_figures import Period, QuarterFigures

ROOT = Path(__file__).resolve().parents[2]
NEW_YORK = "America/New_York"
NOW = datetime(2018, 1, 8, 12, tzinfo=UTC)
Q4, Q3 = span("2017Q4", NEW_YORK), span("2017Q3", NEW_YORK)

SPENT = costs.JourneyCost("welcome", Decimal(410), Decimal("82.00"), 30, 4, 41, Decimal("2.00"), "TWD")
FAIR = ratio.Ratio("welcome", None, (ratio.Drawn("journey", 360, 365), ratio.Drawn("holdout", 40, 35)), 0.4)
BROKEN = ratio.Ratio("welcome", None, (ratio.Drawn("journey", 360, 300), ratio.Drawn("holdout", 40, 100)), 1e-9)

ALONG = moved.Moves(
    "welcome", datetime(2018, 1, 8, 5, tzinfo=UTC),
    {(None, "acquire"): 100, ("acquire", "engage"): 120, ("acquire", "acquire"): 60, ("engage", "engage"): 20},
    {(None, "acquire"): 40, ("acquire", "engage"): 30, ("acquire", "acquire"): 30},
)  # fmt: skip


# What has a rate is made when it is asked for: its interval imports statsmodels, which takes longer than these tests.
def read() -> lift.Lift:
    """What can be said of the welcome journey."""
    return lift.Lift(
        "welcome", "read", rate(60, 300), rate(12, 100), still_open=21, difference=0.08,
        difference_interval=(0.003, 0.15), relative=0.67, relative_interval=(0.01, 1.9), p=0.042, extra_goals=24.0,
        extra_goals_interval=(0.9, 45.0),
    )  # fmt: skip


def again() -> repurchase.Repurchase:
    """Who bought again."""
    within = (repurchase.Again(30, rate(2100, 2400)),)
    return repurchase.Repurchase("purchase", Q4.until, 2458, 2418, within, 6.2, (6.0, 6.5), (2.0, 3.0, 6.0))


def asked() -> tuple[nps.Asked, ...]:
    """What they answered to a survey's two questions."""
    return (
        nps.Asked("loyalty", "recommend", "nps", NPS, (nps.Part("2017-11", NPS),), (nps.Part("high_value", NPS),), ()),
        nps.Asked("loyalty", "service", "csat", nps.Csat((3, 4, 20, 60, 80), 4.2, rate(140, 167)), (), (), ()),
    )


@functools.cache
def project() -> Project:
    """The repository's own."""
    return load_project(ROOT)


def journey_figures(**more: object) -> JourneyFigures:
    """The welcome journey: 169 came in, 45 reached the goal, 24 more than without it."""
    stand = journeys.Standing(
        "welcome", entered=169, held_out=42, inside=26, ended={"go_to: engage": 137, "leave": 3, "blocked": 3},
        goals=45, goals_held_out=8, refused={"if": 152},
        outcomes={"say_hello": {"next": 169}, "interested": {"1": 17, "timeout": 132}},
        waiting={"rest": 16}, sends={("say_hello", "accepted", ""): 168, ("nudge", "skipped", "capped"): 3},
    )  # fmt: skip
    days = tuple(daily.Day(date(2017, 10, 30) + timedelta(days=n), 10, 20 + n, n, n // 2) for n in range(14))
    answers = (following.Response("welcome_hello", 168, rate(70, 150), None, rate(30, 150)),)
    since = datetime(2017, 10, 30, 5, tzinfo=UTC)
    figures = JourneyFigures(
        project().journeys["welcome"], NOW, since, stand, days, read(), FAIR, SPENT, answers, 7, (), ALONG
    )
    return replace(figures, **more)


def quarter_figures(**more: object) -> QuarterFigures:
    """A fourth quarter with everything in it that a review can tell."""
    months = tuple(
        buying.Month(date(2017, m, 1), buying.Bought(1000 + m, 300, 20, Decimal("30000.50")), True)
        for m in range(1, 13)
    )
    figures = QuarterFigures(
        within=Q4, now=NOW, is_over=True,
        this=Period(Q4, brand.Headcount(2469, 2441, 60, 664, 28), SENT,
                    buying.Bought(3033, 900, 60, Decimal("90001.50"))),
        last=Period(Q3, brand.Headcount(2409, 1805, 50, 932, 0), (), buying.Bought(2500, 850, 75, Decimal("75000.00"))),
        months=months, movement=MOVED, time_in_stage=(stages.TimeInStage("grow", 312, 694, 8.0, None, None),),
        cohorts=cohorts.Cohorts("purchase", date(2017, 12, 1), COHORTS), rfm=RFM, repurchase=again(), lifetime=WORTH,
        acquisition=NEW_FRIENDS, asked=asked(), asked_before=(), touchpoints=TOUCHES,
        responses=(following.Response("welcome_hello", 168, rate(70, 150), rate(9, 150), rate(30, 150)),),
        response_days=7,
        upsells=(following.Upsell("upsell", "讓大籃子更豐富", True, rate(51, 320), 90, Decimal("1234.50")),),
        lifts=(read(), lift.Lift("retain", "no goal", rate(0, 0), rate(0, 0), 0)), ratios=(FAIR,), costs=(SPENT,),
        month_costs=(costs.MonthCost(date(2017, 10, 1), 98, Decimal("0.00"), Decimal("0.00")),),
        quotas=(quota.Quota("sandbox", "2018-01", 2900, 3000, 20),), quality=QUALITY,
    )  # fmt: skip
    return replace(figures, **more)


SENT = (
    brand.Sent("welcome", "accepted", "", 410, 169),
    brand.Sent("welcome", "skipped", "capped", 4, 4),
    brand.Sent("replies", "accepted", "", 12, 12),
)
MOVED = (
    stages.Movement(
        date(2017, 11, 1), Q4.until, True, {(None, "acquire"): 5, ("grow", "grow"): 600, ("grow", "retain"): 89}, 90, 80
    ),
)
COHORTS = (
    cohorts.Cohort(date(2017, 10, 1), 40, (40, 20, 10), (Decimal(400), Decimal(200), Decimal(100))),
    cohorts.Cohort(date(2017, 11, 1), 10, (10, 5), (Decimal(90), Decimal(10))),
)
RFM = rfm.Rfm("purchase", "12 months", Q4.until, False, (rfm.Cell(5, 5, 5, 120, 4000, Decimal("99999.00")),))
WORTH = lifetime.Lifetime(
    "purchase", Q4.until, 365, lifetime.Model(1, 1, 1, 1, 1, 1, 1),
    lifetime.Tested(90, 2400, 310.2, 298.1, 88.4, 12.1, 101.7),
    lifetime.Value(None, 50, 90, Decimal(800), 900.0, 40.0),
    (lifetime.Value(date(2017, 10, 1), 40, 70, Decimal(700), 700.0, 30.0),
     lifetime.Value(date(2017, 11, 1), 10, 20, Decimal(100), 200.0, 10.0)),
)  # fmt: skip
NEW_FRIENDS = acquisition.Acquisition(
    "TWD",
    (acquisition.Friends("ig", "IG 廣告", Decimal(3000), 120, 30, Decimal(25), Decimal(100)),),
    acquisition.Friends("", "", Decimal(3000), 664, 200, None, None),
    (acquisition.Kept("retain", Decimal(500), 142, Decimal("3.52"), 12.3, None),),
)
NPS = nps.Nps(120, 60, 40, 36.4, (26.0, 46.0))
TOUCHES = touchpoints.Touchpoints(
    2469, (touchpoints.Touch("sent", 2814, 948, 0.0, 3.0, (1521, 122, 284, 297, 98, 74, 47, 19, 7, 0, 0)),)
)
QUALITY = brand.Quality(
    (brand.Fed("baskets", 15, 1, 0, 0, 1269533, 1261987, 0, 7546),),
    {"數量為 0": 7521},
    (brand.Stopped("feed", "baskets", "少了 60%", Q4.since, Q4.until, "小陳", "廠商補件"),),
)
