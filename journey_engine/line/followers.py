"""LINE's list of followers and their profiles, asked for at LINE's rate and kept as they come; it sends nothing.

Messaging API reference (2026-08): `followers/ids` gives up to 1,000 a page, to verified and premium accounts only, and
leaves out who blocked the account, was deleted or does not consent; its token for the next page is good for a day.
`profile` answers 404 for all of these. Broken off, the reading goes on with the page, and the profile, that is next.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Engine

from journey_engine.errors import JourneysError
from journey_engine.language.project import Project
from journey_engine.line import tokens
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.wire import Wire
from journey_engine.members import friends
from journey_engine.members.friends import Asked, Reading

GOOD_FOR = timedelta(days=30)  # so long a profile is not asked for again
_BATCH = 1_000
_TRIES = 4
_AGAIN = (Meaning.RATE, Meaning.UNCLEAR, Meaning.UNREACHABLE)
# What policy.yaml calls it, and LINE.
FIELDS = {"display_name": "displayName", "language": "language", "picture": "pictureUrl"}


class NotEntitled(JourneysError):
    """LINE lists followers to verified and premium accounts only."""

    def __init__(self) -> None:
        super().__init__(
            "LINE does not list this account's friends: it does so for verified or premium accounts only (403).",
            "Apply for verification in LINE Official Account Manager; friends are known by what they do until then.",
            "followers/ids",
        )


class Unanswered(JourneysError):
    """LINE did not answer a question, or refused it."""

    def __init__(self, what: str, answer: Answer) -> None:
        said = " ".join(str(part) for part in (answer.status, answer.detail) if part)
        cure = "Look at the channel access token." if answer.status == 401 else "Call it again: it goes on from here."
        super().__init__(f"LINE did not answer: {said or answer.meaning.value}.", cure, what)


@dataclass(slots=True)
class Synchronised:
    """What one call did. `listed` None: LINE lists no followers to this account."""

    pages: int = 0
    listed: int = 0
    members: int = 0  # made
    friends: int = 0  # who were not friends here before
    profiles: int = 0
    changed: int = 0
    gone: int = 0  # LINE has no profile of them


def synchronise(
    engine: Engine, project: Project, channel: Channel, now: datetime, *, again: bool = False, pace: Pace | None = None
) -> Synchronised:
    """Read LINE's list to its end, then the profiles that policy.yaml wants; `again`: of all, however fresh.

    Raises NotEntitled and Unanswered; what was kept until then stays, and the next call goes on.
    """
    work = _Work(engine, project, channel, now, pace or Pace(), Synchronised())
    with ThreadPoolExecutor(1) as aside:  # the caller's own thread may be running a loop already
        aside.submit(asyncio.run, work.run(again)).result()
    return work.done


@dataclass(slots=True)
class _Work:
    engine: Engine
    project: Project
    channel: Channel
    now: datetime
    pace: Pace
    done: Synchronised

    async def run(self, again: bool) -> None:
        wire = await Wire.open(self.channel, self.pace)
        try:
            try:
                await self._list(wire)
            except NotEntitled:
                if self.project.policy.profiles:  # of friends who are known already
                    await self._profiles(wire, again)
                raise
            if self.project.policy.profiles:
                await self._profiles(wire, again)
        finally:
            await wire.close()

    # ---- the list -------------------------------------------------------------------------------------------------
    async def _list(self, wire: Wire) -> None:
        while True:
            with self.engine.begin() as connection:
                reading = friends.open_reading(connection, self.channel.name, self.now)
            page = await self._page(wire, reading)
            if page is None:
                with self.engine.begin() as connection:
                    friends.begin_anew(connection, reading, self.now)
                continue
            users, following = page
            with self.engine.begin() as connection:
                kept = friends.keep_page(connection, reading, users, following, self.now)
            if kept is not None:
                self.done.pages += 1
                self.done.listed += len(users)
                self.done.members += kept[0]
                self.done.friends += kept[1]
            if following is None:
                return

    async def _page(self, wire: Wire, reading: Reading) -> tuple[list[str], str | None] | None:
        """The users of a page and what the next is called; None if LINE no longer knows this one."""
        path = f"followers/ids?limit={_BATCH}"
        await self._tokens("followers/ids", 1)
        told = await self._asked(wire, f"{path}&start={reading.next}" if reading.next else path)
        if isinstance(told, Answer):
            if told.status == 403:
                raise NotEntitled()
            if told.status == 400 and reading.next is not None:
                return None
            raise Unanswered("followers/ids", told)
        users: Any = told.get("userIds")
        listed = cast("list[Any]", users) if isinstance(users, list) else []
        following = told.get("next")
        return [user for user in listed if isinstance(user, str) and user], str(following) if following else None

    # ---- profiles -------------------------------------------------------------------------------------------------
    async def _profiles(self, wire: Wire, again: bool) -> None:
        wanted = self.project.policy.profiles
        before, above = self.now if again else self.now - GOOD_FOR, 0
        while True:
            with self.engine.connect() as connection:
                asked = friends.unasked(connection, above, before, _BATCH)
            if not asked:
                return
            await self._tokens("profile", len(asked))
            told = await self._told(wire, asked, wanted)
            kept = {member: said for member, said in told.items() if not isinstance(said, Answer)}
            with self.engine.begin() as connection:
                self.done.changed += friends.keep_profiles(connection, kept, list(wanted), self.now)
            self.done.profiles += len(kept)
            self.done.gone += sum(said is None for said in kept.values())
            for said in told.values():
                if isinstance(said, Answer):
                    raise Unanswered("profile", said)
            above = asked[-1].member

    async def _told(
        self, wire: Wire, asked: Sequence[Asked], wanted: Mapping[str, str]
    ) -> dict[int, Mapping[str, str] | Answer | None]:
        """By member what the profile says, None where LINE has none, the answer where there was no word."""
        waiting, told = iter(asked), dict[int, Mapping[str, str] | Answer | None]()

        async def work() -> None:
            for each in waiting:
                said = await self._asked(wire, f"profile/{each.user}")
                if not isinstance(said, Answer):
                    told[each.member] = read_profile(said, wanted)
                elif said.status in (400, 404):  # 400: not even a user id
                    told.setdefault(each.member, None)
                else:
                    told[each.member] = said
                    return

        await asyncio.gather(*(work() for _ in range(min(self.pace.together, len(asked)))))
        return told

    # ---- asking ---------------------------------------------------------------------------------------------------
    async def _tokens(self, endpoint: str, count: int) -> None:
        """Wait until the channel's shared bucket covers so many questions."""
        with self.engine.begin() as connection:
            seconds = tokens.reserve(connection, self.channel.name, endpoint, count)
        await asyncio.sleep(seconds)

    async def _asked(self, wire: Wire, path: str) -> dict[str, Any] | Answer:
        """The answer's JSON; else what came instead, after some tries where another may help."""
        wait, began = self.pace.first_backoff, time.monotonic()
        for turn in range(_TRIES):
            told = await wire.read(path)
            if not isinstance(told, Answer) or told.meaning not in _AGAIN or turn == _TRIES - 1:
                return told
            if time.monotonic() - began > self.pace.patience:
                return told
            await asyncio.sleep(wait)
            wait *= 2
        raise AssertionError("a question is asked at least once")


def read_profile(told: Mapping[str, Any], wanted: Mapping[str, str]) -> dict[str, str]:
    """The attributes that a profile gives: those of `wanted` (attribute: field) that it has."""
    found = {name: told.get(FIELDS[field]) for name, field in wanted.items()}
    return {name: value for name, value in found.items() if isinstance(value, str) and value.strip()}
