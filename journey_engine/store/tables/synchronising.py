"""How far the lists of LINE's followers and profiles were read, so that a reading which was cut off goes on."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# One reading of the whole list of followers; at most one of a channel is open (ended_at is null).
follower_lists = Table(
    "follower_lists",
    metadata,
    number(),
    Column("channel", Text, nullable=False),
    Column("started_at", INSTANT, nullable=False),  # business: who is on it was a friend then
    Column("next", Text),  # LINE's token of the page to be read next; null: the first
    Column("pages", Integer, nullable=False, server_default=text("0")),
    Column("followers", Integer, nullable=False, server_default=text("0")),
    Column("ended_at", INSTANT),
    Index("uq_follower_lists_open", "channel", unique=True, postgresql_where=text("ended_at is null")),
)

# status: told (the profile is in the attributes) | gone (LINE knows no such friend).
profiles = Table(
    "profiles",
    metadata,
    Column("member_id", BigInteger, ForeignKey("members.id"), primary_key=True, autoincrement=False),
    Column("status", Text, nullable=False),
    Column("asked_at", INSTANT, nullable=False),  # business
    Column("said", JSONB, nullable=False, server_default=text("'{}'")),  # what it said then, by attribute
)
