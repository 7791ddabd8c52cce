"""How often brand and members met in a span, by kind: sent, tapped, replied, bought, visited; it counts, no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection

from journey_engine.language.project import Project
from journey_engine.measures.spans import Span

# sent: messages LINE accepted. tapped: buttons and links. replied: words and answers. bought: the purchase event.
# visited: what the shop tells besides (events of the schema that carry no amount).
Kind = Literal["sent", "tapped", "replied", "bought", "visited"]
KINDS: tuple[Kind, ...] = ("sent", "tapped", "replied", "bought", "visited")


@dataclass(frozen=True, slots=True)
class Touch:
    """One kind: how many in all, how many members had any; median and 90th percentile over all members, who had none
    among them. `histogram[n]`: members with n of them, the last: with so many or more."""

    kind: Kind
    touches: int
    members: int
    median: float
    p90: float
    histogram: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Touchpoints:
    """Members there were at the end of the span (erased and merged ones left out), and each kind."""

    members: int
    kinds: tuple[Touch, ...]


def touchpoints(conn: Connection, project: Project, now: datetime, within: Span, upto: int = 10) -> Touchpoints:
    """Touchpoints in the span, as far as it is not after `now`; `upto`: where the histograms end."""
    raise NotImplementedError
