"""Identities in one form: however a number or an address is written, it is one person's; what is no number is told."""

from __future__ import annotations

import pytest

from journey_engine.inbox.shop_rows import NotThisRow, row_of
from journey_engine.members.phones import e164, normal
from tests.orders_shop import HEADER


@pytest.mark.parametrize(
    "written",
    [
        "0912345678",
        "0912-345-678",
        "+886 912 345 678",
        "(09)1234-5678",
        "０９１２３４５６７８",
        "912345678",
        " 0912345678 ",
    ],
)
def test_a_mobile_number_has_one_form_however_it_is_written(written):
    assert e164(written, "TW") == "+886912345678"


@pytest.mark.parametrize("written", ["", "王小明", "12", "0912345", "+886999", "0000000000", "=1+1"])
def test_what_no_line_of_the_country_has_is_no_number(written):
    assert e164(written, "TW") is None


def test_a_number_of_another_country_needs_its_plus():
    assert e164("+1 212 555 0123", "TW") == "+12125550123"
    assert e164("(212) 555-0123", "US") == "+12125550123"
    assert e164("0912345678", None) is None


def test_addresses_are_kept_in_small_letters_and_other_identities_as_they_are():
    assert normal("email", " Mei@Example.COM ", "TW") == "mei@example.com"
    assert normal("customer_number", " A-01 ", "TW") == " A-01 "


def test_members_are_known_by_number_and_address_however_two_files_write_them(shop, figures):
    shop.country = "TW"
    shop.feed |= {"member": {"by": "phone", "from": "customer", "create": "yes"}, "brings": []}
    shop.feed["members"] = {"attributes": {"name": "store"}, "identities": {"email": "order_id"}}
    shop.file("a.csv", HEADER + "Mei@Example.com,0912-345-678,,,美\n")
    assert figures(shop.load("a.csv")) == (1, 1, 0, 0)
    shop.file("b.csv", HEADER + " mei@example.COM,+886912345678,,,美美\nx@y.z,12,,,短\n")
    report = shop.load("b.csv")
    assert figures(report) == (2, 1, 0, 1)
    assert report.reasons == {"customer is no telephone number": 1}
    assert shop.rows("select content ->> 'customer' from quarantine") == [("12",)]
    assert shop.rows("select kind, value from identities order by 1") == [
        ("email", "mei@example.com"),
        ("phone", "+886912345678"),
    ]
    assert shop.rows("select attributes from members") == [({"name": "美美"},)]
    assert shop.rows("select relname from pg_class where relname like 'batch%phones'") == []


def test_a_shop_may_write_a_number_as_it_likes(shop):
    shop.country = "TW"
    shop.feed |= {"member": {"by": "phone", "from": "customer"}, "brings": []}
    project = shop.project
    said = {"id": "1", "event": "purchase", "member": {"phone": "0912 345 678"}, "value": 1}
    said["properties"] = {"order_id": "1"}
    assert row_of(project, said)["who"] == "+886912345678"
    with pytest.raises(NotThisRow, match="no telephone number"):
        row_of(project, {**said, "member": {"phone": "12"}})
