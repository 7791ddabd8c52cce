"""What Alembic runs for every command: it works on the connection it is handed and never opens one."""

from __future__ import annotations

from alembic import context

from journey_engine.store import tables

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=tables.metadata,
    compare_type=True,
    compare_server_default=True,
)
with context.begin_transaction():
    context.run_migrations()
