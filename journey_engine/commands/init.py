"""`journeys init`: starts a brand's own repository; it overwrites nothing and knows nothing of git."""

from __future__ import annotations

from pathlib import Path


def init(folder: Path, /) -> None:
    """Start a repository of your own with the four journeys, for Asia/Taipei.

    Parameters
    ----------
    folder
        Where; it is made if it does not exist, and nothing in it is overwritten.
    """
    from journey_engine.starting.repository import start

    written = start(folder)
    print(f"{len(written)} files in {folder}: journeys, expectations, policy for Asia/Taipei, README.md, Makefile.")
    print(f"Go on with: journeys --project {folder} check")
