"""The packaged Alembic environment: migrations only ever go forward, and no ini file is needed."""
