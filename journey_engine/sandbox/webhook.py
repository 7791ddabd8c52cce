"""What is owed to the channel's webhook, and how badly it is to be delivered; it opens no connection itself."""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from dataclasses import asdict, dataclass, fields
from typing import Any, NamedTuple

from journey_engine.errors import JourneysError
from journey_engine.sandbox import SECRET
from journey_engine.sandbox.complaints import is_object

RECENT = 100


class UnusableWebhook(JourneysError):
    """The webhook cannot be set to this."""

    def __init__(self, given: object) -> None:
        super().__init__(
            f"This is no webhook: {given!r}.",
            f"Give some of {', '.join(each.name for each in fields(Options))}: url is http(s)://… or null, shares are "
            "between 0 and 1.",
            "webhook",
        )


@dataclass(frozen=True, slots=True)
class Options:
    """Where events go and how. As on LINE, a failed request is sent again only if redelivery is switched on.

    `redeliver` is how often a request without a 2xx within `timeout` seconds is sent again, `again_after` seconds
    apart; `batch` events at most go in one request, after `gather` seconds of waiting for company; `at_once` requests
    are under way at most. The shares (0 to 1, drawn by `seed`) say how much goes wrong: `duplicate` events come
    again under the same id, `reorder` requests have their events shuffled, `unknown` requests carry an event of a type
    nobody knows, `empty` ones are preceded by one without events. `standby`: another module answers the friend.
    `hold`: nothing goes out until it is false again.
    """

    url: str | None = None
    secret: str = SECRET
    batch: int = 100
    gather: float = 0.02
    at_once: int = 1
    timeout: float = 2.0
    redeliver: int = 0
    again_after: float = 1.0
    duplicate: float = 0.0
    reorder: float = 0.0
    unknown: float = 0.0
    empty: float = 0.0
    standby: bool = False
    hold: bool = False
    seed: int = 0


def options_from(given: Any, before: Options) -> Options:
    """`before` with what a caller's JSON changes; raises UnusableWebhook."""
    known = {each.name: each.default for each in fields(Options)}
    said: dict[str, Any] = given if is_object(given) else {"": given}
    if not set(said) <= set(known):
        raise UnusableWebhook(given)
    for name, value in said.items():
        if not _fits(name, value, known[name]):
            raise UnusableWebhook(given)
    return Options(**{**asdict(before), **said})


_SHARES = ("duplicate", "reorder", "unknown", "empty")
_AT_LEAST_ONE = ("batch", "at_once")


def _fits(name: str, value: Any, usual: object) -> bool:
    if name == "url":
        return value is None or (isinstance(value, str) and value.startswith(("http://", "https://")))
    if isinstance(usual, bool):
        return isinstance(value, bool)
    if isinstance(usual, str):
        return isinstance(value, str) and value != ""
    if isinstance(value, bool) or not isinstance(value, int if isinstance(usual, int) else (int, float)):
        return False
    return (1 if name in _AT_LEAST_ONE else 0) <= value <= (1 if name in _SHARES else float("inf"))


class Posted(NamedTuple):
    """One request to the webhook: `status` 0 without an answer, `note` then says why; `took` is in milliseconds."""

    at: int
    events: int
    redelivery: bool
    status: int
    note: str
    took: int


class Webhook:
    """The events that wait to be told, by number (from 1), each with how often it was tried; part of the channel.

    Changed by the channel's journalled records alone, so that after a restart the same is owed as before.
    """

    def __init__(self) -> None:
        self.stirred = asyncio.Event()
        self.age = 0
        self.clear()

    def clear(self) -> None:
        """Owe nothing to anybody; what is still under way then belongs to an earlier `age`."""
        self.age += 1
        self.options = Options()
        self.waiting: dict[int, int] = {}
        self.counts: Counter[str] = Counter()
        self.recent: deque[Posted] = deque(maxlen=RECENT)
        self.stirred.set()

    def set(self, options: dict[str, Any]) -> None:
        """Journalled options; without a URL nothing is owed any more."""
        self.options = Options(**options)
        if self.options.url is None:
            self.waiting.clear()
        self.stirred.set()

    def happened(self, number: int) -> None:
        """An event: owed if there is a webhook, as on LINE, which keeps nothing for one that comes later."""
        if self.options.url is not None:
            self.waiting[number] = 0
            self.stirred.set()

    def trying(self, numbers: list[int]) -> None:
        """A request with these events is about to leave."""
        for number in numbers:
            if number in self.waiting:
                self.waiting[number] += 1

    def tried(self, numbers: list[int], heard: bool) -> None:
        """It was heard (2xx), or not: then its events are owed still, or lost if they were tried often enough."""
        for number in numbers:
            times = self.waiting.get(number)
            if times is None:
                continue
            if heard or times > self.options.redeliver:
                del self.waiting[number]
                self.counts["delivered" if heard else "lost"] += 1
        self.stirred.set()

    def as_json(self) -> dict[str, Any]:
        """Options (the secret too: it is a sandbox's), what is owed, and the last requests, newest first."""
        recent = [each._asdict() for each in reversed(self.recent)]
        return {**asdict(self.options), "waiting": len(self.waiting), "counts": self.counts, "recent": recent}
