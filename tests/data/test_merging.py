"""Profiles that a row names as one person's become one: whose they are afterwards, and what is set aside instead."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from journey_engine.data import inbox
from journey_engine.data.merging import merge_found
from journey_engine.data.merging_rows import ELSEWHERE, tables_moved
from journey_engine.store.tables import metadata
from tests.data.conftest import NOW

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
    shop.file("c.csv", HEAD + "C9,,,+886912345678\n")
    assert shop.load("c.csv").reasons == {"phone belongs to another member": 1}
    shop.policy = {"merge": {"by": ["customer_number", "phone"], "shared_above": 4}}
    shop.file("d.csv", HEAD + "C9,,,+886912345678\nC9,,,+886912345678\n")
    assert figures(shop.load("d.csv")) == (2, 2, 0, 0)
    assert shop.one("select member_id from identities where value = 'C9'") == 1
    shop.file("e.csv", HEAD + "C10,,U1,\n")
    assert shop.load("e.csv").reasons == {"line_id belongs to another member": 1}


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
        if column.name == "member_id" or any(key.column.table.name == "members" for key in column.foreign_keys)
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
