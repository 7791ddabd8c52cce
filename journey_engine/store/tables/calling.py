"""Calls of a shop's own systems: what a `call` step asks for, each with its key, and what was answered."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# status: pending -> calling (leased) -> answered | failed, or pending again (to be tried once more); pending | calling
# -> dropped (reason): nobody waits for the answer any more. Key and content never change.
calls = Table(
    "calls",
    metadata,
    number(),
    Column("enrolment_id", BigInteger, nullable=False),
    Column("journey", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("member_id", BigInteger, ForeignKey("members.id"), nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("at", INSTANT, nullable=False),  # the step's own instant
    Column("expires_at", INSTANT, nullable=False),  # when the step stops waiting
    Column("idempotency_key", Uuid(), nullable=False, unique=True, server_default=text("gen_random_uuid()")),
    Column("content", JSONB),  # what is posted; purged a week after it is settled
    Column("status", Text, nullable=False, server_default="pending"),
    Column("reason", Text),  # of failed and dropped, and of the last try while pending
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("attempted_at", INSTANT),  # the first attempt, database clock
    Column("lease_until", INSTANT),  # database clock, while calling
    Column("next_attempt_at", INSTANT),  # database clock, while pending after an attempt
    Column("status_code", Integer),
    Column("answer", JSONB),  # texts by name, as far as they are small
    Column("settled_at", INSTANT),  # business
    UniqueConstraint("enrolment_id", "step"),
    Index("ix_calls_open", "endpoint", "id", postgresql_where=text("status in ('pending', 'calling')")),
    Index("ix_calls_contents", "settled_at", postgresql_where=text("content is not null and settled_at is not null")),
)
