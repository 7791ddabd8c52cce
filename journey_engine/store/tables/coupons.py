"""Coupon codes: whose each one is, and what became of it. What brought them is a batch (`coupon:POOL`)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, text

from journey_engine.store.tables.metadata import INSTANT, metadata, number

# A code belongs to one visit of one member, or to nobody yet. It goes back (nobody's again) when all messages of the
# visit that were to carry it were skipped: `held` counts those that were not.
coupon_codes = Table(
    "coupon_codes",
    metadata,
    number(),
    Column("pool", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("batch_id", BigInteger, nullable=False),
    Column("enrolment_id", BigInteger),
    Column("member_id", BigInteger),
    Column("drawn_at", INSTANT),  # the instant at which she came to the step
    Column("expires_at", INSTANT),  # null: never, or not drawn yet
    Column("held", Integer, nullable=False, server_default=text("0")),
    Column("redeemed_at", INSTANT),
    Column("redeemed_again", Integer, nullable=False, server_default=text("0")),  # how often after the first time
    # Tills do not tell abc from ABC, and a redemption names the code alone: no two pools share one.
    Index("uq_coupon_codes_code", text("upper(code)"), unique=True),
    Index("ix_coupon_codes_free", "pool", "id", postgresql_where=text("enrolment_id is null and redeemed_at is null")),
    Index(
        "uq_coupon_codes_visit", "enrolment_id", "pool", unique=True, postgresql_where=text("enrolment_id is not null")
    ),
    Index("ix_coupon_codes_drawn", "pool", "drawn_at", postgresql_where=text("drawn_at is not null")),
)
