"""`journeys plan`: shows what apply would change, whom it moves and reaches, what it costs; it changes nothing."""

from __future__ import annotations

from pathlib import Path

from journey_engine.commands import FINDINGS, FINE, FromProject


def plan(*, out: Path | None = None, settings: FromProject) -> int:
    """Show what `journeys apply` would change, whom that moves and reaches, and what needs an answer first.

    Parameters
    ----------
    out:
        Also write the plan to this file; `journeys apply FILE` executes that very plan.
    """
    from journey_engine import clock, planning
    from journey_engine.language.read import load_project
    from journey_engine.store import database

    project = load_project(settings.project)
    with database.opened(settings) as engine, engine.begin() as conn:
        made = planning.plan(conn, project, clock.now(conn))
    print("\n".join(made.text))
    if out is not None:
        planning.save(made, out)
    return FINDINGS if made.questions else FINE
