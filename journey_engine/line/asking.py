"""What a decision is asked, and what its statement leaves open; it asks nothing itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ARRAY, BigInteger, Integer, Text, bindparam
from sqlalchemy.dialects.postgresql import JSONB

# In this order they take what is scarce: caps and the month's quota.
TOPICS = ("transactional", "service", "news", "promotion")
CARRIED = (
    "id",
    "enrolment_id",
    "member_id",
    "journey",
    "step",
    "message",
    "at",
    "expires_at",
    "entry",
    "alone",
    "free",
)


# What is left open in a decision's statement, so that it is built once for a project, and not for every batch.
MOST = bindparam("most", type_=Integer)
MEMBERS = bindparam("members", type_=ARRAY(BigInteger))
# What stands still, and where it is quiet until when: both change, and are not for the statement to be built anew.
STOPPED_JOURNEYS = bindparam("stopped_journeys", type_=ARRAY(Text))
STOPPED_MESSAGES = bindparam("stopped_messages", type_=ARRAY(Text))
QUIET_UNTIL = bindparam("quiet_until", type_=JSONB)  # by zone
Stopped = tuple[tuple[str, ...], tuple[str, ...]]  # journeys, messages


@dataclass(frozen=True, slots=True)
class Doubtful:
    """After a restore: what was due up to `until` may have gone out before, and goes only if due in [start, end]."""

    until: datetime
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Question:
    """What one decision is asked: at most `most` intents at `now`.

    With `only_expired` nothing goes: what is too old is buried, the rest stays (the channel is held). With `only_free`
    only what a reply token carries goes (the month's quota is used up). With `members` (their numbers) it is about
    theirs alone.
    """

    now: datetime
    most: int
    only_expired: bool = False
    members: Sequence[int] | None = None
    only_free: bool = False
    doubtful: Doubtful | None = None

    @property
    def shape(self) -> tuple[bool, ...]:
        """What makes its statement another one, whatever it is asked about."""
        return self.only_expired, self.only_free, self.members is not None, self.doubtful is not None
