"""The month's messages as LINE bills them: what requests took and gave back by day, and what LINE says of its days."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Date, PrimaryKeyConstraint, Table, Text, text

from journey_engine.store.tables.metadata import INSTANT, metadata

# Recipients of frozen requests, and of those that LINE refused after all: reserved - released were sent to, or nobody
# knows yet. `day` is the day of LINE's own counts (UTC+9) in which a request was frozen, `endpoint` how it was then,
# before a refusal split it; replies are free and stand in no row.
quota_ledger = Table(
    "quota_ledger",
    metadata,
    Column("channel", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("topic", Text, nullable=False),
    Column("endpoint", Text, nullable=False),  # push | multicast
    Column("reserved", BigInteger, nullable=False, server_default=text("0")),
    Column("released", BigInteger, nullable=False, server_default=text("0")),
    PrimaryKeyConstraint("channel", "day", "topic", "endpoint"),
)

# What LINE says it delivered on one of its own days (UTC+9), beside what we have as accepted then.
quota_checks = Table(
    "quota_checks",
    metadata,
    Column("channel", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("endpoint", Text, nullable=False),  # push | multicast | reply
    Column("ours", BigInteger, nullable=False),
    Column("lines", BigInteger, nullable=False),
    Column("now", INSTANT, nullable=False),  # business, when it was asked
    PrimaryKeyConstraint("channel", "day", "endpoint"),
)
