"""How long what is kept is kept, and whether who was erased may return, as policy.yaml says it; it deletes nothing."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from journey_engine.language.durations import Duration
from journey_engine.language.written import Definition, DurationField


class Retention(Definition):
    """After how long it is taken away; None: never. Counts stay whatever is taken.

    `events`: what members did. `inbox`: what LINE and the shop sent, as it came. `bodies`: what was written to members
    and posted to endpoints, once it is settled. `quarantine`: the contents of bad rows. `clicks`: who tapped a link.
    """

    events: DurationField | None = None
    inbox: DurationField | None = None
    bodies: DurationField = Field(default=Duration(7, "day"))
    quarantine: DurationField | None = None
    clicks: DurationField | None = None


class Erased(Definition):
    """`return`: who follows the account anew after she was erased becomes a new member without a past, or never."""

    return_: Literal["on_follow", "never"] = Field(default="on_follow", alias="return")
