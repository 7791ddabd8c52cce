"""Identities are compared by their values before their kinds, of which there are few."""

from __future__ import annotations

from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.drop_constraint("pk_identities", "identities", type_="primary")
    op.create_primary_key("pk_identities", "identities", ["value", "kind"])
