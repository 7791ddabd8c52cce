"""What the fortnight imported and refreshed, against pandas."""

from __future__ import annotations

import pytest

from journey_engine.demo.world import NIGHTS
from tests.demo.playing import Played
from tests.demo.reading import Reading

SEGMENTS = [
    "big_baskets", "coffee_lovers", "fridge_fillers", "high_value", "lapsed_14d", "occasional", "young_families",
]  # fmt: skip


def test_every_batch_adds_up(fortnight: Played) -> None:
    rows = fortnight.rows("select feed, read, landed, already, quarantined, status from batches order by id")
    assert {feed for feed, *_ in rows} == {"baskets", "friends", "households"}
    assert len([feed for feed, *_ in rows if feed == "baskets"]) == 1 + NIGHTS
    for _, read, landed, already, quarantined, status in rows:
        assert (status, read) == ("landed", landed + already + quarantined)


@pytest.mark.parametrize("night", range(NIGHTS + 1))
def test_what_a_night_read_and_set_aside_is_what_pandas_counts(fortnight: Played, reading: Reading, night: int) -> None:
    report = fortnight.imports[night, "baskets"]
    assert (report.read, report.quarantined, report.reasons) == reading.night(night)
    assert report.read == report.landed + report.quarantined


def test_the_lines_set_aside_are_kept_with_all_their_reasons(fortnight: Played, reading: Reading) -> None:
    kept = fortnight.counts("select unnest(reasons), count(*) from quarantine where feed = 'baskets' group by 1")
    wanted: dict[str, int] = {}
    for night in range(NIGHTS + 1):
        for reason, number in reading.night(night)[2].items():
            wanted[reason] = wanted.get(reason, 0) + number
    assert kept == wanted
    assert fortnight.rows("select count(*) from quarantine where feed = 'baskets'") == [(int(reading.bad.sum()),)]


def test_purchases_and_items_are_the_baskets_and_lines_of_pandas(fortnight: Played, reading: Reading) -> None:
    found = {
        name: (number, round(value * 100), members)
        for name, number, value, members in fortnight.rows(
            "select name, count(*), sum(value), count(distinct member_id) from events where source = 'baskets'"
            " group by 1"
        )
    }
    good = reading.good
    cents, households = int(good["cents"].sum()), good["household_id"].nunique()
    assert found == {
        "purchase": (good["basket_id"].nunique(), cents, households),
        "purchase_item": (len(good), cents, households),
    }


def test_every_household_is_one_member_with_one_line_account(fortnight: Played, shoppers: list[str]) -> None:
    assert fortnight.rows("select count(*) from members") == [(len(shoppers),)]
    named = fortnight.rows(
        "select c.value, l.value, m.attributes ->> 'name', m.zone from members m"
        " join identities c on c.member_id = m.id and c.kind = 'customer_number'"
        " join identities l on l.member_id = m.id and l.kind = 'line'"
    )
    wanted = {(one.household, one.user, one.name or None, one.zone) for one in fortnight.people}
    assert set(named) == wanted


def test_consents_are_those_of_the_binding_list(fortnight: Played) -> None:
    withheld = fortnight.rows(
        "select topic, i.value from consents c join identities i using (member_id)"
        " where i.kind = 'line' and not granted"
    )
    wanted = {("promotion", one.user) for one in fortnight.people if not one.promotion}
    assert set(withheld) == wanted | {("news", one.user) for one in fortnight.people if not one.news}


@pytest.mark.parametrize("name", SEGMENTS)
def test_who_is_in_a_segment_at_the_end_is_what_pandas_says(fortnight: Played, reading: Reading, name: str) -> None:
    found = fortnight.rows(
        "select value from segment_members s join identities i using (member_id)"
        " where segment = :name and left_at is null and i.kind = 'customer_number'",
        name=name,
    )
    assert {value for (value,) in found} == reading.segment(name)
    assert set(fortnight.project.segments) == set(SEGMENTS)


def test_stages_at_the_end_are_what_pandas_and_the_friends_taps_say(fortnight: Played, reading: Reading) -> None:
    found = fortnight.counts("select stage, count(*) from stages where left_at is null group by 1")
    # The stages of the last night stand for its midnight and know what was heard until the look at 21:00 before it.
    heard = max(at for at, _ in fortnight.sends if at.hour == 21 and at.day == 12)
    household = {one.user: one.household for one in fortnight.people}
    clicked = {
        household[event["source"]["userId"]]
        for _, event in fortnight.sandbox.taps()
        if event["type"] == "postback" and event["timestamp"] <= heard.timestamp() * 1000
    }
    assert found == reading.stages(clicked)
