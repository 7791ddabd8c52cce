"""`journeys deploy`: plan, apply, then Prefect, by a process of its own; it starts no server."""

from __future__ import annotations

from journey_engine.commands import FromProject


def deploy(*, by: str = "", settings: FromProject) -> None:
    """Make the files live and tell Prefect of them; `journeys up` starts what this needs.

    Parameters
    ----------
    by:
        In whose name; the account's own if none is given.
    """
    from journey_engine.commands.apply import apply
    from journey_engine.running import stack

    apply(by=by, settings=settings)
    stack.deploy(settings, print)
