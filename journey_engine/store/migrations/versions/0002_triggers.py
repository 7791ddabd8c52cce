"""Triggers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_table(
        "paces",
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("journey", "starts_at", name=op.f("pk_paces")),
    )
    op.add_column("refusals", sa.Column("why", postgresql.JSONB(astext_type=sa.Text()), nullable=True))
    op.create_index("ix_members_zone", "members", ["zone"], postgresql_where=sa.text("zone is not null"))
