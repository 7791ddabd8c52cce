"""Two profiles become one while their messages are on the way to LINE."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from journey_engine.line import failpoints
from journey_engine.line.failpoints import Point
from journey_engine.members.findings import say
from journey_engine.members.merging import Merged, merge_found
from tests.line.shop import NOON, Shop

LATER = NOON + timedelta(hours=1)


def merge(shop: Shop, one: int, other: int) -> Merged:
    with shop.engine.begin() as connection:
        say(connection, one, other, "Ann", "one card", NOON)
    return merge_found(shop.engine, NOON)


@pytest.mark.parametrize("point", ["frozen", "before_http", "after_http", "before_record"])
def test_a_merge_between_freezing_and_recording_loses_and_doubles_nothing(shop: Shop, point: Point) -> None:
    first, second = shop.member(1, name="Mei"), shop.member(2, name="May")
    shop.due(second, "hello", step="second")
    done: list[Merged] = []
    merging = threading.Thread(target=lambda: done.append(merge(shop, first, second)))

    def reach(here: Point) -> None:
        if here == point and not merging.ident:
            merging.start()
            # Before the record there is a transaction open that has locked nothing yet.
            merging.join(timeout=20)

    remove = failpoints.install(reach)
    try:
        report = shop.send()
    finally:
        remove()
    merging.join()
    assert report.accepted == 1
    assert done[0].counts["intents"] == 1
    # What was frozen for one account went there, once; the event is of the one who is left.
    assert (shop.got(1), shop.got(2)) == ([], ["May，您好"])
    assert shop.happened() == [(first, "accepted", "hello", NOON, {"step": "second"})]
    assert shop.run("select member_id, status, recipient is not null from intents") == [(first, "accepted", True)]
    assert shop.send(LATER).accepted == 0
    shop.assert_ledgers_agree()


def test_what_the_visit_that_ended_had_sent_is_not_sent_again_by_the_same_step_of_hers(shop: Shop) -> None:
    first, second = shop.member(1, name="Mei"), shop.member(2, name="May")
    hers, other = shop.enrol(first), shop.enrol(second)
    shop.due(second, "sale", step="first", enrolment=other)
    shop.due(second, "hello", step="second", enrolment=other, at=LATER)
    assert shop.send().accepted == 1
    merged = merge(shop, first, second)
    assert (merged.counts["visits ended"], merged.counts["intents withdrawn"]) == (1, 1)
    shop.due(first, "sale", step="first", enrolment=hers)
    shop.due(first, "hello", step="second", enrolment=hers)
    assert shop.send(LATER).accepted == 1
    assert shop.told() == {1: "accepted", 2: "skipped: merged", 3: "skipped: merged", 4: "accepted"}
    # Both are accounts of hers; neither was followed later, so the order of their ids decides.
    assert shop.got(2) == ["全館八折"]
    assert shop.got(1) == ["Mei，您好"]


def test_caps_count_what_either_profile_got(make_shop) -> None:
    shop = make_shop(policy={"caps": {"promotion": "1 per day"}})
    first, second = shop.member(1), shop.member(2)
    shop.due(second, "sale")
    assert shop.send().accepted == 1
    merge(shop, first, second)
    shop.due(first, "sale", at=LATER)
    assert shop.send(LATER).skipped == {"capped": 1}


def test_a_code_that_only_the_withdrawn_message_would_have_carried_is_nobodys_again(shop: Shop) -> None:
    first, second = shop.member(1), shop.member(2)
    shop.enrol(first)
    other = shop.enrol(second)
    intent = shop.due(second, "sale", enrolment=other)
    shop.run(
        "insert into coupon_codes (pool, code, batch_id, enrolment_id, member_id, drawn_at, held)"
        " values ('hundred', 'ABC', 1, :e, :m, :at, 1)", e=other, m=second, at=NOON,
    )  # fmt: skip
    shop.run("""update intents set codes = '{"hundred": {"code": "ABC"}}' where id = :i""", i=intent)
    merge(shop, first, second)
    assert shop.run("select member_id, enrolment_id, held from coupon_codes") == [(None, None, 0)]
