"""Which messages are looked at before they go to many at once, as the policy says it; it looks at none."""

from __future__ import annotations

from pydantic import Field

from journey_engine.language.written import Definition, Name


class Gate(Definition):
    """Before one message goes to more than `above` recipients at once, the suite `intents` judges who they are.

    A rule of severity critical that fails holds the message until a person releases it. Without `intents` none is.
    """

    intents: Name | None = None
    above: int = Field(default=500, ge=1)
