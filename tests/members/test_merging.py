"""Profiles that a row names as one person's become one: whose they are afterwards, and what is set aside instead."""

from __future__ import annotations

import json
import time
from datetime import datetime, timedelta

import pytest
from sqlalchemy import text

from journey_engine import planning
from journey_engine.cli import run
from journey_engine.inbox import inbox
from journey_engine.members import erasing
from journey_engine.members.merging import merge_found, take_and_merge
from journey_engine.members.merging_rows import ELSEWHERE, tables_moved
from journey_engine.store.tables import metadata
from tests import beside
from tests.data.killing import merging
from tests.orders_shop import NOW

LATER = NOW + timedelta(days=1)
MEMBERS = {"attributes": {"name": "name"}, "identities": {"line": "line_id", "phone": "phone"}}
HEAD = "customer,name,line_id,phone\n"


@pytest.fixture
def known(shop):
    """A (number 1, made first), B (a LINE friend known by the account alone, made a day later)."""
    shop.feed |= {"brings": [], "members": MEMBERS}
    shop.file("a.csv", HEAD + "C1,Mei,,+886912345678\n")
    shop.load("a.csv")
    _follow(shop, "U1", LATER)
    return shop


def _follow(shop, user: str, when: datetime, kind: str = "follow") -> None:
    event = {"type": kind, "webhookEventId": f"{kind}{user}{when}", "source": {"userId": user}}
    with shop.engine.begin() as connection:
        inbox.store(connection, [event | {"timestamp": int(when.timestamp() * 1000)}], when)
        inbox.take(connection, when)


def _owners(shop) -> list[tuple[str, str, int]]:
    return shop.rows("select kind, value, member_id from identities order by kind, value")


def test_a_row_that_carries_identities_of_two_members_makes_them_one_and_the_first_made_is_left(known, figures):
    known.file("b.csv", HEAD + "C1,Mei,U1,+886912345678\n")
    tried = known.load("b.csv", now=LATER, only_try=True)
    assert (tried.status, tried.counts["merges"]) == ("tried", 1)
    assert known.one("select count(*) from merges") == 0
    report = known.load("b.csv", now=LATER)
    assert figures(report) == (1, 1, 0, 0)
    assert str(report).endswith("0 quarantined, 1 pairs of members found to be one")
    assert _owners(known) == [("customer_number", "C1", 1), ("line", "U1", 1), ("phone", "+886912345678", 1)]
    assert known.rows("select id, merged_into, attributes from members order by id") == [
        (1, None, {"name": "Mei"}), (2, 1, {}),
    ]  # fmt: skip
    assert known.rows("select survivor_id, merged_id, at, by, reason, batch_id from merges") == [
        (1, 2, LATER, "feed orders", "row 1 (customer_number, line)", report.batch)
    ]
    assert known.one("select counts from merges") == {"events": 1, "identities": 1}
    assert known.rows("select name, member_id from events") == [("follow", 1)]
    assert known.rows("select member_id, status from friendships") == [(1, "friend")]
    # The same again finds nothing more, and nobody is merged twice.
    known.file("c.csv", HEAD + "C1,Mei,U1,+886912345678\nC1,Mei,U1,+886912345678\n")
    assert figures(known.load("c.csv", now=LATER)) == (2, 0, 2, 0)
    assert merge_found(known.engine, LATER).members == 0


