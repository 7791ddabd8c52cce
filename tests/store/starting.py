"""The start of a server as the work of a process of its own."""

from __future__ import annotations

from pathlib import Path

from journey_engine.store import embedded


def start_at(home: Path) -> None:
    """It ends well if the server answers at the address it should have."""
    cluster = embedded.place(home)
    if embedded.start(cluster) != cluster.url():
        raise SystemExit(1)
