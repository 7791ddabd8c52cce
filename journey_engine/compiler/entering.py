"""Who enters: the triggers gathered, the enrolments of those let in, and what is kept for later; it judges nobody."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import (
    CTE,
    BigInteger,
    Boolean,
    ColumnElement,
    Date,
    Executable,
    Select,
    Text,
    and_,
    case,
    delete,
    exists,
    func,
    insert,
    literal,
    literal_column,
    not_,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.sql.selectable import FromClause

from journey_engine.compiler import calendar, draws, trails
from journey_engine.compiler.calendar import INSTANT
from journey_engine.compiler.deciding import word
from journey_engine.compiler.frontier import ENTER, JUDGED, TO_LOAD, candidates, chunk, newcomers, verdicts
from journey_engine.compiler.gathering import of_chunk
from journey_engine.compiler.leaving import load_entered
from journey_engine.compiler.lookups import among, found_by, looked_up
from journey_engine.compiler.plot import NOW, VERSION, Plot, stage
from journey_engine.compiler.references import rank_and_number
from journey_engine.compiler.trails import Counted, day_of
from journey_engine.compiler.triggers import arrived_triggers
from journey_engine.compiler.verdicts import ENTERED, HELD, judged, latest_first
from journey_engine.store.tables.moving import enrolments, entrances, inside, refusals

_NUMBERS: ColumnElement[Any] = literal_column("'enrolments_id_seq'::regclass")
_TRUE = true()
_KNOWN = tuple(chunk.c[name] for name in ("member_key", "zone", "erased_at", "unfollowed", "visited", "refused"))

Arrived = Literal["all", "gathered", "none"]
"""Of what arrived: all is read, or (of a pass of many chunks) what was gathered for this one, or nothing."""


def load_candidates(plot: Plot, which: Arrived) -> Executable:
    """Into `candidates`: the chunk's triggers not used before: newly arrived ones, and those that had to be kept."""
    rank, number = rank_and_number(entrances.c.entry_ref)
    held = select(
        entrances.c.member_id, entrances.c.entry_ref, entrances.c.at, rank.label("rank"), number.label("number"),
        entrances.c.entry,
    ).where(entrances.c.journey == plot.name)  # fmt: skip
    # With a pace all have been given their turn before, in `entrances`.
    arrived = [] if plot.journey.enter.pace is not None else _arrived(plot, which)
    of_chunk = held.where(among(entrances.c.member_id, select(chunk.c.member_id)))
    everything = union_all(_of_chunk(of_chunk, "held"), *arrived).subquery("found")
    known = {**everything.c, "entry_key": _key(plot, everything)}
    names = [column.name for column in candidates.c]
    once = select(*(known[name].label(name) for name in names)).where(
        unused(plot, everything, everything.c.visited, everything.c.refused)
    )
    # A trigger kept before may arrive again, when a pass that did not end is done over.
    once = once.distinct(everything.c.member_id, everything.c.entry_ref)
    return insert(candidates).from_select(names, once)


def _arrived(plot: Plot, which: Arrived) -> list[Select[Any]]:
    match which:
        case "none":
            return []
        case "all":
            return [_of_chunk(found, f"found_{place}") for place, found in enumerate(arrived_triggers(plot))]
        case "gathered":
            # Of who was erased since it was gathered what is left is looked up. Without statistics Postgres takes a
            # column that may be null for one that mostly is not, and hashes the triggers instead of the members.
            erased = func.coalesce(chunk.c.erased_at > literal_column("'-infinity'", INSTANT), False, type_=Boolean)
            left = enumerate(arrived_triggers(plot, of_member=True))
            of_erased = [_of_each(found, f"found_{place}").where(erased) for place, found in left]
            return [_of_chunk(of_chunk(), "gathered_before").where(~erased), *of_erased]


def _of_chunk(found: Select[Any], name: str) -> Select[Any]:
    """Those of them that are of members of the chunk."""
    rows = found.subquery(name)
    return select(*rows.c, *_KNOWN).join(chunk, rows.c.member_id == chunk.c.member_id)


