"""Merging."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.add_column("members", sa.Column("merged_into", sa.BigInteger(), nullable=True))
    op.create_foreign_key("fk_members_merged_into", "members", "members", ["merged_into"], ["id"])
    op.create_index(
        "ix_members_merged_into",
        "members",
        ["merged_into"],
        unique=False,
        postgresql_where=sa.text("merged_into is not null"),
    )
    op.add_column("identities", sa.Column("status", sa.Text(), nullable=True))
    op.add_column("identities", sa.Column("changed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "update identities i set status = f.status, changed_at = f.changed_at from friendships f"
        " where f.member_id = i.member_id and i.kind = 'line'"
    )
    op.create_table(
        "merge_findings",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("other_id", sa.BigInteger(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_merge_findings_member_id")),
        sa.ForeignKeyConstraint(["other_id"], ["members.id"], name=op.f("fk_merge_findings_other_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merge_findings")),
    )
    op.create_index(
        "ix_merge_findings_waiting",
        "merge_findings",
        ["id"],
        unique=False,
        postgresql_where=sa.text("merged_at is null"),
    )
    op.create_table(
        "merges",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("survivor_id", sa.BigInteger(), nullable=False),
        sa.Column("merged_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("batch_id", sa.BigInteger(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), server_default=sa.text("'{}'"), nullable=False),
        sa.ForeignKeyConstraint(["survivor_id"], ["members.id"], name=op.f("fk_merges_survivor_id")),
        sa.ForeignKeyConstraint(["merged_id"], ["members.id"], name=op.f("fk_merges_merged_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_merges")),
        sa.UniqueConstraint("merged_id", name=op.f("uq_merges_merged_id")),
    )
    op.create_index("ix_merges_survivor_id", "merges", ["survivor_id"], unique=False)
