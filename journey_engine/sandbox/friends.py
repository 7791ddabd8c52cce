"""The accounts this channel knows and how each stands to it; it never sends and never forgets a chat."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from journey_engine.errors import JourneysError
from journey_engine.sandbox.complaints import is_object

USER_ID = re.compile(r"U[0-9a-f]{32}")
STATUSES: tuple[str, ...] = ("friend", "blocked", "deleted")


class NoSuchFriend(JourneysError):
    """The sandbox has no account with this user id."""

    def __init__(self, user: str) -> None:
        super().__init__(f"The sandbox knows no user {user}.", "Add it with POST /sandbox/friends.", "user")


class UnusableFriend(JourneysError):
    """A row given as a friend is not one."""

    def __init__(self, row: object) -> None:
        super().__init__(
            f"This is no friend: {row!r}.",
            f"Give an id of U and 32 hex digits and a status of {', '.join(STATUSES)}.",
            "friends",
        )


@dataclass(slots=True)
class Friend:
    """One account; `chat` holds journal offsets of what its phone shows, oldest first."""

    id: str
    name: str
    status: str = "friend"
    language: str = "zh-Hant"
    chat: array[int] = field(default_factory=lambda: array("Q"))


class Friends:
    """Accounts by user id, in the order in which they came."""

    def __init__(self) -> None:
        self._by_id: dict[str, Friend] = {}
        self._order: list[Friend] = []
        self._counts: dict[str, int] = dict.fromkeys(STATUSES, 0)
        self.get = self._by_id.get

    def __len__(self) -> int:
        return len(self._order)

    def __iter__(self) -> Iterator[Friend]:
        return iter(self._order)

    def the(self, user: str) -> Friend:
        """The account `user`; raises NoSuchFriend."""
        friend = self._by_id.get(user)
        if friend is None:
            raise NoSuchFriend(user)
        return friend

    def put(self, rows: Iterable[list[str]]) -> None:
        """Add or change accounts, each `[id, name, status, language]` as `friend_row` makes them."""
        for user, name, status, language in rows:
            friend = self._by_id.get(user)
            self._counts[status] += 1
            if friend is None:
                friend = self._by_id[user] = Friend(user, name, status, language)
                self._order.append(friend)
            else:
                self._counts[friend.status] -= 1
                friend.name, friend.status, friend.language = name or friend.name, status, language

    def counts(self) -> dict[str, int]:
        """How many accounts stand in each status."""
        return dict(self._counts)

    def followers(self, start: int, limit: int) -> tuple[list[str], int | None]:
        """Up to `limit` ids of friends from position `start`, and the position to go on from (None at the end)."""
        ids: list[str] = []
        for position in range(start, len(self._order)):
            if len(ids) == limit:
                return ids, position
            if self._order[position].status == "friend":
                ids.append(self._order[position].id)
        return ids, None

    def search(self, words: str, offset: int, limit: int) -> tuple[list[Friend], int]:
        """A page of accounts whose name or id contains `words`, those with a chat first, and how many match in all."""
        wanted = words.strip().casefold()
        found = [f for f in self._order if not wanted or wanted in f.name.casefold() or wanted in f.id]
        found.sort(key=lambda friend: -(friend.chat[-1] + 1 if friend.chat else 0))
        return found[offset : offset + limit], len(found)


def friend_row(given: Any) -> list[str]:
    """One account as given by a caller (an id, or an object with id and optional name, status, language), as a row.

    Raises UnusableFriend.
    """
    fields: dict[str, Any] = {"id": given} if isinstance(given, str) else given if is_object(given) else {}
    user, status = fields.get("id"), fields.get("status", "friend")
    if not isinstance(user, str) or not USER_ID.fullmatch(user) or status not in STATUSES:
        raise UnusableFriend(given)
    return [user, str(fields.get("name") or ""), status, str(fields.get("language") or "zh-Hant")]
