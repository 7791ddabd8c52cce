"""Refusals lie by member: a chunk writes them side by side, and what a member was refused is found without reading all."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.drop_constraint("pk_refusals", "refusals", type_="primary")
    op.create_primary_key("pk_refusals", "refusals", ["journey", "member_id", "entry_ref"])
