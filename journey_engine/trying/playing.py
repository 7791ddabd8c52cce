"""Plays one story: what happens at its moments, and ticks and sends at every instant between them that has work."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from functools import cached_property
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.data import stages
from journey_engine.language.scenario import STAGE_CHANGED, Happening, Scenario
from journey_engine.line.sending import SendReport, send_due
from journey_engine.moving.tick import tick
from journey_engine.store.tables.happenings import coverage
from journey_engine.trying.answering import answer_calls
from journey_engine.trying.cast import coming
from journey_engine.trying.chapter import Chapter, Reader
from journey_engine.trying.member import Heroine
from journey_engine.trying.theatre import PACE, Theatre

# When the nightly run (prefect.yaml) works the stages out anew, in the business zone; segments change as stories say.
NIGHT_AT = time(3, 15)
_STAGE_RULE = re.compile(r"\bstage\s+is\b")
# What a send says comes back as events, which may lead to the next send at the same instant.
_ROUNDS = 20
_BEFORE = timedelta(microseconds=1)

# The next instant after :now at which somebody wakes, the clock turns a rule, or a send is due, put off or too late.
_NEXT = text("""
select min(at) from (
    select wake_at as at from waiting union all select flip_at from waiting
    union all select at from entrances
    union all select at from intents where status = 'pending'
    union all select not_before from intents where status = 'pending'
    union all select expires_at from intents where status = 'pending'
) as instants where at > :now
""")
_PENDING = text("select exists (select from intents where status = 'pending')")
_CALLS = text("select exists (select from calls where status = 'pending')")
_ATTRIBUTES = text("select attributes from members where id = :member")


def play(theatre: Theatre, scenario: Scenario) -> list[Chapter]:
    """The whole story, with one chapter for each of its moments, whatever is expected of them."""
    heroine = theatre.raise_curtain(scenario)
    return _Play(theatre, scenario, heroine).chapters()


class _Play:
    def __init__(self, theatre: Theatre, scenario: Scenario, heroine: Heroine) -> None:
        self.theatre = theatre
        self.scenario = scenario
        self.heroine = heroine
        self.cast = theatre.cast(scenario)
        self.calendar = heroine.calendar
        self.business = ZoneInfo(heroine.project.policy.zone)
        self.now = self.calendar.eve
        self.is_unsettled = False  # something happened, or is due, at `now`

    @cached_property
    def has_nights(self) -> bool:
        """A night is lived through only where a journey asks for a stage and the story tells of none: it costs much."""
        if any(moment.happens == STAGE_CHANGED for moment in self.scenario.story):
            return False
        journeys = [self.heroine.project.journeys[name] for name in self.cast]
        return any(each.enter.stage or _STAGE_RULE.search(each.model_dump_json()) for each in journeys)

    def chapters(self) -> list[Chapter]:
        reader = Reader(self.theatre.engine, self.heroine)
        told: list[Chapter] = []
        if self.has_nights:
            self._refresh_stages()
        for moment, is_followed in _with_followers(self.scenario.story):
            self._until(moment)
            if self.is_unsettled and not is_followed:
                self._settle()
            told.append(reader.read(moment, self.now))
        return told

    def _until(self, moment: Happening) -> None:
        """Live through all that is due before the moment, then let it happen."""
        at = self.calendar.instant(moment.at)
        if at < self.now:  # before the files were live: it is there, and moves nobody
            with self.theatre.engine.begin() as connection:
                self.heroine.meets(connection, moment, at)
            return
        while (due := self._next()) is not None and due < at:
            self.now = due
            self._settle()
        if moment.changes:
            self._look_before(at)
        self.now = at
        self.is_unsettled |= due == at or moment.is_something
        with self.theatre.engine.begin() as connection:
            self.heroine.meets(connection, moment, at)

    def _look_before(self, at: datetime) -> None:
        """A tick just before attributes change: a date is late by what was looked at until then."""
        if any(self.heroine.project.journeys[name].enter.date for name in self.cast):
            self.now = at - _BEFORE
            self._settle()

    def _next(self) -> datetime | None:
        with self.theatre.engine.connect() as connection:
            found: datetime | None = connection.execute(_NEXT, {"now": self.now}).scalar()
            triggers = list(self._triggers(connection))
        coming_ = [at for at in [found, *triggers, *self._night()] if at is not None and at > self.now]
        return min(coming_, default=None)

    def _triggers(self, connection: Connection) -> Iterator[datetime]:
        """The instants at which time itself may let her into one of the journeys."""
        enters = [self.heroine.project.journeys[name].enter for name in self.cast]
        timed = [enter for enter in enters if enter.at or enter.every or enter.date]
        if timed:
            attributes = connection.execute(_ATTRIBUTES, {"member": self.heroine.id}).scalar_one()
            for enter in timed:
                yield from coming(enter, self.now, self.business.key, self.calendar.zone, attributes)

    def _night(self) -> Iterator[datetime]:
        """The night of today and the one of tomorrow, where nights matter."""
        today = self.now.astimezone(self.business).date()
        for days in (0, 1) if self.has_nights else ():
            yield datetime.combine(today + timedelta(days=days), NIGHT_AT, self.business).astimezone(UTC)

    def _refresh_stages(self) -> None:
        self._cover()
        with self.theatre.engine.begin() as connection:
            stages.refresh(connection, self.heroine.project, self.now)

    def _cover(self) -> None:
        """Every feed has brought all there is up to now."""
        feeds = self.heroine.project.feeds
        if feeds:
            row = upsert(coverage)
            rows = row.on_conflict_do_update(index_elements=["feed"], set_={"covered_to": row.excluded.covered_to})
            with self.theatre.engine.begin() as connection:
                connection.execute(rows, [{"feed": feed, "covered_to": self.now} for feed in feeds])

    def _settle(self) -> None:
        """Tick and send at `now` until nothing more comes of it."""
        engine, project = self.theatre.engine, self.heroine.project
        self.is_unsettled = False
        self._cover()
        if self.now in self._night():
            self._refresh_stages()
        for _ in range(_ROUNDS):
            tick(engine, project, self.now, among=self.cast)
            with engine.begin() as connection:
                has_calls = project.policy.endpoints and connection.execute(_CALLS).scalar_one()
                called = has_calls and answer_calls(connection, project, self.scenario, self.now)
                is_pending = connection.execute(_PENDING).scalar_one()
            sent = send_due(engine, project, self.now, self.theatre.channel, pace=PACE) if is_pending else SendReport()
            if not (called or sent.accepted or sent.skipped or sent.unknown):
                return


def _with_followers(story: tuple[Happening, ...]) -> Iterator[tuple[Happening, bool]]:
    """Each moment, and whether another one follows at the same instant before anything is expected of this one."""
    for moment, following in pairwise((*story, None)):
        if moment is not None:
            same = following is not None and following.at == moment.at and moment.expect is None
            yield moment, same
