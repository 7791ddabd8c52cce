"""Coupons."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_table(
        "coupon_codes",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("pool", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("drawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("held", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("redeemed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("redeemed_again", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coupon_codes")),
    )
    op.create_index("uq_coupon_codes_code", "coupon_codes", [sa.text("upper(code)")], unique=True)
    op.create_index(
        "ix_coupon_codes_free",
        "coupon_codes",
        ["pool", "id"],
        unique=False,
        postgresql_where=sa.text("enrolment_id is null and redeemed_at is null"),
    )
    op.create_index(
        "uq_coupon_codes_visit",
        "coupon_codes",
        ["enrolment_id", "pool"],
        unique=True,
        postgresql_where=sa.text("enrolment_id is not null"),
    )
    op.create_index(
        "ix_coupon_codes_drawn",
        "coupon_codes",
        ["pool", "drawn_at"],
        unique=False,
        postgresql_where=sa.text("drawn_at is not null"),
    )
    op.add_column("intents", sa.Column("codes", postgresql.JSONB(), nullable=True))
