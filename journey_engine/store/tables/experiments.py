"""Experiments: who was shown which arm, from when, and until when her answer counts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Integer, Table, Text, UniqueConstraint

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# The first time a member came to a split that is an experiment; later visits add nothing. The number gives the order
# in which a fixed sample fills.
exposures = Table(
    "exposures",
    metadata,
    number(),
    Column("journey", Text, nullable=False),
    Column("step", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),
    Column("enrolment_id", BigInteger, nullable=False),
    Column("arm", Text, nullable=False),
    Column("version", Integer, nullable=False),  # of the journey, as applied
    Column("at", INSTANT, nullable=False),
    Column("until", INSTANT, nullable=False),  # the measure counts in (at, until]
    UniqueConstraint("journey", "step", "member_id"),
)
