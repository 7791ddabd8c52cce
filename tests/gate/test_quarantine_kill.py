"""A process killed while quarantined rows land leaves them in quarantine, and the next retry lands them all."""

from __future__ import annotations

from sqlalchemy import text

from journey_engine.data.relanding import retry
from journey_engine.gate.quarantined import Which
from tests import beside
from tests.data.killing import retrying
from tests.data.test_kill import SLOW, wait_until
from tests.orders_shop import HEADER, NOW, expectation

ROWS = 3_000
NO_ZERO = expectation("amount is 0", "expect_column_values_to_not_match_regex", column="amount", regex="^0$")


def test_a_kill_in_mid_retry_moves_nothing_and_the_next_retry_moves_all(shop):
    shop.expects(NO_ZERO)
    shop.file("a.csv", HEADER + "".join(f"{n},C{n % 50},2026-03-10 10:00,{n % 2},s\n" for n in range(2 * ROWS)))
    shop.load()
    shop.expects()
    with shop.engine.begin() as connection:
        connection.execute(text(SLOW.format(table="events")))
    url = shop.engine.url.render_as_string(hide_password=False)
    process = beside.start(retrying, url, shop.project, shop.settings, NOW)
    at_work = "select 1 from pg_stat_activity where state = 'active' and query ilike '%insert into events%'"
    here = "datname = current_database() and pid <> pg_backend_pid()"
    wait_until(shop, f"{at_work} and {here}", process)
    process.kill()
    process.join()
    # The killed process's session works on until it notices; its transaction is undone in any case.
    shop.rows(f"select pg_terminate_backend(pid) from pg_stat_activity where {here} and query ilike '%insert into%'")
    books = "select read, landed, already, quarantined from batches"
    assert shop.rows(books) == [(2 * ROWS, ROWS, 0, ROWS)]
    assert shop.rows("select status, count(*) from quarantine group by 1") == [("open", ROWS)]
    with shop.engine.begin() as connection:
        connection.execute(text("drop trigger slowly on events"))
    (done,) = retry(shop.engine, shop.project, shop.settings, Which(), "L", "", NOW)
    assert (done.tried, done.landed, done.still_bad) == (ROWS, ROWS, 0)
    assert shop.rows(books) == [(2 * ROWS, 2 * ROWS, 0, 0)]
    assert shop.one("select count(*) from events") == 2 * ROWS
    assert shop.rows("select 1 from information_schema.tables where table_schema = 'staging'") == []