def _of_each(found: Select[Any], name: str) -> Select[Any]:
    """The same, looked up for one member after the other."""
    rows = found.subquery(name)
    hers = found_by(select(rows).where(rows.c.member_id == chunk.c.member_id), f"{name}_of_hers")
    return select(*hers.c, *_KNOWN).select_from(chunk.join(hers, true()))


def _key(plot: Plot, found: FromClause) -> ColumnElement[Any]:
    if plot.key_name is None:
        return literal_column("''", Text)
    return func.coalesce(found.c.entry.op("->>")(plot.key_name), "", type_=Text)


def unused(
    plot: Plot, found: FromClause, visited: ColumnElement[bool] = _TRUE, refused: ColumnElement[bool] = _TRUE
) -> ColumnElement[bool]:
    """Whether a trigger (member_id, entry_ref) was neither let in nor refused before.

    `visited`, `refused`: whether the member was ever in the journey or refused there, where that is known.
    """
    used = select(literal(1)).where(_same(enrolments, found), enrolments.c.journey == plot.name)
    met = select(literal(1)).where(_same(refusals, found), refusals.c.journey == plot.name)
    return not_(or_(visited & looked_up(used), refused & looked_up(met)))


def _same(table: Any, found: Any) -> ColumnElement[bool]:
    return and_(table.c.member_id == found.c.member_id, table.c.entry_ref == found.c.entry_ref)


def enter(plot: Plot) -> Counted:
    """The triggers judged: into `newcomers` whom they let in, with the numbers of their enrolments; the rest noted.

    Returns, as the steps do, how many verdicts of each kind there are, as of JUDGED, and how many came into each arm.
    Where the journey asks for itself its newcomers are loaded (`leaving.load_entered`) when they are enrolled.
    """
    given = _given(plot)
    # Read in several places, and yet no stage: all of it is one of `given`.
    admitted = select(given, given.c.at.label("entered_at")).where(given.c.verdict == ENTERED).cte("admitted")
    admitted = admitted.prefix_with("NOT MATERIALIZED")
    unasked = () if plot.asks_for_itself else TO_LOAD
    names = [column.name for column in newcomers.c if column.name not in unasked]
    entered = insert(newcomers).from_select(names, select(*(admitted.c[name] for name in names)))
    names = [column.name for column in verdicts.c]
    others = select(*(given.c[name] for name in names)).where(given.c.verdict != ENTERED)
    writes = [entered, insert(verdicts).from_select(names, others)]
    if not plot.asks_for_itself:
        writes += load_entered(plot, admitted)
    found = {"verdict": given.c.verdict, "arm": given.c.arm, "day": day_of(plot, given.c.at)}
    counts = trails.counted(func.count(), **found).cte("counts")
    c = counts.c
    kinds = select(word(JUDGED), word(JUDGED).label("step"), c.verdict, literal(None, Date), c.n)
    arms = select(word(ENTER), word(ENTER).label("step"), c.arm, c.day, c.n).where(c.arm.is_not(None))
    return union_all(kinds, arms).add_cte(*(each.cte(f"noted_{place}") for place, each in enumerate(writes)))


def enrol(plot: Plot, became: CTE | None = None) -> Executable:
    """Enrolments of the newcomers, and the guard of those who have not ended.

    `became`: the newcomers with what became of them in this round; `ended_at` is null for who is inside.
    """
    who = newcomers if became is None else became
    n = who.c
    values: dict[str, ColumnElement[Any]] = {
        "id": n.enrolment_id, "journey": literal(plot.name), "member_id": n.member_id, "entry_key": n.entry_key,
        "visit": n.visit, "version": VERSION, "entered_at": n.entered_at, "entry_ref": n.entry_ref, "entry": n.entry,
        "arm": n.arm, "goal_until": n.goal_until,
    }  # fmt: skip
    if became is not None:
        values |= {name: n[name] for name in ("goal_at", "ended_at", "end_reason", "arms")}
    written = insert(enrolments).from_select(list(values), select(*values.values()))
    # Of what was written only this is kept for the guard, and not all that was known of the newcomers.
    e = enrolments.c
    enrolled = written.returning(e.journey, e.member_id, e.entry_key, e.id, e.ended_at).cte("enrolled")
    guarded = select(*(enrolled.c[name] for name in ("journey", "member_id", "entry_key", "id")))
    if became is not None:
        guarded = guarded.where(enrolled.c.ended_at.is_(None))
    return insert(inside).from_select(["journey", "member_id", "entry_key", "enrolment_id"], guarded)


