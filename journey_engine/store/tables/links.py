"""Links of our own: the keys they are signed with, where they lead, every click on them, and visits of sources."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Index,
    LargeBinary,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    text,
)

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# The one with replaced_at null signs; the others still open what they signed. Numbers stand in the links.
link_keys = Table(
    "link_keys",
    metadata,
    Column("number", SmallInteger, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),  # 32 random bytes
    Column("made_at", INSTANT, nullable=False, server_default=text("clock_timestamp()")),
    Column("replaced_at", INSTANT),
    Index(
        "uq_link_keys_in_use", text("(replaced_at is null)"), unique=True, postgresql_where=text("replaced_at is null")
    ),
)

# Where a link of a message leads, word for word. One row for everybody, unless a member's values stand in the target:
# then one for each member who got it. Never changed: a message that was edited makes new rows.
links = Table(
    "links",
    metadata,
    number(),
    Column("message", Text, nullable=False),
    Column("link", Text, nullable=False),  # what it is called: the button's label, else where it stands
    Column("target", Text, nullable=False),
    Column("tag", Text, nullable=False, server_default=""),  # what a click grants, as written: shopper +1 for 90 days
    Column("member_id", BigInteger),
    Column("made_at", INSTANT, nullable=False),  # business
    Index(
        "uq_links_same",
        "message",
        "link",
        "target",
        "tag",
        "member_id",
        unique=True,
        postgresql_nulls_not_distinct=True,
    ),
)

# Every click of a person; previews, bots and prefetching are none. Those that became an event are `counted`.
clicks = Table(
    "clicks",
    metadata,
    number(),
    # No foreign keys: a click is written while somebody waits for the page.
    Column("link_id", BigInteger, nullable=False),
    Column("intent_id", BigInteger),  # null: the link is the same for all
    Column("member_id", BigInteger),
    Column("at", INSTANT, nullable=False),  # business
    Column("counted", Boolean, nullable=False),
    Index("ix_clicks_counted", "intent_id", "link_id", "at", postgresql_where=text("counted")),
    Index(None, "link_id"),
    Index("ix_clicks_member_id", "member_id", postgresql_where=text("member_id is not null")),
)

# How often a page of replies.yaml's sources was opened, by business day; nobody knows by whom.
source_visits = Table(
    "source_visits",
    metadata,
    Column("source", Text, nullable=False),
    Column("day", Date, nullable=False),
    Column("visits", BigInteger, nullable=False),
    PrimaryKeyConstraint("source", "day"),
)
