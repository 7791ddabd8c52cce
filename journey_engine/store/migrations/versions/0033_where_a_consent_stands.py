"""Where a consent stands in a file is two numbers and no JSON, and a member's log is found by its key."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.add_column("consent_log", sa.Column("batch_id", sa.BigInteger))
    op.add_column("consent_log", sa.Column("row_number", sa.BigInteger))
    op.execute(
        "update consent_log set batch_id = cast(proof ->> 'batch' as bigint),"
        " row_number = cast(proof ->> 'row' as bigint), proof = null where proof ? 'batch'"
    )
    op.drop_index("ix_consent_log_member_id_topic_at", "consent_log")
    op.drop_constraint("pk_consent_log", "consent_log", type_="primary")
    op.create_primary_key("pk_consent_log", "consent_log", ["member_id", "id"])
