"""Events and how they come in: identity of events, the raw inbox of what LINE sent, coverage by feed."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Numeric,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from journey_engine.store.tables.metadata import INSTANT, arrived, metadata, number

events = Table(
    "events",
    metadata,
    number(),
    # No foreign key: it took 7 of 10 s of 400,000 inserts; members are never deleted, and every writer joins them.
    Column("member_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", INSTANT, nullable=False),  # when it happened
    Column("of", Text),  # the message (click, accepted, skipped, unknown) or journey (go_to) it is about
    Column("value", Numeric()),
    Column(
        "properties", JSONB, nullable=False, server_default=text("'{}'")
    ),  # texts by name; the event's key among them
    Column("source", Text, nullable=False),  # feed name, line, engine, sender
    Column("batch_id", BigInteger),
    arrived(),
    # Every condition names the event. What comes in at once is of one name and in the order of its members, so it fills
    # few pages: with the member first it changed nearly all. Who asks for all of a member's says `EVERY_NAME`, too.
    Index(None, "name", "member_id", "at"),
    Index(None, "arrived"),
    # What leaves a window in a night lies together, as it came: a few ranges of pages.
    Index(None, "at", postgresql_using="brin", postgresql_with={"autosummarize": "on", "pages_per_range": 32}),
)

# For `name = any (…)`: the names there are, each found in the index by itself. Postgres before 18 finds nothing in an
# index by its second column.
EVERY_NAME = """array(
    with recursive each (name) as (
        select min(name) from events
        union all
        select (select min(e.name) from events e where e.name > each.name) from each where each.name is not null)
    select name from each where name is not null)"""

# The event's identity for ever, beside the events so that it survives their partitions: importing twice adds nothing.
# The key is compared first: a feed's keys differ in it, and all have one source.
event_keys = Table(
    "event_keys",
    metadata,
    Column("source", Text, nullable=False),
    Column("key", Text, nullable=False),
    PrimaryKeyConstraint("key", "source"),
)

# Events that their feed took back: no condition sees them, what was done because of them stands. `id` as it was there.
retracted_events = Table(
    "retracted_events",
    metadata,
    Column("id", BigInteger, primary_key=True, autoincrement=False),
    Column("member_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("at", INSTANT, nullable=False),
    Column("of", Text),
    Column("value", Numeric()),
    Column("properties", JSONB, nullable=False),
    Column("source", Text, nullable=False),
    Column("batch_id", BigInteger),
    Column("retracted_at", INSTANT, nullable=False),  # business
    Column("retracted_by", BigInteger, nullable=False),  # the batch whose row said so
    Index(None, "member_id"),
)

# What LINE and the shop sent, as it came; taken into events once.
inbox = Table(
    "inbox",
    metadata,
    number(),
    Column("webhook_event_id", Text, nullable=False),  # LINE's webhookEventId; of what a shop sent: the shop's own id
    Column("body", JSONB, nullable=False),
    Column("received_at", INSTANT, nullable=False),  # business
    Column("taken_at", INSTANT),
    Column("outcome", Text),  # the event name it became, or why it became none
    Column("source", Text, nullable=False, server_default=text("'line'")),  # line | shop
    # It came through the webhook, at `heard_at` (database clock, of the last delivery): its reply token has an age.
    Column("live", Boolean, nullable=False, server_default=text("false")),
    Column("heard_at", INSTANT),
    # LINE's number of the message that was written, or unsent: finds the one by the other, whichever came first.
    Column("message_id", Text),
    UniqueConstraint("source", "webhook_event_id"),
    Index("ix_inbox_waiting", "id", postgresql_where=text("taken_at is null")),
    Index("ix_inbox_message_id", "message_id", postgresql_where=text("message_id is not null")),
)

# Up to which instant everything a feed brings has arrived. No row: nothing has.
coverage = Table(
    "coverage",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("covered_to", INSTANT, nullable=False),
)

# Whom the last landed snapshot of a feed named.
feed_members = Table(
    "feed_members",
    metadata,
    Column("feed", Text, nullable=False),
    Column("member_id", BigInteger, ForeignKey("members.id"), nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    PrimaryKeyConstraint("feed", "member_id"),
    Index(None, "member_id"),
)

# The highest value of a feed's watermark column among all rows that have landed, as text.
watermarks = Table(
    "watermarks",
    metadata,
    Column("feed", Text, primary_key=True),
    Column("mark", Text, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
)
