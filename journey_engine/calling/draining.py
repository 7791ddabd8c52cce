"""The bounded drain of calls: lease, post, record, until none is due; it moves no member.

Safe to kill at any point: what was leased is called again with the same key when its lease has run out, so the other
side may get a call twice, but never one thing under two keys.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from sqlalchemy import Engine, text

from journey_engine.calling.claiming import Claimed, claim, drop
from journey_engine.calling.endpoints import Targets, targets
from journey_engine.calling.pace import Pace
from journey_engine.language.project import Project

if TYPE_CHECKING:
    import httpx

    from journey_engine.calling.posting import Outcome

_WORK = text("select exists (select from calls where status in ('pending', 'calling') and at <= :now)")
_PURGE = text("update calls set content = null where content is not null and settled_at < :before")
_CLOSED = text("select distinct endpoint from calls where status in ('pending', 'calling') and at <= :now")


@dataclass(slots=True)
class CallReport:
    """What one drain did, in calls; `again` are to be tried once more. `closed`: why endpoints were not called."""

    answered: int = 0
    failed: int = 0
    again: int = 0
    dropped: int = 0
    closed: dict[str, str] = field(default_factory=dict[str, str])


def call_due(
    engine: Engine,
    project: Project,
    now: datetime,
    environ: Mapping[str, str] | None = None,
    pace: Pace | None = None,
) -> CallReport:
    """Make the calls that are due at business `now` (aware); any number of callers may run at once.

    Secrets come from `environ` (default: the process's own). Returns when none is due; what is to be tried again is
    taken up by a later drain. An endpoint that is silent for a whole batch is left alone for the rest of this one.
    Raises what the database raises; failures of the other side are in the report.
    """
    report = CallReport()
    with engine.begin() as connection:
        if not connection.execute(_WORK, {"now": now}).scalar_one():
            return report
        report.dropped = drop(connection, now)
        asked = set(connection.scalars(_CLOSED, {"now": now}))
    known = targets(project.policy, os.environ if environ is None else environ)
    unknown = {
        name: f"endpoint {name}: policy.yaml has none of that name" for name in asked - set(project.policy.endpoints)
    }
    report.closed = {name: why for name, why in {**unknown, **known.closed}.items() if name in asked}
    if asked & set(known.ready):
        _Drain(engine, project, now, known, pace or Pace(), report).run()
    with engine.begin() as connection:
        connection.execute(_PURGE, {"before": now - project.policy.retention.bodies.longest})
    return report


@dataclass(slots=True)
class _Drain:
    engine: Engine
    project: Project
    now: datetime
    known: Targets
    pace: Pace
    report: CallReport

    def run(self) -> None:
        from journey_engine.calling import posting, recording

        open_ = set(self.known.ready)
        with posting.client(self.pace) as http, ThreadPoolExecutor(self.pace.together) as callers:
            while claimed := self._claim(open_):
                outcomes = list(callers.map(partial(self._post, http), claimed))
                with self.engine.begin() as connection:
                    recorded = recording.record(connection, self.now, outcomes, self.pace)
                self.report.answered += recorded.answered
                self.report.failed += recorded.failed
                self.report.again += recorded.again
                for name in _silent(outcomes):
                    self.report.closed[name] = f"endpoint {name} does not answer"
                    open_.discard(name)

    def _post(self, http: httpx.Client, claimed: Claimed) -> Outcome:
        from journey_engine.calling.posting import post

        return post(http, self.known.ready[claimed.endpoint], claimed, self.pace)

    def _claim(self, endpoints: set[str]) -> list[Claimed]:
        if not endpoints:
            return []
        with self.engine.begin() as connection:
            return claim(connection, self.project, self.now, endpoints, self.pace)


def _silent(outcomes: Sequence[Outcome]) -> set[str]:
    """The endpoints of which nothing at all was heard."""
    from journey_engine.calling.posting import Meaning

    heard = {each.claimed.endpoint for each in outcomes if each.meaning is not Meaning.SILENT}
    return {each.claimed.endpoint for each in outcomes} - heard
