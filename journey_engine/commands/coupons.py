"""`journeys coupons`: how the pools of coupon codes stand, and filling them; it gives no code to anybody."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINDINGS, FINE, FromProject


def coupons(
    pool: str = "",
    /,
    *,
    fill: Annotated[bool, Parameter(help="First bring what the pool's files hold, or make what it lacks.")] = False,
    settings: FromProject,
) -> int:
    """Count the codes of each coupon pool: free, given, redeemed, expired; --fill brings new ones."""
    from journey_engine import clock
    from journey_engine.data import pools, stocking
    from journey_engine.language.named import COUPON, find
    from journey_engine.planning import live_project
    from journey_engine.store import database

    with database.opened(settings) as engine:
        with engine.begin() as connection:
            project, now = live_project(connection), clock.now(connection)
        language = project.policy.language
        if pool:
            find(COUPON, pool, project.coupons, language, "coupons")
        told = stocking.fill(engine, project, settings.project, now, pool or None) if fill else []
        with engine.connect() as connection:
            stand = [each for each in pools.standings(connection, project, now) if pool in ("", each.pool)]
    for each in told:
        print(each)
    for words in (*map(pools.said, stand), *pools.warnings(stand)):
        print(words.said(language))
    if not stand:
        print("No coupon is declared.")
    return FINDINGS if any(each.error for each in told) else FINE
