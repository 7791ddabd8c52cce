"""A process killed in the middle of an import leaves nothing or all, and the next import goes on."""

from __future__ import annotations

import time
from multiprocessing.process import BaseProcess

import pytest
from sqlalchemy import text

from tests import beside
from tests.data.killing import importing
from tests.orders_shop import HEADER, NOW

ROWS = 3_000

# So slow that the kill meets the import at work.
SLOW = """
create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.001); return new; end $$;
create trigger slowly before insert on {table} for each row execute function slowly();
"""


@pytest.mark.parametrize("table", ["events", "quarantine"])
def test_a_kill_in_mid_import_lands_nothing_and_the_next_import_lands_all(shop, figures, table):
    rows = "".join(f"{n},C{n % 50},2026-03-10 10:00,{n % 9 or 'x'},s\n" for n in range(ROWS))
    shop.file("a.csv", HEADER + rows)
    with shop.engine.begin() as connection:
        connection.execute(text(SLOW.format(table=table)))
    process = start(shop)
    at_work = f"select 1 from pg_stat_activity where state = 'active' and query ilike '%insert into {table}%'"
    wait_until(shop, f"{at_work} and datname = current_database() and pid <> pg_backend_pid()", process)
    process.kill()
    process.join()
    for emptied in ("events", "event_keys", "members", "quarantine"):
        assert shop.one(f"select count(*) from {emptied}") == 0
    assert shop.covered() is None
    # The killed process's session works on until it notices; its transaction is undone in any case.
    end_session = "select pg_terminate_backend(pid) from pg_stat_activity where query ilike '%insert into%'"
    shop.rows(f"{end_session} and datname = current_database() and pid <> pg_backend_pid()")
    with shop.engine.begin() as connection:
        connection.execute(text(f"drop trigger slowly on {table}"))
    bad = len([n for n in range(ROWS) if n % 9 == 0])
    assert figures(shop.load()) == (ROWS, ROWS - bad, 0, bad)
    assert shop.one("select count(*) from events") == ROWS - bad
    assert shop.rows("select status from batches order by id") == [("rejected",), ("landed",)]
    assert shop.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []


def test_two_imports_of_one_feed_at_once_land_everything_once(shop):
    rows = "".join(f"{n},C{n % 50},2026-03-10 10:00,1,s\n" for n in range(500))
    shop.file("a.csv", HEADER + rows)
    both = [start(shop), start(shop)]
    for process in both:
        process.join(timeout=120)
    assert [process.exitcode for process in both] == [0, 0]
    assert shop.one("select count(*) from events") == 500
    assert shop.one("select count(*) from batches where status = 'landed'") == 1


def start(shop) -> BaseProcess:
    url = shop.engine.url.render_as_string(hide_password=False)
    return beside.start(importing, url, shop.project, shop.settings, "orders", NOW)


def wait_until(shop, query: str, process: BaseProcess) -> None:
    until = time.monotonic() + 90
    while not shop.rows(query):
        assert process.is_alive(), "the import ended before it was killed"
        assert time.monotonic() < until, "the import never came to the table"
        time.sleep(0.05)
