"""The plan of a pass: what is due or changed, up to which arrival, in which chunks; it moves nobody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    Boolean,
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    Text,
    and_,
    bindparam,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    text,
    update,
)

from journey_engine.compiler import arrivals
from journey_engine.compiler.arrivals import is_older
from journey_engine.compiler.dues import all_due, among, any_arrived, due_members, stuck_members
from journey_engine.compiler.entering import Arrived
from journey_engine.compiler.frontier import SUM_UP, due
from journey_engine.compiler.pacing import give_turns
from journey_engine.compiler.plot import MOST_KEPT, Plot
from journey_engine.compiler.program import compile_program
from journey_engine.errors import JourneysError, UsageError
from journey_engine.moving import sets, sharing
from journey_engine.moving.chunk import SHARDS, Reach, Round, Span
from journey_engine.moving.gathering import gather
from journey_engine.moving.horizon import read_coverage
from journey_engine.moving.recording import open_run
from journey_engine.moving.timing import between
from journey_engine.store import prepared
from journey_engine.store.tables.metadata import INSTANT
from journey_engine.store.tables.moving import definitions, journey_clocks
from journey_engine.store.tables.operation import holds
from journey_engine.store.zones import Carried, zones_of

MARKS = (arrivals.XMIN.label("xmin"), arrivals.XMAX.label("xmax"), arrivals.CURRENT.label("current"))
_ARRIVED = select(any_arrived())
_LIVE = select(definitions.c.version).where(
    definitions.c.kind == "journey", definitions.c.name == bindparam("journey"), definitions.c.replaced_at.is_(None)
)
_CLOCK = select(journey_clocks, *MARKS, _LIVE.scalar_subquery().label("version")).where(
    journey_clocks.c.journey == bindparam("journey")
)
_DUE = select(due.c.member_id)
_MARK: BindParameter[Any] = bindparam("by", type_=Text)
_OLDER = bindparam("restored", type_=Boolean) | is_older(journey_clocks.c.snapshot, _MARK)
_MOVED = (
    update(journey_clocks)
    .where(journey_clocks.c.journey == bindparam("name"), _OLDER)
    .values(
        seen=bindparam("looked"),
        snapshot=_MARK,
        last_now=func.greatest(journey_clocks.c.last_now, bindparam("upto", type_=INSTANT)),
    )
)
# Neighbours share a shard, and so a chunk: their rows lie on the same pages, which a chunk then reads and writes once.
_NEIGHBOURS = 256


def _shard(member: ColumnElement[Any]) -> ColumnElement[Any]:
    return member // _NEIGHBOURS % SHARDS


_REACHES = select(_shard(due.c.member_id), func.min(due.c.number), func.max(due.c.number)).group_by(literal_column("1"))
_MANY = 1_000
_MANY_CHUNKS = 4  # from so many on all arrivals are gathered once, and not read for each
CHUNK = 20_000  # members, walked in some two seconds; of half as many each took a tenth longer, for the planning


def _written(instant: datetime) -> str:
    return f"{instant.astimezone(UTC):%Y-%m-%d %H:%M:%S %Z}"


class NotApplied(UsageError):
    """A pass was asked for a journey that was never applied."""

    def __init__(self, journey: str) -> None:
        super().__init__(f"The journey {journey} has not been applied.", "Apply it with: journeys apply.", journey)


class PassGoesBack(JourneysError):
    """A pass was asked for an instant before the last one."""

    def __init__(self, journey: str, now: datetime, last: datetime) -> None:
        super().__init__(
            f"A pass for {_written(now)} lies before the last one, {_written(last)}.",
            "Give a later instant; what was decided is not decided anew.",
            journey,
        )


@dataclass(frozen=True, slots=True)
class Mode:
    """What a journey may do now. moves: take steps; enters: take note of triggers; admits: let members in."""

    moves: bool
    enters: bool
    admits: bool
    held: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """Up to which arrivals this pass looks: its snapshot as text, and that one's xmin.

    `fired`: an instant of the journey's own lies between the last pass and this one, which must not be looked at again.
    """

    seen: int
    snapshot: str
    restored: bool = False
    fired: bool = False


@dataclass(frozen=True, slots=True)
class Agenda:
    """What one pass has to do: everything in it was read in one snapshot. Without spans there is nothing."""

    now: datetime
    given: Round | None
    mark: Mark
    spans: tuple[Span, ...]
    members: int
    arrived: bool
    unknown_zones: Mapping[str, int] = field(default_factory=dict[str, int])


def bound_values(connection: Connection, plot: Plot, now: datetime) -> tuple[dict[str, Any], Mark]:
    """The cursor, the horizons and the version as of this transaction's snapshot.

    Raises NotApplied, and PassGoesBack if `now` lies before the last pass.
    """
    clock = prepared.run(connection, _CLOCK, {"journey": plot.name}).one_or_none()
    if clock is None:
        raise NotApplied(plot.name)
    if now < clock.last_now:
        raise PassGoesBack(plot.name, now, clock.last_now)
    timing = between(connection, plot, clock.last_now, clock.live_since, now)
    horizons = read_coverage(connection, now).bound(plot)
    bound = {**_cursor(clock), **horizons, **timing.bound, "now": now, "version": clock.version or 1}
    return bound, Mark(clock.xmin, clock.current, clock.seen > clock.xmax, timing.fired)


def _cursor(clock: Row[Any]) -> dict[str, Any]:
    # Transactions are numbered anew in a restored database: then everything is looked at again, and used only once.
    restored = clock.seen > clock.xmax
    return {
        "seen_from": 0 if restored else clock.seen,
        "seen_by": None if restored else clock.snapshot,
        "live_since": clock.live_since,
        "last_now": clock.last_now,
        "resumed_at": clock.resumed_at,
    }


def mode_of(connection: Connection, plot: Plot) -> Mode | None:
    """What the journey's status and the holds allow; None for a draft."""
    status = plot.journey.status
    if status == "draft":
        return None
    held = prepared.run(connection, _open_hold(plot), {}).scalar_one_or_none()
    if held is not None:
        return Mode(moves=False, enters=status == "live", admits=False, held=held)
    return Mode(moves=status != "paused", enters=status == "live", admits=status == "live")


