"""LINE's credentials and addresses of databases as Prefect blocks, beside the environment; it sends nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from prefect.blocks.core import Block
from pydantic import Field, SecretStr

from journey_engine import settings

DOCUMENT = "line"


class LineCredentials(Block):
    """What LINE's developer console gives for a Messaging API channel. Environment variables win over it."""

    _block_type_name = "LINE Credentials"
    _block_type_slug = "line-credentials"
    _description = "LINE Messaging API channel: save one block named `line`."

    channel_id: str = Field(default="", title="Channel ID")
    channel_secret: SecretStr = Field(default=SecretStr(""), title="Channel secret")
    channel_access_token: SecretStr = Field(default=SecretStr(""), title="Channel access token (long-lived)")


def credentials(environment: settings.LineCredentials) -> settings.LineCredentials:
    """The environment's credentials if it has a token, else the block's; empty ones where neither says anything."""
    if environment.channel_access_token:
        return environment
    try:
        block: Any = LineCredentials.load(DOCUMENT)
    except ValueError:  # Prefect's answer for a document nobody saved
        return environment
    return settings.LineCredentials(
        channel_id=block.channel_id,
        channel_secret=block.channel_secret.get_secret_value(),
        channel_access_token=block.channel_access_token.get_secret_value(),
    )


def with_source(known: settings.Settings, database: str | None) -> settings.Settings:
    """The settings with the address of a database that a feed queries: the environment's, else a Secret block's."""
    if database is None or known.source(database) is not None:
        return known
    try:
        block: Any = Block.load(f"secret/source-{database.replace('_', '-')}")
    except ValueError:  # nobody saved it; the import says what is missing
        return known
    return replace(known, sources=(*known.sources, (database, str(block.get()))))
