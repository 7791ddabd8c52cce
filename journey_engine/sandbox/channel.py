"""One channel's whole state, rebuilt from its journal; every change is a journalled record, and it judges none."""

from __future__ import annotations

from array import array
from collections import Counter, deque
from collections.abc import Iterator
from typing import Any, NamedTuple

from journey_engine.sandbox.buckets import Buckets
from journey_engine.sandbox.friends import Friends
from journey_engine.sandbox.instants import Instants
from journey_engine.sandbox.journal import Journal, Record
from journey_engine.sandbox.limits import REPLY_TOKEN_SECONDS, SENDING_SECONDS, WAITING_SECONDS
from journey_engine.sandbox.quota import Quota
from journey_engine.sandbox.retry_keys import RetryKeys, as_bytes
from journey_engine.sandbox.webhook import Webhook

RECENT = 100
READ_TOKEN = "sandbox-read-"


class Acceptance(NamedTuple):
    """One request LINE took: what tests count. `at` is calendar time in ms UTC, `missed` those it did not reach."""

    number: int
    at: int
    request_id: str
    retry_key: str | None
    endpoint: str
    to: list[str]
    missed: list[str]
    body_hash: str
    messages: list[dict[str, Any]]
    silent: bool


class Seen(NamedTuple):
    """One request as the page lists it."""

    at: int
    endpoint: str
    status: int
    request_id: str
    note: str


