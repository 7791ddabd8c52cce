"""What a look at a journey reads: it follows who is due or changed, not who waits."""

import json

import pytest
from sqlalchemy import select, text
from sqlalchemy.dialects import postgresql

from journey_engine.compiler.dues import any_arrived, due_members
from journey_engine.compiler.plot import plot_of
from journey_engine.compiler.program import compile_program
from journey_engine.moving import sets
from journey_engine.moving.dues import bound_values
from tests.compiler.rows import at, world
from tests.moving.stage import Stage

JOURNEY = {
    "journey": "welcome",
    "enter": {"on": "follow", "if": "no purchase within 30 days", "again": "never"},
    "leave": {"if": "refund since entry or no visit within 90 days"},
    "goal": {"if": "purchase since entry", "within": "14 days", "then": "stay"},
    "steps": {
        "rest": {"wait": {"first_of": [{"until": "click of hello"}]}, "at_most": "60 days"},
        "greet": {"send": "hello", "if": "no purchase"},
    },
}


def plan(connection, statement, bound):
    """The executed plan: (blocks touched, names of tables that were read from end to end)."""
    compiled = statement.params(bound).compile(
        dialect=postgresql.psycopg.dialect(), compile_kwargs={"render_postcompile": True}
    )
    explained = connection.exec_driver_sql(
        f"explain (analyze, buffers, format json) {compiled}", dict(compiled.params)
    ).scalar_one()
    root = (json.loads(explained) if isinstance(explained, str) else explained)[0]["Plan"]

    def scanned(node):
        own = {node["Relation Name"]} if node["Node Type"] == "Seq Scan" else set()
        return own.union(*(scanned(child) for child in node.get("Plans", [])))

    return root["Shared Hit Blocks"] + root["Shared Read Blocks"], scanned(root)


@pytest.fixture(scope="module")
def stage(make_database):
    """20,000 members who wait and are not due."""
    stage = Stage(make_database(), world(JOURNEY, feeds={"baskets": "purchase"}))
    stage.covered("baskets", "2026-03-31 00:00")
    with stage.engine.begin() as connection:
        for statement in (
            "insert into members (member_key, created_at, changed_at) select 'm' || n, '2026-01-01Z', '2026-01-01Z'"
            " from generate_series(1, 20000) n",
            "insert into events (member_id, name, at, source)"
            " select id, name, '2026-03-02 10:00+08', 'test' from members, unnest(array['visit', 'follow']) name",
        ):
            connection.execute(text(statement))
    assert stage.run("2026-03-02 11:00").waiting == 20_000
    with stage.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # As if no older transaction were open in the server, which other tests share.
        connection.execute(
            text("update journey_clocks set seen = pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
        )
        connection.execute(text("vacuum analyze"))
    return stage


def test_the_question_who_is_due_reads_few_blocks_and_no_table_from_end_to_end(stage):
    plot = plot_of(stage.project, "welcome")
    with stage.engine.connect() as connection:
        bound, _ = bound_values(connection, plot, at("2026-03-20 10:00"))
        blocks, scanned = plan(connection, due_members(plot, True, True, True), bound)
        assert scanned & {"waiting", "events", "enrolments", "members"} == set()
        assert blocks < 300  # the tables have thousands
        blocks, scanned = plan(connection, select(any_arrived()), bound)
        assert (blocks < 60, scanned & {"events", "members", "enrolments"}) == (True, set())


def test_a_chunk_reads_the_enrolments_of_its_own_members_and_no_others(stage):
    plot = plot_of(stage.project, "welcome")
    with stage.engine.connect() as connection:
        bound, _ = bound_values(connection, plot, at("2026-03-20 10:00"))
        sets.take(connection)
        connection.execute(
            text(
                "insert into chunk_members (member_id, member_key, zone, unfollowed, visited, refused)"
                " select id, member_key, 'Asia/Taipei', false, true, true from members order by id limit 10"
            )
        )
        blocks, scanned = plan(connection, compile_program(plot).load_inside.select, bound)
    assert (blocks < 400, scanned & {"waiting", "enrolments"}) == (True, set())  # all of them have thousands


def test_one_changed_member_is_all_that_is_looked_at(stage):
    """The last one here: it changes what the others read."""
    with stage.engine.begin() as connection:
        member_id = connection.execute(text("select id from members where member_key = 'm77'")).scalar_one()
    stage.ids["m77"] = member_id
    stage.event("2026-03-20 10:00", "click", "m77", of="hello")
    report = stage.run("2026-03-20 10:01")
    assert (report.members, report.finished, report.intents) == (1, 1, 1)
