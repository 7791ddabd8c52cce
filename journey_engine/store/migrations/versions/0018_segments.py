"""The history of refreshes of segments and stages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

# The refreshes before this are known by the stays that began or ended at them.
_BEFORE = """
with moved as (
  select segment, joined_at as at, 1 as joined, 0 as "left" from segment_members
  union all
  select segment, left_at, 0, 1 from segment_members where left_at is not null
), counted as (
  select segment, at, sum(joined) as joined, sum("left") as "left" from moved group by segment, at
)
insert into refresh_history (scope, name, as_of, counts)
select 'segment', segment, at, jsonb_build_object(
    'joined', joined, 'left', "left",
    'size', sum(joined - "left") over (partition by segment order by at)::bigint)
from counted
"""
_LAST = """
insert into refresh_history (scope, name, as_of, run_id, counts)
select scope, name, refreshed_to, run_id, counts from refreshes
on conflict (scope, name, as_of) do update set run_id = excluded.run_id, counts = excluded.counts
"""


def upgrade() -> None:
    """Go one migration forward, in the transaction of the caller."""
    op.create_table(
        "refresh_history",
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("as_of", sa.DateTime(timezone=True), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("scope", "name", "as_of", name=op.f("pk_refresh_history")),
    )
    op.execute(_BEFORE)
    op.execute(_LAST)