@lru_cache(maxsize=MOST_KEPT)
def _open_hold(plot: Plot) -> Select[Any]:
    on_journey = and_(holds.c.scope == "journey", holds.c.name == plot.name)
    on_segment = and_(holds.c.scope == "segment", holds.c.name.in_(sorted(plot.segments)))
    return select(holds.c.reason).where(or_(on_journey, on_segment), holds.c.released_at.is_(None)).limit(1)


def make_agenda(
    connection: Connection,
    plot: Plot,
    mode: Mode,
    now: datetime,
    run_id: int | None,
    only: Sequence[int] | None = None,
) -> Agenda:
    """Read who is due, and number them in the table `due`; where nobody is, nothing is made or written.

    With `only` nobody else is looked at, and nothing counts as looked at: the cursor is to stay.
    """
    bound, mark = bound_values(connection, plot, now)
    if only is not None:
        bound["only"], mark = list(only), replace(mark, fired=False)
    if mode.enters and plot.journey.enter.pace is not None:
        connection.execute(give_turns(plot, plot.journey.enter.pace), bound)
    asked = (plot, mode.moves, mode.enters, mode.admits, only is not None)
    if prepared.run(connection, _any(*asked), bound).first() is None:
        arrived = only is None and prepared.run(connection, _ARRIVED, bound).scalar_one()
        return Agenda(now, None, mark, (), 0, arrived)
    bound["part"] = sets.take(connection)
    number = prepared.run(connection, _numbered(*asked), bound).rowcount
    reaches = _know(connection, number)
    bound["run_id"] = open_run(connection, plot.name, now) if run_id is None else run_id
    carried = zones_of(connection, _DUE)
    spans = tuple(Span(low, min(low + CHUNK, number)) for low in range(0, number, CHUNK))
    given = _round(plot, mode, bound, reaches, carried, _arrived(connection, plot, mode, bound, len(spans)))
    return Agenda(now, given, mark, spans, number, only is None, carried.unknown)


