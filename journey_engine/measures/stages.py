"""How members move along the lifecycle: the matrix of each month, and how long a stage lasts; it moves nobody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Row, text

from journey_engine.language.project import Project


@dataclass(frozen=True, slots=True)
class Movement:
    """One local month: who was in which stage at its end, by the stage at the end of the month before (None: in none
    yet).

    `changes` are all changes of stage within the month and `movers` the members who made them: who goes and comes back
    stands on the diagonal of the matrix and among the movers. `until` is the month's end, or the instant the stages
    stand for where the month is not over (`is_whole` is false then).
    """

    month: date  # its first day
    until: datetime
    is_whole: bool
    matrix: Mapping[tuple[str | None, str], int]
    changes: int
    movers: int

    def size(self, stage: str) -> int:
        """How many were in the stage at the end."""
        return sum(count for (_, to), count in self.matrix.items() if to == stage)

    @property
    def members(self) -> int:
        """How many were in any stage at the end."""
        return sum(self.matrix.values())


@dataclass(frozen=True, slots=True)
class TimeInStage:
    """How many days stays in a stage last, as the Kaplan-Meier estimator says: stays that go on count as lasting at
    least as long as they have. A quartile is None where fewer stays than that have been seen to end.
    """

    stage: str
    ended: int
    open: int
    first_quartile: float | None
    median: float | None
    third_quartile: float | None


@dataclass(frozen=True, slots=True)
class Standing:
    """The stages as they are: members by stage in the order of stages.yaml, as of the last refresh."""

    as_of: datetime | None
    sizes: Mapping[str, int] = field(default_factory=dict[str, int])


# Members who were erased are counted nowhere, at no time.
_OPEN = text("""
select stage, count(*) as members from stages
where left_at is null and member_id in (select id from members where erased_at is null and merged_into is null)
group by stage
""")
_MATRIX = text("""
select was.stage as was, now.stage as now, count(*) as members
from stages now
join members m on m.id = now.member_id and m.erased_at is null and m.merged_into is null
left join stages was on was.member_id = now.member_id
  and was.since <= :before and (was.left_at is null or was.left_at > :before)
where now.since <= :until and (now.left_at is null or now.left_at > :until)
group by was.stage, now.stage order by was.stage nulls first, now.stage
""")
_MOVES = text("""
select count(*) as changes, count(distinct s.member_id) as movers
from stages s
join members m on m.id = s.member_id and m.erased_at is null and m.merged_into is null
where s.since > :before and s.since <= :until
  and exists (select from stages earlier where earlier.member_id = s.member_id and earlier.since < s.since)
""")
_BOUNDS = text("""
select min(since) as first, (select refreshed_to from refreshes where scope = 'stages' and name = 'stages') as last
from stages
""")
_LENGTHS = text("""
select s.stage, s.left_at is not null as has_ended,
  extract(epoch from coalesce(s.left_at, :until) - s.since) / 86400.0 as days, count(*) as stays
from stages s
join members m on m.id = s.member_id and m.erased_at is null and m.merged_into is null
where s.since <= :until
group by 1, 2, 3 order by 1, 3
""")


def standing(connection: Connection, project: Project) -> Standing:
    """How many are in which stage; a stage that nobody is in has 0."""
    counted = {row.stage: row.members for row in connection.execute(_OPEN)}
    last = connection.execute(_BOUNDS).one().last
    named = [stage.stage for stage in project.stages.stages]
    return Standing(last, {stage: counted.get(stage, 0) for stage in [*named, *sorted(counted.keys() - set(named))]})


def movement(connection: Connection, zone: str, since: date | None = None, until: date | None = None) -> list[Movement]:
    """The months from the one of `since` to the one of `until`, oldest first; all there are if none is named.

    Months are of the zone. The last one reaches to the last refresh, if that lies in it; months behind it are left out.
    """
    first, last = connection.execute(_BOUNDS).one()
    if first is None or last is None:
        return []
    local = ZoneInfo(zone)
    # A stay that begins at the first instant of a month is one of the month's end before it: data reached up to it.
    month = max(_month(since or date.min), _month(_just_before(first, local)))
    end = min(_month(until or date.max), _month(_just_before(last, local)))
    found: list[Movement] = []
    while month <= end:
        found.append(_of_month(connection, month, local, last))
        month = _next(month)
    return found


def _of_month(connection: Connection, month: date, zone: ZoneInfo, last: datetime) -> Movement:
    """The stay that holds an end is the one begun at or before it: a refresh for a midnight knows the day before."""
    before, after = _begins(month, zone), _begins(_next(month), zone)
    until = min(after, last)
    given = {"before": before, "until": until}
    matrix = {(row.was, row.now): int(row.members) for row in connection.execute(_MATRIX, given)}
    moves = connection.execute(_MOVES, given).one()
    return Movement(month, until, last >= after, matrix, moves.changes, moves.movers)


def time_in_stage(connection: Connection, project: Project) -> list[TimeInStage]:
    """How long each stage lasts, in the order of stages.yaml; of all stays up to the last refresh."""
    last = connection.execute(_BOUNDS).one().last
    if last is None:
        return []
    rows: dict[str, list[Row[Any]]] = {stage.stage: [] for stage in project.stages.stages}
    for row in connection.execute(_LENGTHS, {"until": last}):
        rows.setdefault(row.stage, []).append(row)
    return [_lasting(stage, lengths) for stage, lengths in rows.items()]


def _lasting(stage: str, lengths: list[Row[Any]]) -> TimeInStage:
    ended = sum(row.stays for row in lengths if row.has_ended)
    going_on = sum(row.stays for row in lengths if not row.has_ended)
    quartiles: list[float | None] = [None, None, None]
    if ended:
        from statsmodels.duration import survfunc

        reckoned: Any = survfunc
        days = [float(row.days) for row in lengths]
        curve = reckoned.SurvfuncRight(
            days, [int(row.has_ended) for row in lengths], freq_weights=[float(row.stays) for row in lengths]
        )
        found = [float(curve.quantile(part)) for part in (0.25, 0.5, 0.75)]
        quartiles = [None if each != each else each for each in found]  # not a number: not so many have ended
    return TimeInStage(stage, ended, going_on, *quartiles)


# ---- months ---------------------------------------------------------------------------------------------------------
def _just_before(at: datetime, zone: ZoneInfo) -> date:
    return (at - timedelta(microseconds=1)).astimezone(zone).date()


def _month(day: date) -> date:
    return day.replace(day=1)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _begins(month: date, zone: ZoneInfo) -> datetime:
    return datetime(month.year, month.month, 1, tzinfo=zone)
