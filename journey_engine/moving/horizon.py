"""Up to which instant everything a decision rests on has arrived; it never waits for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, select

from journey_engine.compiler.footprints import names_of_decision, names_of_if
from journey_engine.compiler.plot import H_ENTER, Plot, horizon_of_decision, horizon_of_if
from journey_engine.compiler.restarting import restarts
from journey_engine.language.project import Project
from journey_engine.store import prepared
from journey_engine.store.tables.happenings import coverage

_COVERED = select(coverage.c.feed, coverage.c.covered_to)
NEVER = datetime(1, 1, 1, tzinfo=UTC)  # nothing of a feed without coverage has arrived


@dataclass(frozen=True, slots=True)
class Coverage:
    """What had arrived when the pass at `now` began: covered_to by feed."""

    now: datetime
    covered_to: Mapping[str, datetime]

    def horizon(self, project: Project, names: Iterable[str], at_once: bool = False) -> datetime:
        """`now` for what is sent live, else the least instant to which a feed that brings one of the events covers."""
        if at_once:
            return self.now
        feeds = {feed for name in names for feed in project.feeds_of(name)}
        return min([self.now, *(self.covered_to.get(feed, NEVER) for feed in feeds)])

    def bound(self, plot: Plot) -> dict[str, datetime]:
        """The values of all horizons that the statements of a journey name."""
        project, enter = plot.project, plot.journey.enter.if_
        names = project.event_names(enter.condition) if enter else frozenset[str]()
        values = {H_ENTER.key: self.horizon(project, names)}
        for node in plot.graph.nodes:
            at_once = node.step.at_once
            values[horizon_of_if(node).key] = self.horizon(plot.project, names_of_if(plot.project, node.step), at_once)
            names = names_of_decision(plot.project, node.step)
            if restarts(plot, node) and plot.trigger is not None:
                names |= {plot.trigger}
            values[horizon_of_decision(node).key] = self.horizon(project, names, at_once)
        return values


def read_coverage(connection: Connection, now: datetime) -> Coverage:
    """The coverage of all feeds as this transaction sees it."""
    return Coverage(now, {row.feed: row.covered_to for row in prepared.run(connection, _COVERED, {})})
