"""`journeys plan`: shows what apply would change, and whom it would leave standing nowhere; it changes nothing."""

from __future__ import annotations

from journey_engine.commands import FINDINGS, FINE, FromProject


def plan(*, settings: FromProject) -> int:
    """Show what `journeys apply` would change, and what needs an answer first."""
    from journey_engine import clock, planning
    from journey_engine.language.read import load_project
    from journey_engine.store import database

    project = load_project(settings.project)
    engine = database.open_engine(settings)
    try:
        with engine.begin() as conn:
            made = planning.plan(conn, project, clock.now(conn))
    finally:
        engine.dispose()
    print("\n".join(made.text))
    return FINDINGS if made.questions else FINE
