"""Events are found by their names before their members: what comes in at once is of one name, and lies together."""

from __future__ import annotations

from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_index(op.f("ix_events_name_member_id_at"), "events", ["name", "member_id", "at"])
    op.drop_index(op.f("ix_events_member_id_name_at"), "events")
