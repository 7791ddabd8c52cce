"""How links of messages are tracked, as policy.yaml says it; it makes no link."""

from __future__ import annotations

from pydantic import Field

from journey_engine.language.durations import Duration
from journey_engine.language.written import Definition, DurationField


class Links(Definition):
    """`base`: where members' browsers reach the receiver; None: the one that runs beside the sandbox, else nothing is
    tracked. `expires`: how long a link of a message leads on after it was sent."""

    base: str | None = None
    expires: DurationField = Field(default=Duration(90, "day"))
