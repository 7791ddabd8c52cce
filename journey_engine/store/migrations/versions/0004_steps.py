"""Steps."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.add_column("journey_clocks", sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("journey_clocks", sa.Column("resumed_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "hand_offs",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("enrolment_id", sa.BigInteger(), nullable=False),
        sa.Column("journey", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("team", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["enrolment_id"], ["enrolments.id"], name=op.f("fk_hand_offs_enrolment_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_hand_offs_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hand_offs")),
    )
    op.create_index(op.f("ix_hand_offs_member_id"), "hand_offs", ["member_id"], unique=False)
    op.create_index(
        "ix_hand_offs_open",
        "hand_offs",
        ["team", "at"],
        unique=False,
        postgresql_where=sa.text("closed_at is null"),
    )
