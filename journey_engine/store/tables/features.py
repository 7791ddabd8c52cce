"""What is known of the table of features, which lies in a schema of its own and is made anew at will."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, Index, Table, Text

from journey_engine.store.tables.metadata import INSTANT, arrived, metadata

# One row for each set of feeds: what the part of the table in the schema `derived` that rests on them stands for. If it
# does not fit any more, all is made anew.
feature_sets = Table(
    "feature_sets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("feeds", ARRAY(Text), nullable=False),  # that bring what its features rest on
    Column("definition", Text, nullable=False),  # a hash of all that its columns mean
    Column("relation", BigInteger, nullable=False),  # its number in the catalog: a restored table has another one
    Column("as_of", INSTANT, nullable=False),  # the instant it stands for
    Column("snapshot", Text, nullable=False),  # of the transactions whose rows it holds
    Column("seen", BigInteger, nullable=False),  # its xmin
    Column("made_by", BigInteger, nullable=False),  # the transaction that brought it there
    Column("members", BigInteger, nullable=False),  # rows when it was made
)

# Members whose events were changed or taken away, written by triggers on events: their features are made anew. Emptied
# by refreshes.
changed_events = Table(
    "changed_events",
    metadata,
    Column("member_id", BigInteger, nullable=False),
    Column("name", Text, nullable=False),
    Column("newest", INSTANT, nullable=False),  # when the last of these events was
    arrived(),
    Index(None, "arrived"),
)
