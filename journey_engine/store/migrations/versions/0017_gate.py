"""Who settled a quarantined row and why; the waves of messages that were judged before they went out."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    instant = sa.DateTime(timezone=True)
    op.add_column("quarantine", sa.Column("settled_at", instant))
    op.add_column("quarantine", sa.Column("settled_by", sa.Text()))
    op.add_column("quarantine", sa.Column("settle_reason", sa.Text()))
    op.create_index(
        "ix_quarantine_open", "quarantine", ["feed", "batch_id"], postgresql_where=sa.text("status = 'open'")
    )
    op.create_index(
        "ix_intents_put_off",
        "intents",
        ["message", "not_before"],
        postgresql_where=sa.text("status = 'pending' and not_before is not null"),
    )
    op.create_table(
        "waves",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("now", instant, nullable=False),
        sa.Column("judged_to", sa.BigInteger(), nullable=False),
        sa.Column("recipients", sa.Integer(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verdict", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_waves")),
    )
    op.create_index(op.f("ix_waves_message_id"), "waves", ["message", "id"])
