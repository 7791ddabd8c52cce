"""From intent to acceptance: intents (what a step wants sent), requests (frozen), attempts, reply tokens, channels."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# status: pending -> frozen -> accepted | unknown; pending -> skipped (reason); frozen -> pending when its request is
# dissolved.
intents = Table(
    "intents",
    metadata,
    number(),
    Column("enrolment_id", BigInteger),  # null: it answers what was written or tapped, and `journey` is `replies`
    Column("journey", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("message", Text, nullable=False),
    Column("at", INSTANT, nullable=False),  # the step's own instant (quiet hours already counted in)
    Column("expires_at", INSTANT, nullable=False),
    Column("not_before", INSTANT),  # the sender put it off (quiet hours by real time)
    Column("priority", Integer, nullable=False),
    Column("entry", JSONB, nullable=False),  # the entry's value and properties, taken on arrival
    # By pool the code that was drawn on arrival: {"code", "until", "expires_at"}; null: the message names no pool.
    Column("codes", JSONB(none_as_null=True)),
    Column("status", Text, nullable=False, server_default="pending"),
    Column("reason", Text),
    Column("topic", Text),  # as the message had it when it was frozen: caps count by it
    Column("recipient", Text),  # the LINE user id it was frozen for
    Column("request_id", BigInteger),
    Column("settled_at", INSTANT),  # business instant of accepted, skipped or unknown
    Column("place", Integer),  # of its first message object in the request's body, from 0
    # It goes in a request of its own: LINE refused one that held others too, and did not say whose fault it was.
    Column("alone", Boolean, nullable=False, server_default=text("false")),
    Column("free", Boolean, nullable=False, server_default=text("false")),  # by a reply token, or not at all
    Column("answers", Text),  # source and key of what it answers in the inbox
    Column("settled_by", Text),  # who said what became of one that was unknown
    UniqueConstraint("enrolment_id", "step"),
    Index("uq_intents_answers", "answers", unique=True, postgresql_where=text("answers is not null")),
    Index("ix_intents_pending", "at", postgresql_where=text("status = 'pending'")),
    # The order in which the sender decides: of each message it reads no more than it has room for.
    Index(
        "ix_intents_order",
        "message",
        text("priority desc"),
        "at",
        "member_id",
        "id",
        postgresql_where=text("status = 'pending'"),
    ),
    # Who was put off until when: whether that makes a wave again.
    Index(
        "ix_intents_put_off",
        "message",
        "not_before",
        postgresql_where=text("status = 'pending' and not_before is not null"),
    ),
    Index("ix_intents_request_id", "request_id", postgresql_where=text("request_id is not null")),
    Index("ix_intents_unknown", "settled_at", postgresql_where=text("status = 'unknown'")),
    Index(None, "member_id", "status"),
)

# status: attempting (frozen and leased to a sender) -> accepted | refused | unknown | split | dissolved, or ready (to
# be attempted again, or a part of a split one) -> attempting. Recipients, body and key never change.
requests = Table(
    "requests",
    metadata,
    number(),
    Column("channel", Text, nullable=False),
    Column("endpoint", Text, nullable=False),  # push | multicast | reply
    Column("retry_key", Uuid(), nullable=False, unique=True),  # LINE takes none with a reply
    Column("recipients", ARRAY(Text), nullable=False),  # LINE user ids, in order
    Column("body", LargeBinary),  # the exact bytes; purged after settlement
    Column("body_hash", Text, nullable=False),
    Column("status", Text, nullable=False),
    Column("frozen_at", INSTANT, nullable=False),  # business
    Column("attempted_at", INSTANT),  # first attempt, database clock: the retry key's age
    Column("lease_until", INSTANT),  # database clock, while attempting
    Column("next_attempt_at", INSTANT),  # database clock, while ready
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("unclear", Boolean, nullable=False, server_default=text("false")),  # any attempt's fate is not known
    Column("parent_id", BigInteger),
    Column("root_id", BigInteger),  # the first of a chain of splits
    Column("line_request_id", Text),  # the accepted one
    Column("settled_at", INSTANT),
    Column("reason", Text),
    Index("ix_requests_open", "channel", "id", postgresql_where=text("status in ('ready', 'attempting')")),
    Index("ix_requests_bodies", "settled_at", postgresql_where=text("body is not null and settled_at is not null")),
    Index("ix_requests_root_id", "root_id", postgresql_where=text("root_id is not null")),
)

attempts = Table(
    "attempts",
    metadata,
    number(),
    # No foreign key: its check, planned while the requests are few, stays a full scan of them for a whole drain.
    Column("request_id", BigInteger, nullable=False),
    Column("attempted_at", INSTANT, nullable=False),  # database clock
    Column("outcome", Text, nullable=False),  # accepted | refused | unclear
    Column("status_code", Integer),
    Column("line_request_id", Text),
    Column("detail", Text),
    Index(None, "request_id"),
)

# What LINE gave us to answer one event of a member's with, once and within a minute; free of charge.
reply_tokens = Table(
    "reply_tokens",
    metadata,
    Column("token", Text, primary_key=True),
    Column("member_id", BigInteger, nullable=False),
    Column("event_id", Text, nullable=False),  # webhookEventId
    Column("issued_at", INSTANT, nullable=False),  # database clock, when the webhook brought it
    Column("used_at", INSTANT),  # database clock, when a request was frozen with it
    Column("request_id", BigInteger),  # that request
    Index("ix_reply_tokens_unused", "member_id", "issued_at", postgresql_where=text("used_at is null")),
    Index(None, "issued_at"),
)

# One LINE official account; what stops it is a hold of scope channel.
channels = Table(
    "channels",
    metadata,
    Column("channel", Text, primary_key=True),
    Column("quota_month", Text),  # 2026-11, by the business zone; LINE does not say whose month it is
    Column("quota_limit", Integer),  # null: none
    Column("quota_used", Integer, nullable=False, server_default=text("0")),  # recipients accepted, unknown, or frozen
    Column("reserved_at", INSTANT),  # database clock: LINE's own figure lags behind what was sent since
    Column("heard", BigInteger, nullable=False, server_default=text("0")),  # the sandbox's last event that was fetched
    Column("home", Text),  # the database that last sent through it: another one is a restored backup
    # After a restore: what was due up to `doubtful_to` may have gone out before, and goes only if due in [from, to].
    Column("doubtful_to", INSTANT),
    Column("released_from", INSTANT),
    Column("released_to", INSTANT),
)

# LINE's limits, shared by all processes: tokens are granted in batches.
buckets = Table(
    "buckets",
    metadata,
    Column("channel", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column[float]("tokens", Double, nullable=False),
    Column("refilled_at", INSTANT, nullable=False),  # database clock
    PrimaryKeyConstraint("channel", "endpoint"),
)
