"""`journeys up`: starts what runs journeys and leaves it running; what runs already is left alone."""

from __future__ import annotations

from journey_engine.commands import FromProject


def up(*, settings: FromProject) -> None:
    """Start database, Prefect, sandbox, receiver, worker and sender, make the files live; up until `journeys stop`."""
    from journey_engine.commands.deploy import made_live
    from journey_engine.language.read import load_project
    from journey_engine.running import stack
    from journey_engine.store import database

    engine = database.open_engine(settings)
    print(f"Database: {engine.url.host}:{engine.url.port}/{engine.url.database}")
    engine.dispose()
    policy = load_project(settings.project).policy  # mistakes in the files are told before more is started
    sandbox = [stack.start_sandbox] if policy.line == "sandbox" else []
    stack.together(settings, print, stack.start_prefect, *sandbox)
    told = [stack.deploy] if made_live(settings) else []
    stack.together(settings, print, *told, stack.start_receiver, stack.start_sender)
    stack.start_worker(settings, print)  # what it serves is there by now
