"""The chunks of a large pass laid out so that other processes may walk some of them; it walks none itself.

A chunk is walked by whoever holds its lock. The lock belongs to a session, so that a process that is killed leaves its
chunk to the others; a chunk that was committed and not yet told as done is walked again, and nobody in it moves twice.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.moving.chunk import Span
from journey_engine.moving.observing import ChunkReport, PassReport

_LAY_OUT = text("""
insert into shares (run_id, low, members)
select :run, number - number % :size, array_agg(member_id order by number) from due group by 2
""")
_TAKE_IN = text("""
insert into due (number, member_id) select s.low + g.place - 1, g.member_id
from shares s, unnest(s.members) with ordinality as g (member_id, place) where s.run_id = :run and s.done_at is null
""")
_OPEN = text("""
select low, cardinality(members) as size from shares where run_id = :run and done_at is null order by low
""")
_KEY = "hashtextextended('share ' || cast(:run as text) || ' ' || cast(:low as text), 0)"
_TRY = text(f"select pg_try_advisory_lock({_KEY})")
_WAIT = text(f"select pg_advisory_lock({_KEY})")
_LET_GO = text(f"select pg_advisory_unlock({_KEY})")
_IS_OPEN = text("select exists (select from shares where run_id = :run and low = :low and done_at is null)")
_DONE = text("""
update shares set done_at = clock_timestamp(), counts = :counts where run_id = :run and low = :low
""").bindparams(bindparam("counts", type_=JSONB))
_COUNTS = text("select counts from shares where run_id = :run and counts is not null")
# What another pass of this journey left that was killed is gone, too.
_CLEAR = text("""
delete from shares s where s.run_id = :run or exists (
    select from runs r where r.id = s.run_id and r.name = :journey and r.id < :run)
""")
_SUMS = ("entered", "held_out", "finished", "goals", "intents", "waiting", "stuck")
_TALLIES = ("refused", "left")


@dataclass(frozen=True, slots=True)
class Sharing:
    """A pass of at least so many chunks is laid out for others; `call` is told its journey and the number of its run.

    Nobody has to come: the pass walks what nobody else does.
    """

    call: Callable[[str, int], None]
    least: int = 4


@dataclass(frozen=True, slots=True)
class Shares:
    """The open chunks of one run, as one process sees them; `keeper` is a connection of its own, in autocommit."""

    keeper: Connection
    run_id: int

    def walk(self, spans: Iterable[Span], run: Callable[[Span], PassReport], wait: bool) -> None:
        """Walk each span that nobody else walks or has walked. With `wait` none of them is left undone."""
        left: list[Span] = []
        for span in spans:
            if not self._walked(span, run, _TRY):
                left.append(span)
        for span in left if wait else ():
            self._walked(span, run, _WAIT)

    def _walked(self, span: Span, run: Callable[[Span], PassReport], lock: Any) -> bool:
        """Whether the span was walked, by this process or another one; False while another one is at it."""
        key = {"run": self.run_id, "low": span.low}
        if self.keeper.execute(lock, key).scalar() is False:
            return False
        try:
            if self.keeper.execute(_IS_OPEN, key).scalar_one():
                self.keeper.execute(_DONE, {**key, "counts": counted(run(span))})
        finally:
            if not self.keeper.invalidated and not self.keeper.closed:
                self.keeper.execute(_LET_GO, key)
        return True

    def sum_up(self, report: PassReport) -> None:
        """Add what all processes did."""
        for counts in self.keeper.scalars(_COUNTS, {"run": self.run_id}):
            add_counted(report, counts)


@contextmanager
def shares_of(connection: Connection, run_id: int) -> Generator[Shares]:
    """The chunks of a run, on a connection beside this one: its locks outlive the chunks' transactions."""
    with connection.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as keeper:
        yield Shares(keeper, run_id)


def lay_out(connection: Connection, run_id: int, size: int) -> None:
    """Let others see the chunks of `size` members of the pass that is planned on this connection."""
    connection.execute(_LAY_OUT, {"run": run_id, "size": size})


def take_in(connection: Connection, run_id: int) -> Sequence[Span]:
    """The open chunks of a run, their members now numbered on this connection as they are in the pass."""
    spans = [Span(low, low + size) for low, size in connection.execute(_OPEN, {"run": run_id})]
    connection.execute(_TAKE_IN, {"run": run_id})
    return spans


def clear(connection: Connection, journey: str, run_id: int) -> None:
    """Forget the chunks of a run that has ended."""
    connection.execute(_CLEAR, {"journey": journey, "run": run_id})


def counted(report: PassReport) -> dict[str, Any]:
    """What was done in one chunk, to be kept as JSON."""
    return {
        **{name: getattr(report, name) for name in _SUMS},
        **{name: dict(getattr(report, name)) for name in _TALLIES},
        "steps": {step: dict(count) for step, count in report.steps.items()},
    }


def add_counted(report: PassReport, counts: dict[str, Any]) -> None:
    """Add what `counted` kept."""
    chunk = ChunkReport(steps={step: Counter(count) for step, count in counts["steps"].items()})
    for name in _TALLIES:
        setattr(chunk, name, Counter(counts[name]))
    for name in _SUMS[:-1]:
        setattr(chunk, name, counts[name])
    report.add(chunk)
    report.stuck += counts["stuck"]
