"""What operators look at: runs, imported batches, quarantine, holds, applications, the offset of the business clock."""

from __future__ import annotations

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    Interval,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata, number

clock = Table(
    "clock",
    metadata,
    Column("id", SmallInteger, primary_key=True, autoincrement=False, server_default=text("1")),
    Column("offset", Interval, nullable=False),
    CheckConstraint("id = 1", name="one_row"),
)

# kind: night | import | refresh | pass | send | apply. counts are the figures that artifacts and summaries show.
runs = Table(
    "runs",
    metadata,
    number(),
    Column("kind", Text, nullable=False),
    Column("name", Text, nullable=False),  # the journey, the feed …
    Column("now", INSTANT, nullable=False),
    Column("started_at", INSTANT, nullable=False, server_default=text("clock_timestamp()")),
    Column("ended_at", INSTANT),
    Column("status", Text, nullable=False),  # running | completed | held | failed
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    Index(None, "kind", "name", "now"),
)

# One file or frame read by a feed. read = landed + already + quarantined + erased, always, once it is landed.
batches = Table(
    "batches",
    metadata,
    number(),
    Column("feed", Text, nullable=False),
    Column("source", Text, nullable=False),  # file name or package frame with the day
    Column("checksum", Text, nullable=False),  # of the bytes read
    Column("day", Text),  # the local day it covers, when it covers one
    Column("now", INSTANT, nullable=False),
    Column("status", Text, nullable=False),  # staged | held | landed | rejected
    Column("read", Integer),
    Column("landed", Integer),
    Column("already", Integer),
    Column("quarantined", Integer),
    Column("erased", Integer, nullable=False, server_default=text("0")),  # rows about people who were erased
    Column("covers_from", INSTANT),  # of what a landed or held batch says it brings all: [covers_from, covers_to)
    Column("covers_to", INSTANT),
    Column("verdict", JSONB),  # the gate's result, rule by rule
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),  # events and members added, by name
    Column("read_as", Text),  # what was found out about how the file is written, and not said by the feed
    Index(None, "feed", "status"),
)

quarantine = Table(
    "quarantine",
    metadata,
    number(),
    Column("batch_id", BigInteger, nullable=False),
    Column("feed", Text, nullable=False),
    Column("row_number", BigInteger, nullable=False),  # in the file, the first data row is 1
    Column("content", JSONB, nullable=False),  # the row as text by column
    Column("reasons", ARRAY(Text), nullable=False),  # all of them
    Column("status", Text, nullable=False, server_default="open"),  # open | landed | dropped
    Column("settled_at", INSTANT),  # when it landed after all, or was dropped; by whom, and why
    Column("settled_by", Text),
    Column("settle_reason", Text),
    Index(None, "batch_id"),
    Index("ix_quarantine_open", "feed", "batch_id", postgresql_where=text("status = 'open'")),
)

# Up to which instant a segment (or the stages, name "stages") was worked out last; it never goes back.
refreshes = Table(
    "refreshes",
    metadata,
    Column("scope", Text, nullable=False),  # segment | stages
    Column("name", Text, nullable=False),
    Column("refreshed_to", INSTANT, nullable=False),
    Column("run_id", BigInteger),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    PrimaryKeyConstraint("scope", "name"),
)

# Every refresh there was: scope segment | persona | stages, the instant it stood for, what it counted.
refresh_history = Table(
    "refresh_history",
    metadata,
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("as_of", INSTANT, nullable=False),
    Column("run_id", BigInteger),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),
    PrimaryKeyConstraint("scope", "name", "as_of"),
)

# What is stopped, by whom released. scope: feed | journey | message | channel | segment.
holds = Table(
    "holds",
    metadata,
    number(),
    Column("scope", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("batch_id", BigInteger),
    Column("reason", Text, nullable=False),
    Column("cure", Text, nullable=False),
    Column("since", INSTANT, nullable=False),
    Column("released_at", INSTANT),
    Column("released_by", Text),
    Column("release_reason", Text),
    Index("ix_holds_open", "scope", "name", postgresql_where=text("released_at is null")),
)

# Who made which definitions live, and what they were shown. `versions`: every live [kind, name, version] afterwards, so
# that the definitions as of any application can be put together again.
applications = Table(
    "applications",
    metadata,
    number(),
    Column("now", INSTANT, nullable=False),  # business: since when it counts
    Column("applied_at", INSTANT, nullable=False, server_default=text("clock_timestamp()")),
    Column("applied_by", Text, nullable=False),
    Column("words", ARRAY(Text), nullable=False),  # the plan as it was shown, a line each
    Column("plan", JSON, nullable=False),  # the same as a value, without the definitions' bodies
    Column("versions", JSON, nullable=False),
    Column("back_to", BigInteger),  # of a rollback: the application whose definitions are live again
)
