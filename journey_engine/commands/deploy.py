"""`journeys deploy`: plan, apply, then Prefect, by a process of its own; it starts no server."""

from __future__ import annotations

from journey_engine.commands import FINDINGS, FINE, FromProject
from journey_engine.settings import Settings


def deploy(*, by: str = "", yes: bool = False, settings: FromProject) -> int:
    """Make the files live and tell Prefect of them; `journeys up` starts what this needs.

    Parameters
    ----------
    by:
        In whose name; the account's own if none is given.
    yes:
        Do not ask before the deployments of journeys whose file is gone are removed.
    """
    from journey_engine.running import stack

    if not made_live(settings, by, yes):
        return FINDINGS
    stack.deploy(settings, print)
    return FINE


def made_live(settings: Settings, by: str = "", yes: bool = False) -> bool:
    """Plan and apply; False, and nothing applied, if somebody would not have deployments removed."""
    from journey_engine.commands.apply import apply

    gone = _gone(settings)
    if gone and not yes and not _agreed(gone):
        print("Nothing was applied.")
        return False
    apply(by=by, settings=settings)
    return True


def _gone(settings: Settings) -> list[str]:
    """The live journeys that have no file any more."""
    from journey_engine import clock, planning
    from journey_engine.language.read import load_project
    from journey_engine.store import database

    project = load_project(settings.project)
    with database.opened(settings) as engine, engine.begin() as conn:
        made = planning.plan(conn, project, clock.now(conn))
    return [change.name for change in made.changes if change.kind == "journey" and change.sign == "-"]


def _agreed(gone: list[str]) -> bool:
    """Whether a person says yes; nobody there is a no."""
    import sys

    names = ", ".join(gone)
    if not sys.stdin.isatty():
        print(f"The files of these journeys are gone: {names}. To remove their deployments: journeys deploy --yes")
        return False
    return input(f"The files of these journeys are gone: {names}. Remove their deployments? [y/N] ").lower() == "y"
