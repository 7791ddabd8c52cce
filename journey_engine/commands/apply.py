"""`journeys apply`: makes the files live, as the plan shows it; it tells Prefect nothing (`journeys deploy` does)."""

from __future__ import annotations

from journey_engine.commands import FromProject


def apply(*, by: str = "", settings: FromProject) -> None:
    """Make the files live; refused while it would leave a member at a step that is gone.

    Parameters
    ----------
    by:
        In whose name; the account's own if none is given.
    """
    import getpass

    from journey_engine import clock, planning
    from journey_engine.language.read import load_project
    from journey_engine.store import database

    project = load_project(settings.project)
    engine = database.open_engine(settings)
    try:
        with engine.begin() as conn:
            made = planning.plan(conn, project, clock.now(conn))
            print("\n".join(made.text))
            planning.apply(conn, made, by or getpass.getuser())
    finally:
        engine.dispose()
