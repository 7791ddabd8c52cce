"""What is left when a script was played: rows, LINE's ledger and marks of each round; the oracle judges by it alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.chaos.scripts import Script


@dataclass(frozen=True, slots=True)
class Intent:
    """A row of intents, as far as it is judged. `id` is the place of its wish in the script, from 1."""

    id: int
    status: str
    reason: str | None
    not_before: datetime | None
    expires_at: datetime
    settled_at: datetime | None
    request: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """A row of requests. `age` is how old its first attempt was by the database's clock when the row was read."""

    id: int
    endpoint: str
    status: str
    retry_key: str
    recipients: tuple[str, ...]
    attempts: int
    unclear: bool
    age: float | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A row of attempts."""

    request: int
    outcome: str
    status_code: int | None


@dataclass(frozen=True, slots=True)
class Taken:
    """One acceptance of LINE's: to whom, and what, in its own words."""

    number: int
    endpoint: str
    retry_key: str | None
    to: tuple[str, ...]
    missed: tuple[str, ...]
    silent: bool
    messages: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Mark:
    """The end of one round: its instant, how many acceptances LINE had by then, and the requests given up in it."""

    now: datetime
    accepted: int
    unknown: tuple[Request, ...]
    died: tuple[str, ...]  # at which points senders died, or what else ended them


@dataclass(slots=True)
class Evidence:
    """Everything about one run. `healed` are the intents when all was well again, the others are those of the end."""

    script: Script
    marks: list[Mark] = field(default_factory=list[Mark])
    healed: list[Intent] = field(default_factory=list[Intent])
    healed_at: datetime | None = None
    ended_at: datetime | None = None
    intents: list[Intent] = field(default_factory=list[Intent])
    requests: list[Request] = field(default_factory=list[Request])
    attempts: list[Attempt] = field(default_factory=list[Attempt])
    ledger: list[Taken] = field(default_factory=list[Taken])
    struck: dict[str, int] = field(default_factory=dict[str, int])  # faults carried out, by kind
    reached: dict[str, int] = field(default_factory=dict[str, int])  # points at which a sender died
    kills: int = 0  # processes ended by kill -9
    stops: int = 0  # of the database
    quota_used: int | None = None  # ours, at the end
    quota_booked: int | None = None  # reserved and not released, by its book
    line_used: int | None = None  # LINE's, of the same month
    other_bodies: int = 0  # keys used again with another body
    errors: list[str] = field(default_factory=list[str])  # what senders raised that nobody had ordered
