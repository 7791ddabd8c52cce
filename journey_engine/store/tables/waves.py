"""Waves: messages that were about to reach many at once, and what the gate said of their audience."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# What was due at `now` with an intent id up to `judged_to` has been judged. status: passed | held (at the judgement).
waves = Table(
    "waves",
    metadata,
    number(),
    Column("message", Text, nullable=False),
    Column("now", INSTANT, nullable=False),
    Column("judged_to", BigInteger, nullable=False),
    Column("recipients", Integer, nullable=False),  # judged: without those whom quiet hours put off
    Column("status", Text, nullable=False),
    Column("verdict", JSONB, nullable=False),  # as in batches
    Index(None, "message", "id"),
)
