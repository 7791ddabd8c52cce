"""`journeys sandbox`: runs the sandbox in the foreground; it sends nothing and ends when it is told to."""

from __future__ import annotations

from pathlib import Path

from journey_engine.commands import FromProject


def sandbox(
    *, port: int = 4270, journal: Path | None = None, webhook: str | None = None, settings: FromProject
) -> None:
    """Run a LINE platform on this machine, with a page that shows each friend's phone.

    Parameters
    ----------
    port:
        The wished-for port; a taken one means the next free one, said aloud.
    journal:
        The file that holds its friends and its ledger; the project's own if none is named.
    webhook:
        The address to which what friends do is posted, signed with the sandbox's secret; by default the one set before.
    """
    from journey_engine.previewing.asked import of_files
    from journey_engine.sandbox.server import announce, serve

    file = journal or settings.state / "sandbox.jsonl"
    serve(file, port, on_ready=announce, webhook=webhook, previews=lambda: of_files(settings.project))
