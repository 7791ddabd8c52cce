"""The resident sender as `journeys up` starts it: with the LINE credentials of Prefect's block; it is no flow."""

from __future__ import annotations

from journey_engine.running.sender import serve
from journey_engine.settings import LineCredentials, load


def completed(environment: LineCredentials) -> LineCredentials:
    """The environment's credentials, else the block's; Prefect is imported for a live channel only."""
    from tasks.credentials import credentials

    return credentials(environment)


if __name__ == "__main__":
    serve(load(), completed)