def join_agenda(connection: Connection, plot: Plot, mode: Mode, now: datetime, run_id: int) -> Agenda:
    """What is open of a pass that was laid out for others, numbered as it is there; nothing counts as looked at."""
    bound, mark = bound_values(connection, plot, now)
    bound["part"] = sets.take(connection)
    spans = tuple(sharing.take_in(connection, run_id))
    members = sum(span.size for span in spans)
    reaches = _know(connection, members)
    bound["run_id"] = run_id
    carried = zones_of(connection, _DUE)
    given = _round(plot, mode, bound, reaches, carried, _gathered(connection, plot, mode, bound)) if spans else None
    return Agenda(now, given, replace(mark, fired=False), spans, members, False)


def _round(
    plot: Plot, mode: Mode, bound: dict[str, Any], reaches: tuple[Reach, ...], carried: Carried, arrived: Arrived
) -> Round:
    program, zone = compile_program(plot), plot.project.policy.zone
    return Round(program, bound, zone, carried.known, reaches, mode.moves, mode.enters, mode.admits, arrived)


def _arrived(connection: Connection, plot: Plot, mode: Mode, bound: Mapping[str, Any], chunks: int) -> Arrived:
    """How a pass of so many chunks finds its triggers; what arrives from now on is the next pass's."""
    return "all" if chunks < _MANY_CHUNKS else _gathered(connection, plot, mode, bound)


def _gathered(connection: Connection, plot: Plot, mode: Mode, bound: Mapping[str, Any]) -> Arrived:
    # With a pace all of them were given their turn before.
    counts = mode.enters and plot.journey.enter.pace is None
    return "gathered" if counts and gather(connection, plot, bound) else "none"


def _know(connection: Connection, number: int) -> tuple[Reach, ...]:
    """After so many are numbered: which shard's members have which numbers."""
    if number >= _MANY:
        connection.execute(SUM_UP)
        # Without statistics the planner would take the chunks for a few rows.
        connection.execute(text("analyze due"))
    return tuple(Reach(*row) for row in prepared.run(connection, _REACHES, {}))


@lru_cache(maxsize=4 * MOST_KEPT)
def _numbered(plot: Plot, moves: bool, enters: bool, admits: bool, only: bool) -> Executable:
    """Into `due`: everyone once, numbered from 0 in the order of their shards, which is that of the locks."""
    who = among(all_due(plot, moves, enters, admits), only).subquery("who")
    ids = select(_shard(who.c.member_id).label("shard"), who.c.member_id).distinct().subquery("ids")
    order = func.row_number().over(order_by=(ids.c.shard, ids.c.member_id))
    # Asked of each once, and not of each of her triggers; those few who are stuck are read once for all.
    rows = select(cast(order, BigInteger) - 1, ids.c.member_id).where(ids.c.member_id.not_in(stuck_members(plot)))
    return insert(due).from_select(["number", "member_id"], rows)


@lru_cache(maxsize=4 * MOST_KEPT)
def _any(plot: Plot, moves: bool, enters: bool, admits: bool, only: bool) -> Executable:
    return among(due_members(plot, moves, enters, admits), only).limit(1)


def move_cursor(connection: Connection, journey: str, mark: Mark, now: datetime | None) -> None:
    """The arrivals up to the mark have been looked at; a mark that is older than the stored one changes nothing.

    `now`: the instant up to which the clock's own triggers have been, too; None: it stays.
    """
    mark_of = {"restored": mark.restored, "looked": mark.seen, "by": mark.snapshot}
    prepared.run(connection, _MOVED, {"name": journey, "upto": now, **mark_of})
