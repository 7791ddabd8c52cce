"""All figures of the brand in a quarter (or a month, or a year) and in the one before, from one snapshot; wordless."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures import (
    acquisition,
    brand,
    buying,
    cohorts,
    costs,
    following,
    lifetime,
    lift,
    nps,
    quota,
    ratio,
    repurchase,
    rfm,
    spans,
    stages,
    touchpoints,
)
from journey_engine.measures.spans import Span


@dataclass(frozen=True, slots=True)
class Period:
    """The brand in one span: who was there, what went out, what was bought; `bought` None: nothing is a purchase."""

    span: Span
    people: brand.Headcount
    sent: tuple[brand.Sent, ...]
    bought: buying.Bought | None


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """A span and the one before, and what only the whole history tells, as of the span's end.

    `within` ends where the span does, or at `now` if that comes first (`is_over` is false then).
    """

    within: Span
    now: datetime
    is_over: bool
    this: Period
    last: Period
    months: tuple[buying.Month, ...]
    movement: Sequence[stages.Movement]
    time_in_stage: Sequence[stages.TimeInStage]
    cohorts: cohorts.Cohorts | None
    rfm: rfm.Rfm | None
    repurchase: repurchase.Repurchase | None
    lifetime: lifetime.Lifetime | None
    acquisition: acquisition.Acquisition
    asked: tuple[nps.Asked, ...]
    asked_before: tuple[nps.Asked, ...]
    touchpoints: touchpoints.Touchpoints
    responses: tuple[following.Response, ...]
    response_days: int
    upsells: tuple[following.Upsell, ...]
    lifts: tuple[lift.Lift, ...]
    ratios: tuple[ratio.Ratio, ...]
    costs: tuple[costs.JourneyCost, ...]
    month_costs: tuple[costs.MonthCost, ...]
    quotas: tuple[quota.Quota, ...]
    quality: brand.Quality


def gather(conn: Connection, project: Project, told: Span, now: datetime, response_days: int) -> QuarterFigures:
    """The figures of a span at business `now`. What asks the whole history asks it as of the span's end.

    What is done so many days after a message answers it.
    """
    zone = project.policy.zone
    within = replace(told, until=min(told.until, now))
    before = spans.before(told, zone)
    end = within.until
    first, last = (
        instant.astimezone(ZoneInfo(zone)).date() for instant in (told.since, told.until - timedelta(microseconds=1))
    )
    return QuarterFigures(
        within=within,
        now=now,
        is_over=told.until <= now,
        this=_period(conn, project, within, end),
        last=_period(conn, project, before, end),
        months=buying.by_month(conn, project, end),
        movement=stages.movement(conn, zone, first, last),
        time_in_stage=stages.time_in_stage(conn, project),
        cohorts=cohorts.cohorts(conn, project, end),
        rfm=rfm.rfm(conn, project, end),
        repurchase=repurchase.repurchase(conn, project, end),
        lifetime=lifetime.lifetime(conn, project, end),
        acquisition=acquisition.acquisition(conn, project, now, within),
        asked=nps.asked(conn, project, now, within),
        asked_before=nps.asked(conn, project, now, before),
        touchpoints=touchpoints.touchpoints(conn, project, now, within),
        responses=following.responses(conn, project, now, within, response_days),
        response_days=response_days,
        upsells=following.upsells(conn, project, now, within),
        lifts=lift.lifts(conn, project, now, within),
        ratios=ratio.ratios(conn, project, now),
        costs=costs.costs(conn, project, now, within),
        month_costs=costs.month_costs(conn, project, within),
        quotas=quota.quotas(conn, now, project.policy),
        quality=brand.quality(conn, within),
    )


def _period(conn: Connection, project: Project, within: Span, now: datetime) -> Period:
    is_bought = buying.bought_event(project) is not None
    bought = buying.bought(conn, project, within, now) if is_bought else None
    return Period(within, brand.headcount(conn, within), brand.sent(conn, within), bought)