def _given(plot: Plot) -> CTE:
    """The triggers with their verdicts; of those let in the number of the enrolment, its visit, arm and goal's time."""
    j = judged(plot).c
    stored = (
        select(enrolments.c.arm)
        .where(enrolments.c.member_id == j.member_id, enrolments.c.journey == plot.name)
        .order_by(*latest_first(enrolments)).limit(1).scalar_subquery()
    )  # fmt: skip
    before = case((j.visited, stored))  # nothing is looked up for the others
    drawn = case((draws.held_out(plot.project, plot.journey, j.member_key), "holdout"), else_="journey")
    goal = plot.journey.goal
    goal_until = literal(None, INSTANT)
    if goal:
        goal_until = calendar.plus(j.at, goal.within, j.zone, mostly=plot.project.policy.zone)
    comes_in = j.verdict == ENTERED
    rows = select(
        case((comes_in, func.nextval(_NUMBERS, type_=BigInteger))).label("enrolment_id"),
        case((comes_in, func.coalesce(before, drawn))).label("arm"),
        (func.coalesce(j.visit, 0) + 1).label("visit"), goal_until.label("goal_until"), j.member_id, j.entry_key, j.at,
        j.entry_ref, j.entry, j.verdict, j.why, j.member_key, j.zone, j.erased_at, j.unfollowed,
    )  # fmt: skip
    return stage(rows.order_by(j.member_id, j.at), "given")


@dataclass(frozen=True, slots=True)
class Afterwards:
    """What is done with the triggers of a round when they are judged, by what was said of any."""

    entered: tuple[Executable, ...]
    refused: tuple[Executable, ...]
    held: tuple[Executable, ...]
    left: tuple[Executable, ...]  # where some are left for the next round


def settle_verdicts(plot: Plot) -> Afterwards:
    """Refusals are written once, kept and used entrances change, and what is left in `candidates` is not judged yet."""
    v, n = verdicts, newcomers
    refused = select(literal(plot.name), v.c.entry_ref, v.c.member_id, v.c.at, v.c.verdict, v.c.why).where(
        v.c.verdict != HELD
    )
    mine = entrances.c.journey == plot.name
    held = select(v.c.member_id, v.c.entry_key).where(v.c.verdict == HELD)
    is_held = tuple_(candidates.c.member_id, candidates.c.entry_key).in_(held)
    return Afterwards(
        entered=(delete(entrances).where(mine, _same(n, entrances)),),
        refused=(
            insert(refusals).from_select(["journey", "entry_ref", "member_id", "at", "reason", "why"], refused),
            delete(entrances).where(mine, _same(v, entrances), v.c.verdict != HELD),
        ),
        held=(keep_candidates(plot, is_held), delete(candidates).where(is_held)),
        left=(
            delete(candidates).where(_same(n, candidates)),
            delete(candidates).where(_same(v, candidates), v.c.verdict != HELD),
        ),
    )


def keep_candidates(plot: Plot, which: ColumnElement[bool]) -> Executable:
    """Into `entrances`: candidates that must wait, for data, for their time, or for a journey that is on hold."""
    columns = ["journey", "member_id", "entry_ref", "at", "entry"]
    rows = select(
        literal(plot.name), candidates.c.member_id, candidates.c.entry_ref, candidates.c.at, candidates.c.entry
    ).where(which)
    return upsert(entrances).from_select(columns, rows).on_conflict_do_nothing()


def any_left() -> Select[Any]:
    """Whether a trigger up to now is still to be judged."""
    return select(exists(select(literal(1)).select_from(candidates).where(candidates.c.at <= NOW)))
