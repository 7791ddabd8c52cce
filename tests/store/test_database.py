"""The way to the database: DATABASE_URL wins, Prefect gets its own one, and a server's silence is told in words."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest
from sqlalchemy import Engine, inspect, text

from journey_engine.settings import Settings
from journey_engine.store import database as databases


def named(url: str, **others: str) -> Settings:
    return Settings(project=Path("anywhere"), database_url=url, **others)


@pytest.mark.parametrize(
    "written",
    ["postgres://u:p@h:5433/shop", "postgresql://u:p@h:5433/shop", "postgresql+psycopg2://u:p@h:5433/shop"],
)
def test_however_it_is_written_the_app_uses_psycopg(written: str) -> None:
    assert databases.app_url(named(written)).render_as_string(False) == "postgresql+psycopg://u:p@h:5433/shop"


def test_prefect_uses_asyncpg_on_the_same_server() -> None:
    url = databases.prefect_url(named("postgresql://u:p@h:5433/shop?sslmode=require&application_name=x"))

    assert url.render_as_string(False) == "postgresql+asyncpg://u:p@h:5433/prefect?ssl=require"


def test_prefects_own_variable_wins() -> None:
    settings = named("postgresql://u:p@h/shop", prefect_database_url="postgresql://v:q@other/runs")

    assert databases.prefect_url(settings).render_as_string(False) == "postgresql+asyncpg://v:q@other/runs"


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(databases.NotPostgres, match="is sqlite, and only Postgres will do"):
        databases.app_url(named("sqlite:///x.db"))


def test_opening_brings_all_tables(empty_database: Engine) -> None:
    engine = databases.open_engine(named(empty_database.url.render_as_string(hide_password=False)))

    assert {"members", "events", "intents", "clock"} <= set(inspect(engine).get_table_names())
    engine.dispose()


def test_a_wrong_password_is_told_in_words(empty_database: Engine) -> None:
    url = empty_database.url.set(password="wrong")

    with pytest.raises(databases.DatabaseDoesNotAnswer, match="password authentication failed") as failure:
        databases.open_engine(named(url.render_as_string(hide_password=False)))

    assert "wrong" not in str(failure.value)


def test_a_temporary_database_is_empty_and_gone_afterwards(empty_database: Engine) -> None:
    settings = named(empty_database.url.render_as_string(hide_password=False))
    with databases.temporary_engine(settings) as engine:
        name = engine.url.database
        assert name != empty_database.url.database
        assert inspect(engine).get_table_names() == []

    with empty_database.connect() as connection:
        left = connection.execute(text("select count(*) from pg_database where datname = :name"), {"name": name})
        assert left.scalar_one() == 0


def test_the_tests_own_server_is_shared_by_several_runs(database: Engine) -> None:
    """A second run starts while this one holds its databases: nothing of the session may lock it out."""
    from tests.databases import Databases, tests_cluster

    second = Databases(tests_cluster())
    with second.fresh() as engine, engine.connect() as connection:
        assert connection.execute(text("select count(*) from members")).scalar_one() == 0
    second.close()


def test_what_a_killed_process_left_behind_is_dropped_by_the_next_and_what_is_in_use_stays(
    empty_database: Engine,
) -> None:
    settings = named(empty_database.url.render_as_string(hide_password=False))
    with empty_database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        oid = connection.execute(text("select oid from pg_database where datname = current_database()")).scalar_one()
        left = f"temporary_{oid}_1"  # nobody holds its lock
        connection.execute(text(f"create database {left} template template0"))

    with databases.temporary_engine(settings) as first, databases.temporary_engine(settings) as second:
        with empty_database.connect() as connection:
            names = set(connection.execute(text("select datname from pg_database")).scalars())
        assert left not in names
        assert {first.url.database, second.url.database} <= names
        with first.connect() as connection:
            assert connection.execute(text("select 1")).scalar_one() == 1


def test_psycopg_reads_a_long_statement_once(empty_database: Engine) -> None:
    remembered = vars(importlib.import_module("psycopg._queries"))["_query2pg"].cache_info
    url = empty_database.url.render_as_string(hide_password=False)
    engine = databases.engine_on(databases.app_url(named(url)))
    columns = ", ".join(f":p{number} + 0 as a_column_with_a_name_of_{number}" for number in range(150))
    given = {f"p{number}": number for number in range(150)}
    long = f"select {columns}"
    assert len(long) > 4096

    with engine.connect() as connection:
        first = connection.execute(text(long), given).one()
        before = remembered().hits
        assert connection.execute(text(long), given).one() == first == tuple(range(150))
        assert remembered().hits == before + 1
    engine.dispose()
