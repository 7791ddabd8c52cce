"""Features of members, from which segments are told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

# Events only come, as a rule, and features take in what comes. Whose were changed or taken away is noted for the next
# refresh, whoever does it.
_NOTE = """
create function note_changed_events() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' then
        insert into changed_events (member_id, name, newest)
        select member_id, name, max(at) from events_before group by 1, 2;
    else
        insert into changed_events (member_id, name, newest)
        select member_id, name, max(at)
        from (select member_id, name, at from events_before union all select member_id, name, at from events_after) e
        group by 1, 2;
    end if;
    return null;
end $$
"""
_FORGET = """
create function forget_features() returns trigger language plpgsql as $$
begin
    delete from feature_sets;
    return null;
end $$
"""
_TRIGGERS = (
    "create trigger note_deleted after delete on events referencing old table as events_before"
    " for each statement execute function note_changed_events()",
    "create trigger note_updated after update on events"
    " referencing old table as events_before new table as events_after"
    " for each statement execute function note_changed_events()",
    "create trigger forget_features after truncate on events for each statement execute function forget_features()",
)


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_table(
        "feature_sets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("feeds", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("relation", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("snapshot", sa.Text(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("made_by", sa.BigInteger(), nullable=False),
        sa.Column("members", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_feature_sets")),
    )
    op.create_table(
        "changed_events",
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("newest", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "arrived",
            sa.BigInteger(),
            server_default=sa.text("(pg_current_xact_id()::text)::bigint"),
            nullable=False,
        ),
    )
    op.create_index(op.f("ix_changed_events_arrived"), "changed_events", ["arrived"])
    # What leaves a window in a night lies together, as it came: a few ranges of pages.
    op.create_index(
        op.f("ix_events_at"),
        "events",
        ["at"],
        postgresql_using="brin",
        postgresql_with={"autosummarize": "on", "pages_per_range": 32},
    )
    # A refresh takes the members it finds, and members are never deleted.
    for table in ("segment_members", "stages"):
        op.drop_constraint(op.f(f"fk_{table}_member_id"), table, type_="foreignkey")
    op.execute("create schema derived")
    for statement in (_NOTE, _FORGET, *_TRIGGERS):
        op.execute(statement)
