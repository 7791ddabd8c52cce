"""How calls are paced, in real seconds and counts; no business decision rests on any of it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """`lease` must be well above `timeout`: a call whose lease has run out is made again, with the same key."""

    timeout: float = 10.0  # of one attempt, from the first byte out to the last byte in
    connect: float = 3.0
    lease: float = 120.0
    first_backoff: float = 2.0  # doubled each time, with a random part of its own
    longest_backoff: float = 900.0
    attempts: int = 10  # then it has failed; with these backoffs after about a quarter of an hour
    together: int = 16  # calls under way at once
    batch: int = 64  # calls leased in one transaction
    answer_bytes: int = 64 * 1024  # of an answer, no more is read
