"""Migrations: their sum is the tables, and any number of starters may bring a database up to date."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import Connection, Engine, inspect, text

from journey_engine.store import database as databases
from journey_engine.store import migrate, tables

# What Postgres itself says stands there: Alembic's comparison does not see checks and predicates of indexes.
CATALOG = text(
    """
    select 'column' as kind, table_name || '.' || column_name as name,
           concat_ws(' ', data_type, udt_name, numeric_precision, is_nullable, column_default, is_identity,
                     identity_generation, is_generated, generation_expression) as definition
      from information_schema.columns where table_schema = 'public'
    union all
    select 'index', indexname, indexdef from pg_indexes where schemaname = 'public'
    union all
    select 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
      from pg_constraint where connamespace = 'public'::regnamespace
    """
)


def catalog(connection: Connection) -> dict[tuple[str, str], str]:
    rows = connection.execute(CATALOG)
    return {(row.kind, row.name): row.definition for row in rows if "alembic_version" not in row.name}


def test_the_tables_equal_the_sum_of_the_migrations(database: Engine, empty_database: Engine) -> None:
    with empty_database.begin() as connection:
        tables.metadata.create_all(connection)
        from_tables = catalog(connection)
    with database.connect() as connection:
        from_migrations = catalog(connection)

    assert len(from_tables) > 100
    assert from_migrations == from_tables


def test_alembic_finds_nothing_to_migrate(database: Engine) -> None:
    with database.begin() as connection:
        migrate.check(connection)


def test_a_table_without_a_migration_is_found(database: Engine) -> None:
    from alembic.util import CommandError

    with database.begin() as connection:
        connection.execute(text("drop table quarantine"))
        with pytest.raises(CommandError, match="quarantine"):
            migrate.check(connection)


def test_revisions_are_numbered_without_a_gap() -> None:
    numbers = migrate.revisions()

    assert numbers == [f"{number:04d}" for number in range(1, len(numbers) + 1)]


def test_four_starters_migrate_one_empty_database(empty_database: Engine) -> None:
    def start(_: int) -> None:
        engine = databases.engine_on(empty_database.url)
        migrate.upgrade(engine)
        engine.dispose()

    with ThreadPoolExecutor(4) as starters:
        list(starters.map(start, range(4)))

    with empty_database.connect() as connection:
        assert inspect(connection).has_table("members")
        assert connection.execute(text("select version_num from alembic_version")).scalars().all() == [
            migrate.revisions()[-1]
        ]


def test_a_migrated_database_is_left_alone(database: Engine) -> None:
    with database.begin() as connection:
        connection.execute(text("insert into clock (\"offset\") values (interval '1 day')"))

    migrate.upgrade(database)

    with database.connect() as connection:
        assert connection.execute(text("select count(*) from clock")).scalar_one() == 1


def test_sessions_run_in_utc(database: Engine) -> None:
    with database.connect() as connection:
        assert connection.execute(text("show timezone")).scalar_one() == "UTC"
