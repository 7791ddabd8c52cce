"""Starts the receiver as a process of its own, with credentials of the environment or the block; it runs no flow."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from journey_engine.planning import NothingApplied, live_project
from journey_engine.receiver import serving
from journey_engine.running import places
from journey_engine.settings import Settings, load
from journey_engine.store import database


def credited(settings: Settings) -> Settings:
    """The settings, with the block's credentials where the account is live and the environment does not say all."""
    if settings.line.channel_secret and settings.line.channel_access_token:
        return settings
    engine = database.open_engine(settings)
    try:
        with engine.begin() as connection:
            live = live_project(connection).policy.line == "live"
    except NothingApplied:
        live = False
    finally:
        engine.dispose()
    if not live:
        return settings  # Prefect is not asked for nothing: it may not run
    from tasks.credentials import credentials

    block = credentials(replace(settings.line, channel_access_token=""))
    own = settings.line
    both = replace(
        block,
        channel_secret=own.channel_secret or block.channel_secret,
        channel_access_token=own.channel_access_token or block.channel_access_token,
        channel_id=own.channel_id or block.channel_id,
    )
    return replace(settings, line=both)


def main() -> None:
    """`python -m tasks.receiver`: take a port, write down the address if a file is named, serve until SIGTERM."""
    parser = argparse.ArgumentParser(description="What LINE and the shop tell us.")
    parser.add_argument("--project", type=Path)
    parser.add_argument("--host", default=places.HOST)
    parser.add_argument("--port", type=int, default=serving.PORT)
    parser.add_argument("--url-file", type=Path)
    asked = parser.parse_args()
    settings = credited(load(asked.project))
    serving.serve(settings, asked.port, host=asked.host, url_file=asked.url_file, on_ready=serving.announce)


if __name__ == "__main__":
    main()