class Channel:
    """Friends, ledger, retry keys, quota, reply tokens and taps of one channel.

    `change` journals a record and applies it; after a restart the same records rebuild the same state. Bodies stay
    on disk: an acceptance costs eight bytes here, plus its retry key for 24 hours.
    """

    def __init__(self, journal: Journal, instants: Instants, rates: dict[str, float] | None = None) -> None:
        self.journal = journal
        self.instants = instants
        self.buckets = Buckets(rates)
        self.webhook = Webhook()
        self._empty()
        for offset, record in journal.replay():
            self._apply(offset, record)

    def _empty(self) -> None:
        self.webhook.clear()
        self.friends = Friends()
        self.keys = RetryKeys()
        self.quota = Quota()
        self.acceptances: array[int] = array("Q")
        self.events: array[int] = array("Q")
        self.opened: array[int] = array("Q")
        self.reply_tokens: dict[str, tuple[float, str]] = {}
        self.recent: deque[Seen] = deque(maxlen=RECENT)
        self.counts: Counter[str] = Counter()
        self.drops_unknown = False
        self.verified = True
        self.narrowcasts: dict[str, int] = {}
        self.reserved: list[tuple[float, int]] = []  # recipients beyond those delivered to, and till when they count
        self.loading: dict[str, float] = {}  # till when, by user; like `read`, of this process alone
        self.read: dict[str, int] = {}  # the last event that was marked as read, by user
        self.habits_from, self.habits_until = 0, 0  # first acceptance that may have acts to come; the last call (ms)

    def change(self, record: Record) -> None:
        """Journal one record, then apply it; the record is on its way to disk when this returns."""
        self._apply(self.journal.append(record), record)

    def reset(self) -> None:
        """Forget everything, on disk too; the clocks go back to real time."""
        self.journal.clear()
        self.instants.offset = self.instants.age = 0.0
        self.buckets.clear()
        self._empty()

    def _apply(self, offset: int, record: Record) -> None:
        match record["k"]:
            case "accept":
                self._accept(offset, record)
            case "event":
                self._event(offset, record)
            case "opened":
                self.opened.append(offset)
            case "friends":
                self.friends.put(record["rows"])
            case "clock":
                self.instants.offset, self.instants.age = record["offset"], record["age"]
            case "quota":
                self.quota.limit = record["limit"]
                if record["used"] is not None:
                    self.quota.book_elsewhere(record["used"], record["at"])
            case "settings":
                self.drops_unknown, self.verified = record["drops_unknown"], record.get("verified", True)
            case "webhook":
                self.webhook.set(record["options"])
            case "posting":
                self.webhook.trying(record["events"])
            case "posted":
                self.webhook.tried(record["events"], record["heard"])
            case "habits":
                self.habits_from, self.habits_until = record["from"], record["until"]
            case other:
                raise AssertionError(f"unknown record {other!r} in {self.journal.path}")

    def _accept(self, offset: int, record: Record) -> None:
        number = len(self.acceptances)
        self.acceptances.append(offset)
        endpoint: str = record["ep"]
        to: list[str] = record["to"]
        missed: list[str] = record["miss"]
        if record["key"] is not None and (key := as_bytes(record["key"])):
            self.keys.add(key, number, record["on"])
        if "reply" in record:
            self.reply_tokens.pop(record["reply"], None)
        self.quota.count(endpoint, len(to) - len(missed), record["at"], record.get("unit"))
        self.counts[endpoint] += 1
        if endpoint == "narrowcast":
            self.narrowcasts[record["rid"]] = number
            until = record["on"] + WAITING_SECONDS + SENDING_SECONDS
            self.reserved.append((until, record.get("reach", len(to)) - len(to)))
        self.counts["recipients"] += len(to)
        self.counts["delivered"] += len(to) - len(missed)
        skip = set(missed) if missed else ()
        for user in to:
            friend = self.friends.get(user)
            if friend is not None and user not in skip:
                friend.chat.append(offset)
            if self.loading:
                self.loading.pop(user, None)  # a message ends the animation

    def _event(self, offset: int, record: Record) -> None:
        self.events.append(offset)
        self.webhook.happened(len(self.events))
        token: str | None = record["event"].get("replyToken")
        if token is not None:
            self._remember_token(token, record["on"], record["user"])
        friend = self.friends.get(record["user"])
        if friend is not None:
            friend.chat.append(offset)

    def _remember_token(self, token: str, elapsed: float, user: str) -> None:
        while self.reply_tokens:
            oldest = next(iter(self.reply_tokens))
            if elapsed - self.reply_tokens[oldest][0] <= REPLY_TOKEN_SECONDS:
                break
            del self.reply_tokens[oldest]
        self.reply_tokens[token] = (elapsed, user)

    def quota_left(self) -> int | None:
        """Recipients the month still has room for beside the reservations of narrowcasts; None without a limit."""
        if self.quota.limit is None:
            return None
        elapsed = self.instants.elapsed()
        self.reserved = [(until, count) for until, count in self.reserved if until > elapsed]
        taken = self.quota.used(self.instants.now_ms()) + sum(count for _, count in self.reserved)
        return max(0, self.quota.limit - taken)

    def lacks_room_for(self, delivered: int) -> bool:
        """Whether `delivered` more recipients would exceed the month's limit."""
        left = self.quota_left()
        return left is not None and delivered > left

    def marked_by(self, token: str) -> tuple[str, int] | None:
        """Whose chat, and up to which event, a markAsReadToken speaks of; None if it is nobody's."""
        _, _, number = token.partition(READ_TOKEN)
        if not token.startswith(READ_TOKEN) or not number.isdecimal() or not 0 < int(number) <= len(self.events):
            return None
        return self.journal.read(self.events[int(number) - 1])["user"], int(number)

    def acceptance(self, number: int) -> Acceptance:
        """The acceptance with this number (from 0, in order of acceptance), read from the journal."""
        return as_acceptance(number, self.journal.read(self.acceptances[number]))

    def ledger(self, after: int = -1, limit: int | None = None) -> Iterator[Acceptance]:
        """Acceptances with a number above `after`, oldest first, at most `limit`."""
        end = len(self.acceptances) if limit is None else min(len(self.acceptances), after + 1 + limit)
        for number in range(max(0, after + 1), end):
            yield self.acceptance(number)

    def taps(self, after: int = 0, limit: int | None = None) -> Iterator[tuple[int, dict[str, Any]]]:
        """Numbered (from 1) webhook events of what friends did, above `after`, oldest first, at most `limit`."""
        end = len(self.events) if limit is None else min(len(self.events), after + limit)
        for index in range(max(0, after), end):
            yield index + 1, self.event(index + 1)

    def event(self, number: int) -> dict[str, Any]:
        """The webhook event with this number (from 1), read from the journal."""
        return self.journal.read(self.events[number - 1])["event"]


def as_acceptance(number: int, record: Record) -> Acceptance:
    """A journalled acceptance as tests read it."""
    return Acceptance(
        number,
        record["at"],
        record["rid"],
        record["key"],
        record["ep"],
        record["to"],
        record["miss"],
        record["hash"],
        record["messages"],
        record.get("silent", False),
    )
