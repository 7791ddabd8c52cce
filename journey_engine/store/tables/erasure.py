"""Consents by date and proof, and who was erased: keyed hashes that nobody can read a person from; no identity."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Identity,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# Every statement that changed a consent; `consents` has the one in force. `source` is a feed's name, `reply RULE`, or
# operator. Where it stands: a feed's in a batch and its row, others as `proof` says: {"event"} or {"by", "reason"}.
consent_log = Table(
    "consent_log",
    metadata,
    Column("id", BigInteger, Identity(always=True), nullable=False),
    Column("member_id", BigInteger, nullable=False),  # no foreign key, as in `events`
    Column("topic", Text, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("at", INSTANT, nullable=False),  # business
    Column("source", Text, nullable=False),
    Column("proof", JSONB(none_as_null=True)),  # neither this nor the next two: she was erased since
    Column("batch_id", BigInteger),
    Column("row_number", BigInteger),
    PrimaryKeyConstraint("member_id", "id"),
)

# The one with replaced_at null makes new hashes; the others are still looked for.
identity_keys = Table(
    "identity_keys",
    metadata,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),  # 32 random bytes
    Column("made_at", INSTANT, nullable=False, server_default=text("clock_timestamp()")),
    Column("replaced_at", INSTANT),
    Index(
        "uq_identity_keys_in_use",
        text("(replaced_at is null)"),
        unique=True,
        postgresql_where=text("replaced_at is null"),
    ),
)

# HMAC-SHA256 of `kind:value` of each identity of who was erased. returned_at: she followed the account anew since, so
# that this identity may be a member's again; what was said before that instant stays refused.
erased_identities = Table(
    "erased_identities",
    metadata,
    Column("kind", Text, nullable=False),
    Column("key_number", SmallInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Column("erased_at", INSTANT, nullable=False),
    Column("returned_at", INSTANT),
    PrimaryKeyConstraint("key_number", "hash"),
)

# Who asked for which erasure. finished_at (database clock) is null while a request to LINE or a call is still owed an
# answer, or a transaction that saw her is still open: she is looked through again then.
erasures = Table(
    "erasures",
    metadata,
    number(),
    Column("member_id", BigInteger, ForeignKey("members.id"), nullable=False, unique=True),
    Column("at", INSTANT, nullable=False),  # business
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("owed", ARRAY(BigInteger), nullable=False, server_default=text("'{}'")),  # requests that were open then
    Column("finished_at", INSTANT),
    Index("ix_erasures_open", "member_id", postgresql_where=text("finished_at is null")),
)
