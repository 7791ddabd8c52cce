"""Ways are counted by part, so that passes that run at the same time do not meet at one row; what was counted stays."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.add_column("step_counts", sa.Column("part", sa.Integer, nullable=False, server_default="0"))
    op.drop_constraint("pk_step_counts", "step_counts", type_="primary")
    op.create_primary_key("pk_step_counts", "step_counts", ["journey", "step", "outcome", "day", "part"])
