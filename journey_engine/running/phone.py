"""Runs the sandbox as a process of its own, with the messages of this folder's project on its page; it has no other.

python -m journey_engine.running.phone --port 4270 --journal .journeys/sandbox.jsonl --url-file .journeys/sandbox.url
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from journey_engine.sandbox import server


def messages_here() -> list[dict[str, Any]]:
    """The project's messages as its files are at this moment."""
    from journey_engine.previewing.asked import of_files

    return of_files(Path.cwd())


if __name__ == "__main__":
    server.main(messages_here)