def test_several_findings_at_once_make_one_person_of_a_chain_and_pointers_are_one_step_long(shop, figures):
    shop.feed |= {"brings": [], "members": {"identities": {"line": "line_id", "email": "mail"}}}
    shop.file("a.csv", "customer,line_id,mail\nC1,,\nC2,,b@x.tw\nC3,U3,\nC4,U4,\n")
    shop.load("a.csv")
    shop.file("b.csv", "customer,line_id,mail\nC4,U3,\nC3,,b@x.tw\n")
    assert figures(shop.load("b.csv")) == (2, 2, 0, 0)
    assert shop.rows("select id, merged_into from members order by id") == [(1, None), (2, None), (3, 2), (4, 2)]
    shop.policy = {"merge": {"shared_above": 4}}
    shop.file("c.csv", "customer,line_id,mail\nC1,U4,\n")
    assert figures(shop.load("c.csv")) == (1, 1, 0, 0)
    assert shop.rows("select id, merged_into from members order by id") == [(1, None), (2, 1), (3, 1), (4, 1)]
    assert shop.rows("select survivor_id, merged_id from merges order by merged_id") == [(1, 2), (1, 3), (1, 4)]


def test_a_value_that_too_many_claim_joins_nobody_and_a_telephone_only_where_it_is_named(shop, figures):
    shop.feed |= {"brings": [], "members": MEMBERS}
    shop.file("a.csv", HEAD + "C1,,U1,+886912345678\nC2,,U1,\nC3,,U1,\nC4,,U2,\nC5,,U2,\nC6,,U2,\nC7,,U2,\n")
    report = shop.load("a.csv")
    assert figures(report) == (7, 3, 0, 4)
    assert report.reasons == {"line_id would join more than 3 members": 4}
    assert shop.rows("select id from members where merged_into is null") == [(1,)]
    # Nor does it come to be too many by and by.
    shop.file("b.csv", HEAD + "C8,,U1,\nC3,,U1,\n")
    report = shop.load("b.csv")
    assert figures(report)[3] == 2
    shop.file("alone.csv", HEAD + "C8,,U1,\n")
    assert shop.load("alone.csv").reasons == {"line_id would join more than 3 members": 1}
    shop.file("again.csv", HEAD + "C3,,U1,\n")
    assert shop.load("again.csv").reasons == {}
    shop.file("c.csv", HEAD + "C9,,,+886912345678\n")
    assert shop.load("c.csv").reasons == {"phone belongs to another member": 1}
    shop.policy = {"merge": {"by": ["customer_number", "phone"], "shared_above": 4}}
    shop.file("d.csv", HEAD + "C9,,,+886912345678\nC9,,,+886912345678\n")
    assert figures(shop.load("d.csv")) == (2, 2, 0, 0)
    assert shop.one("select member_id from identities where value = 'C9'") == 1
    # One who claims it in many rows is one.
    shop.file("e.csv", HEAD + "C10,,,+886912345679\n" * 6 + "C11,,,+886912345679\n" * 2)
    assert shop.load("e.csv").reasons == {}
    shop.file("f.csv", HEAD + "C12,,U1,\n")
    assert shop.load("f.csv").reasons == {"line_id belongs to another member": 1}


def test_attributes_and_consents_go_by_the_later_word_and_what_only_one_knew_stays(shop):
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("""
            insert into members (member_key, attributes, zone, created_at, changed_at) values
            ('a', '{"name": "Mei", "city": "Taipei", "tier": "gold"}', null, '2026-01-01', '2026-02-01'),
            ('b', '{"name": "May", "birthday": "1990-03-01"}', 'Asia/Tokyo', '2026-01-02', '2026-02-02'),
            ('c', '{"name": "M.", "tier": "silver"}', 'Asia/Seoul', '2026-01-03', '2026-02-01');
            insert into consents (member_id, topic, granted, changed_at, source) values
            (1, 'promotion', true, '2026-02-01', 'x'), (2, 'promotion', false, '2026-02-01', 'y'),
            (1, 'news', false, '2026-02-01', 'x'), (3, 'news', true, '2026-02-03', 'z'),
            (2, 'service', true, '2026-02-01', 'y');
            insert into merge_findings (member_id, other_id, found_at, by, reason) values
            (3, 1, '2026-02-04', 'Ann', 'same card'), (2, 3, '2026-02-04', 'Ann', 'same card');
        """)
    assert merge_found(shop.engine, NOW).members == 2
    assert shop.rows("select attributes, zone, changed_at from members where id = 1") == [
        ({"name": "May", "city": "Taipei", "tier": "gold", "birthday": "1990-03-01"}, "Asia/Tokyo", NOW)
    ]
    assert shop.rows("select member_id, topic, granted, source from consents order by topic") == [
        (1, "news", True, "z"), (1, "promotion", False, "y"), (1, "service", True, "y"),
    ]  # fmt: skip


