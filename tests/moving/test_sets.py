"""The tables a pass works in: one set a session, kept, empty when it is committed, and never in anybody's way."""

import pytest
from sqlalchemy import text

from journey_engine.compiler import frontier
from journey_engine.moving import sets
from journey_engine.store.tables.metadata import metadata
from tests.moving.test_passing import many

_SETS = "select nspname from pg_namespace where nspname like 'frontier%' order by nspname"
_CATALOG = """
select oid, relfilenode from pg_class where relnamespace::regnamespace::text like 'frontier%'
    or relname = 'pg_attribute' order by oid
"""


def _sets(engine):
    with engine.connect() as connection:
        return list(connection.execute(text(_SETS)).scalars())


def _left(engine):
    """How many rows there are in each table of the one set."""
    (schema,) = _sets(engine)
    counted = " union all ".join(f"select '{name}', count(*) from {schema}.{name}" for name in frontier.ALL)
    with engine.connect() as connection:
        return {name: count for name, count in connection.execute(text(counted)) if count}


def _taken(engine):
    """A connection with a set of its own."""
    connection = engine.connect()
    with connection.begin():
        sets.take(connection)
    return connection


def _schema(connection):
    with connection.begin():
        return connection.execute(
            text("select relnamespace::regnamespace::text from pg_class where oid = 'due'::regclass")
        ).scalar_one()


def test_what_a_pass_works_with_is_never_logged(database):
    with database.connect() as connection:
        logged = (
            "select relname from pg_class where relnamespace = cast(:set as regnamespace) and relpersistence <> 'u'"
        )
        assert connection.execute(text(logged), {"set": _sets(database)[0]}).scalars().all() == ["trail"]  # the root


def test_no_table_of_a_set_has_the_name_of_one_that_stays():
    assert not set(frontier.ALL) & set(metadata.tables)


def test_each_session_has_a_set_of_its_own_and_one_that_ends_leaves_it_to_the_next(database):
    first, second = _taken(database), _taken(database)
    names = _schema(first), _schema(second)
    assert names[0] != names[1]
    first.invalidate()  # the session ends as that of a process that is killed does
    first.close()
    third = _taken(database)
    assert _schema(third) == names[0]
    for connection in (second, third):
        with connection.begin():
            sets.give_back(connection)
        connection.close()
    assert _sets(database) == sorted(names)


def test_a_transaction_that_is_done_over_keeps_the_set(database):
    with database.connect() as connection:
        transaction = connection.begin()
        sets.take(connection)
        transaction.rollback()
        with connection.begin():
            sets.take(connection)
        once = _schema(connection)
        with connection.begin():
            sets.take(connection)
            sets.give_back(connection)
    assert _sets(database) == [once]


@pytest.mark.parametrize("truncates", [1, 1000])
def test_a_pass_leaves_only_who_was_due_and_the_next_one_finds_room(database, monkeypatch, truncates):
    monkeypatch.setattr(sets, "_MANY", truncates)
    stage = many(database, 3)
    assert stage.run("2026-03-02 10:00").waiting == 3
    assert _left(database) == {"due": 3}
    assert stage.run("2026-03-03 10:00").members == 3
    assert _left(database) == {"due": 3}


def test_passes_write_nothing_to_the_catalog_once_the_set_is_there(database):
    stage = many(database, 3)
    stage.run("2026-03-02 10:00")
    with database.connect() as connection:
        before = connection.execute(text(_CATALOG)).all()
    database.dispose()  # a session of its own
    stage.run("2026-03-03 10:00")
    with database.connect() as connection:
        assert connection.execute(text(_CATALOG)).all() == before


def test_what_is_deleted_beside_a_long_reader_is_truncated_when_it_takes_much_room(database, monkeypatch):
    stage = many(database, 3)
    stage.run("2026-03-02 10:00")
    (schema,) = _sets(database)
    size = text(f"select pg_relation_size('{schema}.visits')")
    with database.connect().execution_options(isolation_level="REPEATABLE READ") as reader:
        reader.execute(text("select count(*) from events"))
        assert reader.execute(size).scalar_one() > 0
        monkeypatch.setattr(sets, "_LARGE", 0)
        stage.run("2026-03-02 10:30")  # nobody is due: nothing is taken
        assert reader.execute(size).scalar_one() > 0
        with database.connect() as connection, connection.begin():
            sets.take(connection)
            sets.give_back(connection)
        assert reader.execute(size).scalar_one() == 0


def test_a_dump_that_holds_all_tables_stops_no_pass(database, monkeypatch):
    monkeypatch.setattr(sets, "_MANY", 1)
    stage = many(database, 3)
    stage.run("2026-03-02 10:00")
    (schema,) = _sets(database)
    with database.begin() as dump:
        dump.execute(text(f"lock table {', '.join(f'{schema}.{name}' for name in frontier.ALL)} in access share mode"))
        assert stage.run("2026-03-03 10:00").members == 3
    assert _left(database) == {"due": 3}


def test_the_set_of_an_earlier_version_goes_when_its_number_is_used(database):
    (schema,) = _sets(database)
    with database.begin() as connection:
        connection.execute(text(f"alter schema {schema} rename to frontier_0123abcd_0"))
        connection.execute(text("create schema frontier_0123abcd_7"))
    many(database, 1).run("2026-03-02 10:00")
    assert _sets(database) == sorted(["frontier_0123abcd_7", schema])
