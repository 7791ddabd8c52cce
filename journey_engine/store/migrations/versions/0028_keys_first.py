"""The identities of events are compared by their keys before their sources, which are all the same."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.drop_constraint("pk_event_keys", "event_keys", type_="primary")
    op.create_primary_key("pk_event_keys", "event_keys", ["key", "source"])
