"""`journeys rollback`: makes the definitions of an earlier application live again; it touches no file."""

from __future__ import annotations

from journey_engine.commands import FromProject
from journey_engine.language.words import Words

_FILES = Words(
    "檔案沒有動：請一併改回，不然下一次 apply 又會把這些改動上線。",
    "The files are as they were: bring them back, too, or the next apply undoes this.",
)


def rollback(
    *,
    to: int | None = None,
    by: str = "",
    moved: tuple[str, ...] = (),
    reschedule: tuple[str, ...] = (),
    settings: FromProject,
) -> None:
    """Make live what an earlier application had made live, by a plan like any other; the files stay as they are.

    Parameters
    ----------
    to:
        The number of that application, as `journeys history` lists them; the one before the last if none is given.
    by:
        In whose name; the account's own if none is given.
    moved:
        Where those go on who wait at a step that did not exist then: JOURNEY.STEP=STEP.
    reschedule:
        A wait whose promised times are reckoned anew: JOURNEY.STEP.
    """
    import getpass

    from journey_engine import clock, planning
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as conn:
        number, project = planning.as_of(conn, to)
        now = clock.now(conn)
        made = planning.plan(conn, planning.answered(project, moved, reschedule), now, back_to=number)
        print("\n".join(made.text))
        planning.apply(conn, made, by or getpass.getuser())
    print(_FILES.said(project.policy.language))
