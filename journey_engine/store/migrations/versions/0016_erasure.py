"""Erasure."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    instant = sa.DateTime(timezone=True)
    op.add_column("batches", sa.Column("erased", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "consent_log",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("proof", postgresql.JSONB(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_consent_log_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent_log")),
    )
    op.create_index("ix_consent_log_member_id_topic_at", "consent_log", ["member_id", "topic", "at"], unique=False)
    # What was known of consents before there was a log: the last word on each.
    op.execute(
        "insert into consent_log (member_id, topic, granted, at, source, proof)"
        " select member_id, topic, granted, changed_at, source, '{}' from consents order by member_id, topic"
    )
    op.create_table(
        "identity_keys",
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", instant, server_default=sa.text("clock_timestamp()"), nullable=False),
        sa.Column("replaced_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_identity_keys")),
    )
    op.create_index(
        "uq_identity_keys_in_use",
        "identity_keys",
        [sa.literal_column("(replaced_at is null)")],
        unique=True,
        postgresql_where=sa.text("replaced_at is null"),
    )
    op.create_table(
        "erased_identities",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key_number", sa.SmallInteger(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("erased_at", instant, nullable=False),
        sa.Column("returned_at", instant, nullable=True),
        sa.PrimaryKeyConstraint("key_number", "hash", name=op.f("pk_erased_identities")),
    )
    op.create_table(
        "erasures",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("at", instant, nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("owed", sa.ARRAY(sa.BigInteger()), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("finished_at", instant, nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_erasures_member_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasures")),
        sa.UniqueConstraint("member_id", name=op.f("uq_erasures_member_id")),
    )
    op.create_index(
        "ix_erasures_open",
        "erasures",
        ["member_id"],
        unique=False,
        postgresql_where=sa.text("finished_at is null"),
    )
