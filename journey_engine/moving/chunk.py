"""One chunk: a single transaction in which its members enter, walk the whole journey and come to rest; or nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Executable, func, select, text, update

from journey_engine.compiler.entering import Arrived
from journey_engine.compiler.frontier import ENTER, HIGH, JUDGED, LOW, candidates, visits
from journey_engine.compiler.frontier import chunk as chunk_members
from journey_engine.compiler.program import END, Program, StepProgram, Stretch
from journey_engine.moving import sets
from journey_engine.moving.chunk_members import gather_members
from journey_engine.moving.observing import ChunkReport, StepCount
from journey_engine.moving.ways import Taken, Ways, told
from journey_engine.store import prepared

SHARDS = 16
MANY = 100  # members of a chunk, from which on a statement walks as many steps as it can
FEW_PLACES = 8  # at which all who are inside rest: their visits are read for each, and not written down once for all
Step = Callable[[str, tuple[str, ...], Callable[[], StepCount]], StepCount]

# JIT and parallel workers cost more than these short statements take. The chunk's own tables have no index and are read
# as a whole all the same; in all others members' rows are looked up: a table that was empty when the statement was
# planned was read as a whole for each member, while it grew.
_SETTINGS = text("""
select set_config('jit', 'off', true), set_config('max_parallel_workers_per_gather', '0', true),
       set_config('enable_seqscan', 'off', true), set_config('work_mem', '32MB', true)
""")
# The names of steps at which visits rested, and why those leave who do.
_STANDING = select(visits.c.step, visits.c.leave_reason, func.count()).group_by(visits.c.step, visits.c.leave_reason)
_NEW_GOALS = select(func.count()).where(visits.c.goal_before.is_(None), visits.c.goal_at.is_not(None))
# Of a round on, anybody may have been let in.
_NOW_VISITED = [update(table).values(visited=True) for table in (chunk_members, candidates)]
# Whoever sends listens; it is heard when the transaction is committed.
_SAY_DUE = text("select pg_notify('journeys_send', '')")


@dataclass(frozen=True, slots=True)
class Span:
    """The chunk's numbers in `due`: low <= number < high."""

    low: int
    high: int

    @property
    def size(self) -> int:
        return self.high - self.low

    @property
    def bound(self) -> dict[str, Any]:
        """As statements name them."""
        return {LOW.key: self.low, HIGH.key: self.high}


@dataclass(frozen=True, slots=True)
class Reach:
    """The numbers in `due` of one shard's members: all between the two."""

    shard: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Round:
    """What every round of every chunk of a pass is given."""

    program: Program
    bound: Mapping[str, Any]
    zone: str
    zones: list[str]  # the members' zones that Postgres and Python both know
    reaches: tuple[Reach, ...]
    moves: bool
    enters: bool
    admits: bool
    arrived: Arrived

    @property
    def load_candidates(self) -> Executable:
        """The triggers of a chunk."""
        return self.program.load_candidates(self.arrived)

    def shards(self, span: Span) -> list[int]:
        """Whose members are in the span, in the order of the locks."""
        return sorted(each.shard for each in self.reaches if each.first < span.high and span.low <= each.last)


def run_chunk(connection: Connection, given: Round, span: Span, step: Step) -> ChunkReport:
    """Compute and write the members of the span in the connection's transaction; the caller commits or rolls back."""
    report = ChunkReport()
    walk = _Walk(connection, given, step, report, many=span.size >= MANY)
    prepared.run(connection, _SETTINGS, {})
    _gather(connection, given, span)
    walk.left = _load_candidates(connection, given, span) if given.enters or given.admits else 0
    walk.admits = given.admits and walk.left > 0
    walk.round(first=True)
    while walk.admits and walk.left and walk.run(given.program.any_left).scalar_one():
        sets.empty_round(connection, span.size)
        for statement in _NOW_VISITED:
            prepared.run(connection, statement, {})
        walk.round(first=False)
    if walk.left:
        walk.run(given.program.keep_candidates)
    report.intents = sum(report.steps.get(each.name, Counter())["next"] for each in given.program.steps if each.sends)
    if report.intents:
        connection.execute(_SAY_DUE)
    sets.empty_chunk(connection, span.size)
    return report


def _gather(connection: Connection, given: Round, span: Span) -> None:
    known = {"zones": given.zones, "zone": given.zone, "journey": given.program.plot.name}
    gather_members(connection, {**known, **span.bound, "enters": given.arrived != "none"})


def _load_candidates(connection: Connection, given: Round, span: Span) -> int:
    """How many triggers there are to be judged."""
    return prepared.run(connection, given.load_candidates, {**given.bound, **span.bound}).rowcount


