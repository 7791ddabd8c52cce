"""What the receiver hears, and how far followers and profiles were read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.add_column("inbox", sa.Column("source", sa.Text(), server_default=sa.text("'line'"), nullable=False))
    op.add_column("inbox", sa.Column("live", sa.Boolean(), server_default=sa.text("false"), nullable=False))
    op.add_column("inbox", sa.Column("heard_at", sa.DateTime(timezone=True), nullable=True))
    op.drop_constraint("uq_inbox_webhook_event_id", "inbox")
    op.create_unique_constraint(op.f("uq_inbox_source_webhook_event_id"), "inbox", ["source", "webhook_event_id"])
    op.add_column("inbox", sa.Column("message_id", sa.Text(), nullable=True))
    op.create_index(
        "ix_inbox_message_id",
        "inbox",
        ["message_id"],
        unique=False,
        postgresql_where=sa.text("message_id is not null"),
    )
    op.create_table(
        "follower_lists",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next", sa.Text(), nullable=True),
        sa.Column("pages", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("followers", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_follower_lists")),
    )
    op.create_index(
        "uq_follower_lists_open",
        "follower_lists",
        ["channel"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "profiles",
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_profiles_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_profiles")),
    )
