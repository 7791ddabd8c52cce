"""What a look at a journey with a time rule reads: nothing of the members while no instant of its own is there."""

import pytest
from sqlalchemy import text

from journey_engine.compiler.dues import due_members
from journey_engine.compiler.plot import plot_of
from journey_engine.moving.dues import bound_values
from tests.compiler.rows import at, world
from tests.moving.stage import Stage
from tests.moving.test_costs import plan

STEPS = {"rest": {"wait": "1 day"}}
RULES = {
    "birthday": {"date": {"of": "birthday", "at": "10:00", "every": "year", "late": "now"}, "again": "once a year"},
    "weekly": {"every": {"cron": "0 10 * * 1", "of": "vips"}, "again": "after exit", "pace": "100 per day"},
    "join": {"joins": "vips", "existing": "include", "again": "never"},
    "once": {"at": {"time": "2026-04-01 10:00", "to": "vips"}, "again": "never"},
    "cart": {"on": "visit", "again": "after exit", "restart": "on new event"},
    "then": {"after": "cart", "again": "per plan"},
}


@pytest.fixture(scope="module")
def stage(make_database):
    """20,000 members with a birthday each and in a segment, and nothing to be done."""
    journeys = [{"journey": name, "enter": enter, "steps": STEPS} for name, enter in RULES.items()]
    stage = Stage(make_database(), world(*journeys))
    with stage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in (
            "insert into members (member_key, created_at, changed_at, attributes, zone) select 'm' || n, '2026-01-01Z',"
            " '2026-01-01Z', jsonb_build_object('birthday', (date '1980-01-01' + n % 9000)::text),"
            " case when n % 50 = 0 then 'Europe/London' end from generate_series(1, 20000) n",
            "insert into segment_members (segment, member_id, joined_at, left_at)"
            " select 'vips', id, '2026-01-01Z', case when id % 2 = 0 then timestamptz '2026-02-01Z' end from members",
            "update journey_clocks set seen = pg_snapshot_xmax(pg_current_snapshot())::text::bigint,"
            " last_now = '2026-03-20Z'",
            "vacuum analyze",
        ):
            connection.execute(text(statement))
    return stage


@pytest.mark.parametrize("name", list(RULES))
def test_while_no_instant_is_there_no_table_is_read_from_end_to_end(stage, name):
    plot = plot_of(stage.project, name)
    with stage.engine.connect() as connection:
        bound, mark = bound_values(connection, plot, at("2026-03-20 09:30"))
        blocks, scanned = plan(connection, due_members(plot, True, True, True), bound)
    assert not mark.fired
    assert scanned & {"members", "segment_members"} == set()  # the other tables are empty
    assert blocks < 100  # the tables have hundreds


def test_an_instant_of_the_journeys_own_is_found_in_its_pass(stage):
    for name, now in (("birthday", "2026-03-20 10:00"), ("weekly", "2026-03-23 10:00"), ("once", "2026-04-01 10:00")):
        with stage.engine.connect() as connection:
            assert bound_values(connection, plot_of(stage.project, name), at(now))[1].fired
