"""`journeys webhook`: runs the receiver in the foreground; it moves and sends only what has just come in."""

from __future__ import annotations

from journey_engine.commands import FromProject


def webhook(*, host: str = "127.0.0.1", port: int = 4271, settings: FromProject) -> None:
    """Take in what LINE and the shop send, until it is told to end; `journeys up` starts one in the background.

    Parameters
    ----------
    host:
        The address to listen on; 0.0.0.0 for all, behind something that speaks TLS.
    port:
        The wished-for port; a taken one means the next free one, said aloud.
    """
    import os
    import sys

    from journey_engine.running import places

    told = ["--project", str(settings.project), "--host", host, "--port", str(port)]
    told += ["--url-file", str(places.receiver_url_file(settings))]
    # In its place, so that a signal to this process reaches the receiver.
    os.execve(sys.executable, [sys.executable, "-m", "tasks.receiver", *told], places.surroundings(settings))
