"""`journeys sender`: runs the resident sender in the foreground; it ends when it is told to, and loses nothing."""

from __future__ import annotations

from journey_engine.commands import FromProject


def sender(*, settings: FromProject) -> None:
    """Send what is due as soon as it is due, until it is stopped (`journeys up` starts one in the background)."""
    from journey_engine.running.sender import serve

    serve(settings)