def test_of_two_accounts_the_one_followed_last_is_sent_to_and_blocking_one_is_no_farewell(known):
    known.file("b.csv", HEAD + "C1,Mei,U1,+886912345678\n")
    known.load("b.csv", now=LATER)
    _follow(known, "U2", LATER + timedelta(days=1))
    known.file("c.csv", HEAD + "C1,Mei,U2,+886912345678\n")
    known.load("c.csv", now=LATER + timedelta(days=1))
    assert _recipient(known) == "U2"
    _follow(known, "U2", LATER + timedelta(days=2), "unfollow")
    assert known.rows("select status from friendships") == [("friend",)]
    assert _recipient(known) == "U1"
    assert known.rows("select name, of from events where name = 'unfollow'") == [("unfollow", "another account")]
    _follow(known, "U1", LATER + timedelta(days=3), "unfollow")
    assert known.rows("select status, changed_at from friendships") == [("blocked", LATER + timedelta(days=3))]
    assert known.rows("select of from events where name = 'unfollow' order by at") == [("another account",), (None,)]


def _recipient(shop) -> str:
    from sqlalchemy import select

    from journey_engine.line.standing import recipient_of
    from journey_engine.store.tables.people import members

    with shop.engine.connect() as connection:
        asked = select(recipient_of(members.c.id)).where(members.c.merged_into.is_(None))
        return connection.execute(asked).scalar_one()


def test_every_table_that_knows_a_member_is_moved_or_named_with_who_sees_to_it():
    told = {
        (table.name, column.name)
        for table in metadata.sorted_tables
        for column in table.c
        if column.name in ("member_id", "merged_into")
        or any(key.column.table.name == "members" for key in column.foreign_keys)
    }
    named = {
        ("members", "merged_into"),
        ("merges", "survivor_id"),
        ("merges", "merged_id"),
        ("merge_findings", "other_id"),
    }
    moved = {(table.name, "member_id") for table in tables_moved()}
    assert told == moved | {(name, "member_id") for name in ELSEWHERE} | named
    assert tables_moved()[-1].name == "events"


def _say(shop, own: dict[str, str], also: dict[str, str]) -> None:
    """What the receiver keeps of an event that the shop sent with several identities."""
    [(by, who)] = own.items()
    body = {"id": "s1", "event": "purchase", "by": by, "who": who, "at": NOW.isoformat(), "value": "10"}
    kept = body | {"properties": {"order_id": "o1"}, "makes": False, "also": also}
    with shop.engine.begin() as connection:
        connection.execute(
            text("insert into inbox (source, webhook_event_id, body, received_at) values ('shop', 's1', :body, :now)"),
            {"body": json.dumps(kept), "now": NOW},
        )


def test_an_event_of_the_shops_that_carries_two_identities_joins_whom_they_name(known):
    _say(known, {"line": "U1"}, {"customer_number": "C1", "email": "m@x.tw"})
    assert take_and_merge(known.engine, LATER, known.project) == {"merged": 1, "purchase": 1}
    assert _owners(known) == [
        ("customer_number", "C1", 1), ("email", "m@x.tw", 1), ("line", "U1", 1), ("phone", "+886912345678", 1),
    ]  # fmt: skip
    assert known.rows("select member_id, name from events order by id") == [(1, "follow"), (1, "purchase")]
    assert known.rows("select by, reason from merges") == [("shop", "inbox 2 (line, customer_number)")]