@dataclass(slots=True)
class _Walk:
    """A chunk on its way. Where nobody is, no statement is run: a tick in which few are due has many such steps."""

    connection: Connection
    given: Round
    step: Step
    report: ChunkReport
    many: bool
    admits: bool = False
    left: int = 0  # candidates not judged yet
    inside: int = 0  # visits of the round that were there before
    entered: int = 0
    standing: set[str] = field(default_factory=set[str])  # the steps before which anybody stands, (end) among them
    taken: Taken = field(default_factory=Taken)

    def run(self, statement: Executable) -> Any:
        return prepared.run(self.connection, statement, self.given.bound)

    def round(self, first: bool) -> None:
        """Leave, enter, walk, settle. Only the first round looks at those who were inside before."""
        program = self.given.program
        self.inside, self.entered, self.standing, self.taken = 0, 0, set(), Taken()
        if first:
            self.step("(leave)", (), lambda: self._load_inside())
        if self.admits:
            self.step("(enter)", ("(leave)",), lambda: self._enter())
        if self.inside or self.entered:
            self._count(program.close_held_out)
            self._walk_steps() if self.given.moves else self._count(program.leave_only)
        self.step("(settle)", tuple(step.name for step in program.steps), lambda: self._settle())
        if self.entered and self.left and (turn_away := program.turn_away) is not None:
            self.step("(enter)", ("(settle)",), lambda: self._turn_away(turn_away))

    def _load_inside(self) -> StepCount:
        self.inside = self.run(self.given.program.load_inside).rowcount
        if not self.inside:
            return StepCount()
        leaving = StepCount()
        for step, reason, n in self.run(_STANDING):
            self.standing.add(step)
            if reason is not None:
                leaving[reason] += n
        return leaving

    def _enter(self) -> StepCount:
        program = self.given.program
        ways = self._count(program.enter)
        verdicts = Counter({reason: n for (_, reason), n in ways.get(JUDGED, Counter()).items() if reason is not None})
        arms = Counter({arm: n for (_, arm), n in ways.get(ENTER, Counter()).items() if arm is not None})
        self.entered = arms.total()
        if self.entered:
            self.standing.add(program.steps[0].name)
            if program.enrol is not None:
                self.run(program.enrol)
                self.run(program.load_entered)
        refused = Counter({reason: n for reason, n in verdicts.items() if reason not in ("enter", "hold")})
        self._settle_verdicts(refused.total(), verdicts["hold"])
        self.report.entered += arms["journey"]
        self.report.held_out += arms["holdout"]
        return arms + self._refuse(refused)

    def _refuse(self, refused: Counter[str]) -> StepCount:
        self.report.refused += refused
        return Counter({f"refused: {reason}": n for reason, n in refused.items()})

    def _turn_away(self, statement: Executable) -> StepCount:
        refused = Counter[str](dict(self.run(statement).all()))
        self.left -= refused.total()
        if refused and self.left:
            self.run(self.given.program.leave_the_rest)
        return self._refuse(refused)

    def _settle_verdicts(self, refused: int, held: int) -> None:
        afterwards = self.given.program.settle_verdicts
        self.left -= self.entered + refused
        written = [(afterwards.entered, self.entered), (afterwards.refused, refused)]
        written += [(afterwards.left, self.left and self.entered + refused), (afterwards.held, held)]
        for statements, n in written:
            for statement in statements if n else ():
                self.run(statement)

    def _walk_steps(self) -> None:
        program = self.given.program
        resting = self.inside > 0 or not self.many  # few: one statement for both
        if self.inside:
            if len(self.standing) > FEW_PLACES:
                self.run(program.resume)
                resting = False
            self._count(program.rest_on)
        for stretch in program.long_stretches if self.many else program.single_steps:
            ways: dict[str, Ways] = {}
            for each in stretch.steps:
                parents = each.parents or ("(enter)",)
                self.step(
                    each.name, parents, lambda each=each, of=stretch, ways=ways: self._take(of, each, ways, resting)
                )
        if END in self.standing:
            self._count(program.finish)

    def _take(self, stretch: Stretch, step: StepProgram, ways: dict[str, Ways], resting: bool) -> StepCount:
        """With its first step the whole stretch is taken, if anybody stands in it."""
        if step is stretch.steps[0] and any(each.name in self.standing for each in stretch.steps):
            ways |= self._count(stretch.take(self.standing, resting))
            for each in stretch.steps:
                went = ways.get(each.name, Counter())
                self.standing.update(target for way, target in each.ways.items() if went[each.name, way])
                if each.look_again is not None and went:
                    self.run(each.look_again)
        return told(step.name, ways.get(step.name, Counter()))

    def _count(self, statement: Executable) -> dict[str, Ways]:
        return self.taken.note(self.run(statement), self.report, self.given.program.ends)

    def _settle(self) -> StepCount:
        if not self.inside and not self.entered:
            return StepCount()
        program, taken = self.given.program, self.taken
        drawn = any(step.draws and step.name in taken.steps for step in program.steps)
        changed = taken.ends > 0 or drawn
        alike = not self.many or self.run(program.are_alike).scalar_one()
        for each in program.settle if self.inside else program.settle_entered:
            is_for = (each.inside and self.inside) or (each.entered and self.entered)
            is_of_such = (taken.ends or not each.ends) and (changed or not each.changes)
            if is_for and is_of_such and each.alike in (None, alike):
                self.run(each.statement)
        if taken.days:
            prepared.run(self.connection, program.count, {**self.given.bound, **taken.bound()})
        goals = 0 if program.plot.journey.goal is None else self.run(_NEW_GOALS).scalar_one()
        self.report.goals += goals
        self.report.waiting += taken.rests
        return +Counter({"goals": goals, "waits": taken.rests})


def keep_triggers(connection: Connection, given: Round, span: Span) -> None:
    """Keep the triggers of a span that cannot be computed, so that they are not lost when the cursor goes on."""
    if not given.enters:
        return
    _gather(connection, given, span)
    _load_candidates(connection, given, span)
    connection.execute(given.program.keep_candidates, given.bound)
    sets.empty_chunk(connection, span.size)
