"""Replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.alter_column("intents", "enrolment_id", existing_type=sa.BigInteger(), nullable=True)
    op.add_column("intents", sa.Column("free", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("intents", sa.Column("answers", sa.Text(), nullable=True))
    op.create_index(
        "uq_intents_answers", "intents", ["answers"], unique=True, postgresql_where=sa.text("answers is not null")
    )
    op.create_table(
        "source_visits",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("visits", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("source", "day", name=op.f("pk_source_visits")),
    )
