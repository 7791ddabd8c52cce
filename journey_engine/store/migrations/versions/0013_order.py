"""The order in which intents are decided."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_index(
        "ix_intents_order",
        "intents",
        ["message", sa.literal_column("priority desc"), "at", "member_id", "id"],
        unique=False,
        postgresql_where=sa.text("status = 'pending'"),
    )