def test_an_identity_of_somebody_erased_joins_nobody_and_stays_in_no_copy(known):
    erasing.forget(known.engine, known.project, [2], "Ann", "asked for it", LATER)
    _say(known, {"customer_number": "C1"}, {"line": "U1", "email": "m@x.tw"})
    assert take_and_merge(known.engine, LATER, known.project) == {"purchase": 1}
    assert known.rows("select value from identities order by 1") == [("+886912345678",), ("C1",), ("m@x.tw",)]
    assert known.rows("select body -> 'also' from inbox where source = 'shop'") == [({"email": "m@x.tw"},)]


@pytest.mark.parametrize("table", ["merges", "events"])
def test_a_merge_that_is_killed_leaves_all_as_it_was_and_the_next_one_does_it(shop, table):
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("""
            insert into members (member_key, created_at, changed_at)
            select 'k' || n, '2026-01-01', '2026-01-01' from generate_series(1, 600) n;
            insert into identities (kind, value, member_id) select 'line', 'U' || n, n from generate_series(1, 600) n;
            insert into events (member_id, name, at, source) select n, 'follow', '2026-01-02', 'line'
            from generate_series(1, 600) n;
            insert into merge_findings (member_id, other_id, found_at, by, reason)
            select n, n + 300, '2026-01-03', 'feed x', 'row 1' from generate_series(1, 300) n;
        """)
        connection.exec_driver_sql(f"""
            create function slowly() returns trigger language plpgsql as
            $$ begin perform pg_sleep(0.01); return new; end $$;
            create trigger slowly before insert or update on {table} for each row execute function slowly();
        """)
    url = shop.engine.url.render_as_string(hide_password=False)
    process = beside.start(merging, url, NOW)
    writes = "insert into merges" if table == "merges" else f"update {table} "
    at_work = (
        "select pid from pg_stat_activity where state = 'active' and datname = current_database()"
        f" and query ilike '%{writes}%' and pid <> pg_backend_pid()"
    )
    until = time.monotonic() + 60
    while not (found := shop.rows(at_work)):
        assert process.is_alive()
        assert time.monotonic() < until
        time.sleep(0.05)
    process.kill()
    process.join()
    shop.rows(f"select pg_terminate_backend({found[0][0]})")
    assert shop.one("select count(*) from members where merged_into is not null") == 0
    assert shop.one("select count(distinct member_id) from events") == 600
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(f"drop trigger slowly on {table}")
    assert merge_found(shop.engine, NOW).members == 300
    assert shop.one("select count(distinct member_id) from events") == 300
    assert shop.one("select count(*) from merges") == 300
    assert merge_found(shop.engine, NOW).members == 0


def test_the_command_says_what_would_move_and_explain_tells_what_did(known, monkeypatch, capsys):
    monkeypatch.setattr(planning, "live_project", lambda _: known.project)
    url = known.engine.url.render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", url)
    asked = ["--project", str(known.folder), "merge", "line:U1", "C1"]
    assert run([*asked, "--dry-run"]) == 0
    assert capsys.readouterr().out.endswith("Moved: events 1, identities 1.\n")
    assert known.one("select count(*) from merge_findings") == 0
    assert run(asked) == 2
    assert capsys.readouterr().err.startswith("merge  A merge needs a name and a reason.")
    assert run([*asked, "--by", "Ann", "--reason", "one card"]) == 0
    keys = dict(known.rows("select id, member_key from members"))
    told = capsys.readouterr().out
    assert told == f"Merged {keys[2]} into {keys[1]}. Moved: events 1, identities 1.\n"
    assert run([*asked, "--dry-run"]) == 2
    # By the old key the one who is left is found.
    assert run(["--project", str(known.folder), "explain", keys[2]]) == 0
    said = capsys.readouterr().out
    assert f"合併另一筆會員資料 {keys[2]}（Ann：one card）" in said
    assert said.startswith(f"會員 Mei {keys[1]}")
