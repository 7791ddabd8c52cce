"""Parts of a pass that several processes walk together; a row lives as long as its pass, or till the next such one."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, PrimaryKeyConstraint, Table
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata

# One chunk of a large pass: `members` are numbered from `low` on, as the pass numbers them. Whoever walks it holds the
# lock that is named after both numbers, and writes what was done.
shares = Table(
    "shares",
    metadata,
    Column("run_id", BigInteger, nullable=False),
    Column("low", BigInteger, nullable=False),
    Column("members", ARRAY(BigInteger), nullable=False),
    Column("counts", JSONB(none_as_null=True)),
    Column("done_at", INSTANT),  # database clock
    PrimaryKeyConstraint("run_id", "low"),
)
