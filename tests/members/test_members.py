"""Members a file brings: attributes, identities, consents and zone, each changed only where it is new."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime

from journey_engine.inbox import inbox
from tests.orders_shop import NOW


def test_members_of_a_file_get_attributes_identities_consents_and_zone(shop, figures):
    shop.feed |= {
        "brings": [],
        "members": {
            "attributes": {"name": "姓名", "birthday": "生日", "points": "點數"},
            "identities": {"line": "line_id"},
            "consents": {"promotion": "收訊"},
            "zone": "時區",
        },
    }
    head = "customer,姓名,生日,點數,line_id,收訊,時區\n"
    shop.file("a.csv", head + 'A,"王, 小美",1990/3/1,"1,204",U1,是,Asia/Tokyo\nB,,,,U2,否,\n')
    report = shop.load("a.csv")
    assert figures(report) == (2, 2, 0, 0)
    assert dict(report.counts) == {"members": 2, "identities": 2, "attributes": 1, "consents": 2}
    query = "select attributes, zone from members m join identities i on i.member_id = m.id and i.value = :v"
    assert shop.rows(query, v="U1") == [
        ({"name": "王, 小美", "birthday": "1990-03-01", "points": "1204"}, "Asia/Tokyo")
    ]
    # The next night: one name changed, one consent, the rest as it was; an emptied cell takes the attribute away.
    later = datetime(2026, 3, 11, 18, tzinfo=UTC)
    shop.file(
        "b.csv", head + 'A,"王, 小美",1990/3/1,,U1,是,Asia/Tokyo\nB,阿明,,,U2,是,\n' + "C,,,,U3,,\nA,x,,,U9\n"[:10]
    )
    report = shop.load("b.csv", now=later)
    assert figures(report) == (3, 3, 0, 0)
    assert shop.rows(query, v="U1") == [({"name": "王, 小美", "birthday": "1990-03-01"}, "Asia/Tokyo")]
    assert shop.rows("select granted, changed_at, source from consents order by member_id") == [
        (True, NOW, "orders"), (True, later, "orders"),
    ]  # fmt: skip
    shop.file("c.csv", head + 'A,"王, 小美",1990/3/1,,U1,是,Asia/Tokyo\nB,阿明,,,U2,是,\n')
    assert figures(shop.load("c.csv", now=later)) == (2, 0, 2, 0)


def test_a_line_friend_that_a_file_names_with_a_number_is_one_member_and_another_members_identity_is_set_aside(
    shop, figures
):
    shop.policy = {"merge": {"by": []}}
    shop.feed |= {"brings": [], "members": {"identities": {"line": "line_id"}}}
    with shop.engine.begin() as connection:
        inbox.store(
            connection, [{"type": "follow", "webhookEventId": "e1", "timestamp": 1, "source": {"userId": "U1"}}], NOW
        )
        inbox.take(connection, NOW)
    shop.file("a.csv", "customer,line_id\nA,U1\nB,U2\n")
    assert figures(shop.load("a.csv")) == (2, 2, 0, 0)
    assert shop.one("select count(*) from members") == 2
    shop.file("b.csv", "customer,line_id\nB,U1\nC,U3\nD,U3\n")
    report = shop.load("b.csv")
    assert figures(report) == (3, 0, 0, 3)
    assert report.reasons == {"line_id is claimed by several members": 2, "line_id belongs to another member": 1}


def test_naughty_strings_come_through_a_csv_as_names_unchanged(shop, shared, figures):
    strings = json.loads((shared / "data/bad_input/blns/blns.json").read_text(encoding="utf-8"))
    shop.feed |= {"brings": [], "members": {"attributes": {"name": "name"}}}
    buffer = io.StringIO()
    writer = csv.writer(buffer, quoting=csv.QUOTE_ALL)
    writer.writerow(["customer", "name"])
    writer.writerows([f"{n}", string] for n, string in enumerate(strings))
    shop.file("a.csv", buffer.getvalue())
    assert figures(shop.load()) == (len(strings), len(strings), 0, 0)
    query = "select value, attributes ->> 'name' from members join identities on member_id = id"
    assert dict(shop.rows(query)) == {str(n): string or None for n, string in enumerate(strings)}
