"""Reply tokens, messages that share a request, unknowns settled by a person, channels after a restore."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_table(
        "reply_tokens",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("issued_at", _INSTANT, nullable=False),
        sa.Column("used_at", _INSTANT, nullable=True),
        sa.Column("request_id", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_reply_tokens")),
    )
    op.create_index(
        "ix_reply_tokens_unused",
        "reply_tokens",
        ["member_id", "issued_at"],
        postgresql_where=sa.text("used_at is null"),
    )
    op.create_index(op.f("ix_reply_tokens_issued_at"), "reply_tokens", ["issued_at"])
    op.add_column("intents", sa.Column("place", sa.Integer(), nullable=True))
    op.add_column("intents", sa.Column("alone", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("intents", sa.Column("settled_by", sa.Text(), nullable=True))
    op.create_index("ix_intents_unknown", "intents", ["settled_at"], postgresql_where=sa.text("status = 'unknown'"))
    op.add_column("channels", sa.Column("home", sa.Text(), nullable=True))
    op.add_column("channels", sa.Column("doubtful_to", _INSTANT, nullable=True))
    op.add_column("channels", sa.Column("released_from", _INSTANT, nullable=True))
    op.add_column("channels", sa.Column("released_to", _INSTANT, nullable=True))
