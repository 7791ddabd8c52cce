"""How often brand and members met in a span, by kind: sent, tapped, replied, bought, visited; it counts, no more."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, text

from journey_engine.language.project import Project
from journey_engine.measures import proportions
from journey_engine.measures.buying import bought_event
from journey_engine.measures.spans import Span
from journey_engine.store.tables.people import alive, members

# sent: messages LINE accepted. tapped: buttons and links, those of a survey among them. replied: words and pictures.
# bought: the purchase event. visited: beacons, and what else the shop tells (events of the schema without an amount).
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
    """Members there were when the span was over (erased and merged ones left out), and each kind."""

    members: int
    kinds: tuple[Touch, ...]


def touchpoints(conn: Connection, project: Project, now: datetime, within: Span, upto: int = 10) -> Touchpoints:
    """Touchpoints in the span, as far as it is not after `now`; `upto`: where the histograms end."""
    until = min(within.until, now)
    span = {"since": within.since, "until": until}
    there = conn.execute(_THERE, span).scalar_one()
    names = kinds(project)
    of_kind = {"names": list(names), "kinds": list(names.values())}
    found: dict[str, dict[int, int]] = {}
    for kind, touches, count in conn.execute(_TOUCHES, span | of_kind):
        found.setdefault(kind, {})[touches] = count
    return Touchpoints(there, tuple(_touch(kind, found.get(kind, {}), there, upto) for kind in KINDS))


def kinds(project: Project) -> dict[str, Kind]:
    """Which kind of touchpoint an event is; none for those that are no touchpoint."""
    found: dict[str, Kind] = {"accepted": "sent", "click": "tapped", "postback": "tapped", "message": "replied"}
    found["beacon"] = "visited"
    found |= {name: "visited" for name, kind in project.schema_.events.items() if kind.value is None}
    event = bought_event(project)
    if event is not None:
        found[event] = "bought"
    return found


def _touch(kind: Kind, counted: dict[int, int], there: int, upto: int) -> Touch:
    """`counted`: how many members had so many, of those with any."""
    spread = dict(sorted({**counted, 0: there - sum(counted.values())}.items()))
    histogram = [spread.get(touches, 0) for touches in range(upto)]
    histogram.append(there - sum(histogram))
    touches = sum(each * members for each, members in spread.items())
    middle, high = (proportions.quantile(spread, share) for share in (0.5, 0.9))
    return Touch(kind, touches, sum(counted.values()), middle, high, tuple(histogram))


_ALIVE = alive(members.alias("m"))
# A member whom a later file brought with purchases of the span was there.
_THERE = text(f"""
select count(*) from members m
where {_ALIVE} and (m.created_at < :until or exists (select from events e where e.member_id = m.id and e.at < :until))
""")
_TOUCHES = text(f"""
with each as (
    select k.kind, e.member_id, count(*) as touches
    from events e
    join unnest(cast(:names as text[]), cast(:kinds as text[])) as k (name, kind) on k.name = e.name
    join members m on m.id = e.member_id
    where e.at >= :since and e.at < :until and {_ALIVE}
    group by 1, 2
)
select kind, touches, count(*) from each group by 1, 2
""")
