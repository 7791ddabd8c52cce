"""`journeys apply`: makes the files live, as the plan shows it; it tells Prefect nothing (`journeys deploy` does)."""

from __future__ import annotations

from pathlib import Path

from journey_engine.commands import FromProject


def apply(plan: Path | None = None, /, *, by: str = "", settings: FromProject) -> None:
    """Make the files live, or execute a plan written before; refused while a question is open.

    Parameters
    ----------
    plan:
        A file that `journeys plan --out` wrote; refused if others applied something since.
    by:
        In whose name; the account's own if none is given.
    """
    import getpass

    from journey_engine import clock, planning
    from journey_engine.data import stocking
    from journey_engine.language.read import load_project
    from journey_engine.store import database

    kept = planning.load(plan) if plan else None
    project = None if kept else load_project(settings.project)
    with database.opened(settings) as engine:
        with engine.begin() as conn:
            now = clock.now(conn)
            made = kept or planning.plan(conn, project, now)  # type: ignore[arg-type]
            print("\n".join(made.text))
            planning.apply(conn, made, by or getpass.getuser(), now)
            live = planning.live_project(conn)
        for each in stocking.fill(engine, live, settings.project, now):
            print(each)
