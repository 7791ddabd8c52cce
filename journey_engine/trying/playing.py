"""Plays stories: what happens at their moments, and ticks and sends at every instant between them that has work."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, text
from sqlalchemy.dialects.postgresql import insert as upsert

from journey_engine.language.scenario import Happening, Scenario
from journey_engine.lifecycle import personas, stages
from journey_engine.line.sending import SendReport, send_due
from journey_engine.moving.tick import tick
from journey_engine.store.tables.happenings import coverage
from journey_engine.trying.answering import answer_calls
from journey_engine.trying.cast import coming, lives_nights
from journey_engine.trying.chapter import Chapter, Reader
from journey_engine.trying.member import Heroine
from journey_engine.trying.theatre import PACE, Theatre

# When the nightly run (prefect.yaml) works the stages out anew, in the business zone; segments change as stories say.
NIGHT_AT = time(3, 15)
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
_ATTRIBUTES = text("select attributes from members")


def play(theatre: Theatre, scenarios: Sequence[Scenario]) -> list[list[Chapter]]:
    """These stories side by side: of each one chapter for each of its moments, whatever is expected of them.

    They must be of one group (`theatre.groups`). Each has a member of her own, so none changes another.
    """
    heroines = theatre.raise_curtain(scenarios)
    return _Play(theatre, scenarios, heroines).chapters()


@dataclass
class _Wish:
    """What a story wants next: the clock at `at`, with a look just before it; or, at that instant, all settled."""

    at: datetime
    looks_before: bool = False
    settled: bool = False


class _Play:
    def __init__(self, theatre: Theatre, scenarios: Sequence[Scenario], heroines: Sequence[Heroine]) -> None:
        self.theatre = theatre
        self.stories = list(zip(scenarios, heroines, strict=True))
        self.cast = theatre.cast(scenarios[0])
        self.project = theatre.staged
        self.business = ZoneInfo(self.project.policy.zone)
        self.has_nights = lives_nights(self.project, self.cast, scenarios[0])
        self.said = {heroine.id: scenario.calls for scenario, heroine in self.stories}
        self.now: datetime = heroines[0].calendar.eve
        self.is_unsettled = False  # something happened, or is due, at `now`

    def chapters(self) -> list[list[Chapter]]:
        if self.has_nights:
            self._refresh_stages()
        told: list[list[Chapter]] = [[] for _ in self.stories]
        acts = [self._story(*story, told[number]) for number, story in enumerate(self.stories)]
        wishes = [next(act, None) for act in acts]
        while coming_ := [wish for wish in wishes if wish is not None]:
            at = min(wish.at for wish in coming_)
            self._until(at, any(wish.looks_before for wish in coming_ if wish.at == at))
            self._go_on(acts, wishes, at)
            if self.is_unsettled:
                self._settle()
            for number, wish in enumerate(wishes):
                if wish is not None and wish.settled:
                    wishes[number] = next(acts[number], None)
        return told

    def _go_on(self, acts: list[Iterator[_Wish]], wishes: list[_Wish | None], at: datetime) -> None:
        """Each story whose time has come, up to where it wants all settled, or to another time."""
        for number, act in enumerate(acts):
            while (wish := wishes[number]) is not None and wish.at == at and not wish.settled:
                wishes[number] = next(act, None)

    def _story(self, scenario: Scenario, heroine: Heroine, told: list[Chapter]) -> Iterator[_Wish]:
        reader = Reader(self.theatre.engine, heroine)
        has_dates = any(self.project.journeys[name].enter.date for name in self.cast)
        for moment, is_followed in _with_followers(scenario.story):
            at = heroine.calendar.instant(moment.at)
            if at >= self.now:  # else it was before the files were live: it is there, and moves nobody
                yield _Wish(at, looks_before=has_dates and bool(moment.changes))
            with self.theatre.engine.begin() as connection:
                heroine.meets(connection, moment, at)
            if at >= self.now:
                self.is_unsettled |= moment.is_something
                if not is_followed:
                    yield _Wish(at, settled=True)
            told.append(reader.read(moment, self.now))

    def _until(self, at: datetime, looks_before: bool) -> None:
        """Live through all that is due before the instant; it is unsettled if something is due just then.

        Just before attributes change comes a tick: a date is late by what was looked at until then.
        """
        if at == self.now:
            return
        while (due := self._next()) is not None and due < at:
            self.now = due
            self._settle()
        if looks_before:
            self.now = at - _BEFORE
            self._settle()
        self.now = at
        self.is_unsettled |= due == at

    def _next(self) -> datetime | None:
        with self.theatre.engine.connect() as connection:
            found: datetime | None = connection.execute(_NEXT, {"now": self.now}).scalar()
            triggers = list(self._triggers(connection))
        coming_ = [at for at in [found, *triggers, *self._night()] if at is not None and at > self.now]
        return min(coming_, default=None)

    def _triggers(self, connection: Connection) -> Iterator[datetime]:
        """The instants at which time itself may let somebody into one of the journeys."""
        enters = [self.project.journeys[name].enter for name in self.cast]
        timed = [enter for enter in enters if enter.at or enter.every or enter.date]
        zone = self.stories[0][1].calendar.zone
        if timed:
            for attributes in connection.execute(_ATTRIBUTES).scalars().all():
                for enter in timed:
                    yield from coming(enter, self.now, self.business.key, zone, attributes)

    def _night(self) -> Iterator[datetime]:
        """The night of today and the one of tomorrow, where nights matter."""
        today = self.now.astimezone(self.business).date()
        for days in (0, 1) if self.has_nights else ():
            yield datetime.combine(today + timedelta(days=days), NIGHT_AT, self.business).astimezone(UTC)

    def _refresh_stages(self) -> None:
        self._cover()
        with self.theatre.engine.begin() as connection:
            stages.refresh(connection, self.project, self.now)
            personas.refresh(connection, self.project, self.now)

    def _cover(self) -> None:
        """Every feed has brought all there is up to now."""
        feeds = self.project.feeds
        if feeds:
            row = upsert(coverage)
            rows = row.on_conflict_do_update(index_elements=["feed"], set_={"covered_to": row.excluded.covered_to})
            with self.theatre.engine.begin() as connection:
                connection.execute(rows, [{"feed": feed, "covered_to": self.now} for feed in feeds])

    def _settle(self) -> None:
        """Tick and send at `now` until nothing more comes of it."""
        engine, project = self.theatre.engine, self.project
        self.is_unsettled = False
        self._cover()
        if self.now in self._night():
            self._refresh_stages()
        for _ in range(_ROUNDS):
            tick(engine, project, self.now, among=self.cast)
            with engine.begin() as connection:
                has_calls = project.policy.endpoints and connection.execute(_CALLS).scalar_one()
                called = has_calls and answer_calls(connection, project, self.said, self.now)
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
