"""Members: who they are, how they are known, who turned out to be whom, what they allowed, tags, segments, stages."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    ForeignKey,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    and_,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, arrived, metadata, number

# member_key is permanent (stable over import and merge): holdout and arms are drawn from it.
members = Table(
    "members",
    metadata,
    number(),
    Column("member_key", Text, nullable=False, unique=True),
    Column(
        "attributes", JSONB, nullable=False, server_default=text("'{}'")
    ),  # texts by name, as schema.yaml types them
    Column("zone", Text),  # IANA; null: the business zone
    Column("created_at", INSTANT, nullable=False),
    Column("changed_at", INSTANT, nullable=False),  # business instant of the last change of attributes or zone
    Column("erased_at", INSTANT),
    # The member this one turned out to be, who was made first; never one that is merged away itself.
    Column("merged_into", BigInteger),
    arrived(),
    Index(None, "arrived"),
    Index("ix_members_merged_into", "merged_into", postgresql_where=text("merged_into is not null")),
    Index("ix_members_zone", "zone", postgresql_where=text("zone is not null")),
)


def alive(whose: Any) -> ColumnElement[bool]:
    """Of `members` or an alias of it: neither erased nor merged into another. Figures over members count these."""
    return and_(whose.c.erased_at.is_(None), whose.c.merged_into.is_(None))


# kind: line | customer_number | email | phone | any name a feed declares. One value belongs to one member. The value is
# compared first: values differ, and all rows are of a few kinds.
identities = Table(
    "identities",
    metadata,
    Column("kind", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),  # no foreign key, as in `events`
    # Of kind line: what the last follow or unfollow of this account said (friend | blocked), when. null: nothing yet.
    Column("status", Text),
    Column("changed_at", INSTANT),
    PrimaryKeyConstraint("value", "kind"),
    Index(None, "member_id"),
)

# A friend by any of her LINE accounts, else blocked; changed when that changed last. No row: never a friend.
friendships = Table(
    "friendships",
    metadata,
    Column("member_id", BigInteger, ForeignKey("members.id"), primary_key=True),
    Column("status", Text, nullable=False),  # friend | blocked
    Column("changed_at", INSTANT, nullable=False),
)

# No row for a topic: allowed, because following the account is. granted = false withholds.
consents = Table(
    "consents",
    metadata,
    Column("member_id", BigInteger, nullable=False),  # no foreign key, as in `events`
    Column("topic", Text, nullable=False),
    Column("granted", Boolean, nullable=False),
    Column("changed_at", INSTANT, nullable=False),
    Column("source", Text, nullable=False),
    PrimaryKeyConstraint("member_id", "topic"),
)

# Grants are rows and are never rewritten but for removed_at, so that any past instant can be asked:
# in force at t: granted_at <= t and (expires_at is null or t < expires_at) and (removed_at is null or t < removed_at).
# Strength at t is the sum over the grants in force.
tags = Table(
    "tags",
    metadata,
    number(),
    Column("member_id", BigInteger, nullable=False),
    Column("tag", Text, nullable=False),
    Column("strength", Numeric(), nullable=False, server_default=text("1")),
    Column("granted_at", INSTANT, nullable=False),
    Column("expires_at", INSTANT),
    Column("removed_at", INSTANT),
    Column("source", Text, nullable=False),  # journey/step, import, operator
    arrived(),
    Index(None, "member_id", "tag"),
    Index(None, "arrived"),
)

# A stay in a segment: the log of who came and left, and the present members (left_at is null) in one.
segment_members = Table(
    "segment_members",
    metadata,
    number(),
    Column("segment", Text, nullable=False),
    Column("member_id", BigInteger, nullable=False),  # no foreign key: as of events
    Column("joined_at", INSTANT, nullable=False),  # the instant the refresh stood for
    Column("left_at", INSTANT),
    Column("joined_run", BigInteger),
    Column("left_run", BigInteger),
    arrived(),
    Index(None, "member_id", "segment"),
    Index("uq_segment_members_present", "segment", "member_id", unique=True, postgresql_where=text("left_at is null")),
    Index(None, "arrived"),
)

# A stay in a stage; one with left_at null per member.
stages = Table(
    "stages",
    metadata,
    number(),
    Column("member_id", BigInteger, nullable=False),  # no foreign key: as of events
    Column("stage", Text, nullable=False),
    Column("since", INSTANT, nullable=False),
    Column("left_at", INSTANT),
    arrived(),
    Index(None, "member_id"),
    Index("uq_stages_present", "member_id", unique=True, postgresql_where=text("left_at is null")),
    Index(None, "arrived"),
)

# Two members of whom something said that they are one, until it is done. merged_at null: it waits to be done.
merge_findings = Table(
    "merge_findings",
    metadata,
    number(),
    Column("member_id", BigInteger, ForeignKey("members.id"), nullable=False),
    Column("other_id", BigInteger, ForeignKey("members.id"), nullable=False),
    Column("found_at", INSTANT, nullable=False),  # business
    Column("by", Text, nullable=False),  # feed NAME, line, shop, or the person who said so
    Column("reason", Text, nullable=False),  # which identities stood in which row, or the person's own words
    Column("batch_id", BigInteger),
    Column("merged_at", INSTANT),
    Index("ix_merge_findings_waiting", "id", postgresql_where=text("merged_at is null")),
)

# Who was merged away and into whom. One row for each who was.
merges = Table(
    "merges",
    metadata,
    number(),
    Column("survivor_id", BigInteger, ForeignKey("members.id"), nullable=False),
    Column("merged_id", BigInteger, ForeignKey("members.id"), nullable=False, unique=True),
    Column("at", INSTANT, nullable=False),  # business
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("batch_id", BigInteger),
    Column("counts", JSONB, nullable=False, server_default=text("'{}'")),  # what moved, by table; visits ended
    Index(None, "survivor_id"),
)
