"""A journey day by day of the business zone: who came in, what was sent, tapped and reached; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, text

from journey_engine.measures.spans import Span

# A tap belongs to the journey whose message LINE took last before it: two journeys may send the same message.
_DAYS = text("""
with counted as (
  select entered_at as at, 'entered' as what from enrolments where journey = :journey and arm <> 'holdout'
  union all select settled_at, 'sent' from intents where journey = :journey and status = 'accepted'
  union all select goal_at, 'goals' from enrolments
    where journey = :journey and arm <> 'holdout' and goal_at is not null
  union all select tap.at, 'taps' from events tap
    cross join lateral (
      select i.journey from intents i
      where i.member_id = tap.member_id and i.status = 'accepted' and i.message = tap.of and i.settled_at <= tap.at
      order by i.settled_at desc, i.id desc limit 1) last
    where tap.name = 'click' and last.journey = :journey
      and tap.of in (select message from intents where journey = :journey and status = 'accepted')
)
select cast(at at time zone :zone as date) as day, count(*) filter (where what = 'entered') as entered,
  count(*) filter (where what = 'sent') as sent, count(*) filter (where what = 'taps') as taps,
  count(*) filter (where what = 'goals') as goals
from counted where at >= :since and at < :until group by 1 order by 1
""")


@dataclass(frozen=True, slots=True)
class Day:
    """One local day: visits that began (without the held out), messages LINE accepted, taps on them, goals reached."""

    day: date
    entered: int
    sent: int
    taps: int
    goals: int


def days(conn: Connection, journey: str, within: Span, zone: str) -> tuple[Day, ...]:
    """The days of the span on which anything happened, in order."""
    asked = {"journey": journey, "zone": zone, "since": within.since, "until": within.until}
    return tuple(Day(*row) for row in conn.execute(_DAYS, asked))
