"""Cut points: where each share of a rank ended, for every instant a refresh stood for."""

from __future__ import annotations

from sqlalchemy import ARRAY, BigInteger, Column, Integer, Numeric, PrimaryKeyConstraint, Table, Text

from journey_engine.store.tables.metadata import INSTANT, metadata

# rank: what is ranked and which shares are cut, as text. cuts: the least value of each share, ascending; null: nobody
# was ranked. They are kept, so that any past instant can be asked.
cuts = Table(
    "cuts",
    metadata,
    Column("rank", Text, nullable=False),
    Column("as_of", INSTANT, nullable=False),
    Column("cuts", ARRAY(Numeric())),
    Column("members", Integer, nullable=False),  # how many were ranked
    Column("run_id", BigInteger),
    PrimaryKeyConstraint("rank", "as_of"),
)
