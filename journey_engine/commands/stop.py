"""`journeys stop`: stops what `journeys up` started; it never touches a database server named by DATABASE_URL."""

from __future__ import annotations

from journey_engine.commands import FromProject


def stop(*, settings: FromProject) -> None:
    """Stop worker, sender, sandbox, Prefect and the project's own database; all data stays."""
    from journey_engine.running import stack

    said: list[str] = []
    stack.stop(settings, lambda line: (said.append(line), print(line))[1])
    if not said:
        print("Nothing was running.")
