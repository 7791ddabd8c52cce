"""What is due to one member at once travels as one request, within LINE's rules, and nothing is torn or lost."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from journey_engine.line.bundling import groups, sort_out
from journey_engine.line.deciding import Decided
from journey_engine.line.render import Rendering
from tests.line.shop import Shop

QUICK = [{"label": "好", "sends": "好"}]


def test_what_is_due_to_a_member_at_once_travels_as_one_request(make_shop: Callable[..., Shop]) -> None:
    shop = make_shop(policy={"quota": 2})
    for member in shop.members(2, name="美"):
        shop.due(member, "sale")
        shop.due(member, "hello", step="second")
        shop.due(member, "receipt", step="second")

    report = shop.send()

    assert (report.accepted, report.requests) == (6, {"multicast": 1}), "equal bodies, and two recipients of the quota"
    assert [message["text"] for message in shop.sandbox.ledger()[0].messages] == ["美 的明細", "全館八折", "美，您好"]
    assert shop.run("select place from intents order by member_id, place") == [(0,), (1,), (2,)] * 2
    assert [name for _, name, *_ in shop.happened()] == ["accepted"] * 6
    shop.assert_ledgers_agree()


def test_what_has_quick_replies_ends_a_request_and_five_objects_fill_it(make_shop: Callable[..., Shop]) -> None:
    long = {"topic": "news", "say": [{"text": str(number)} for number in range(3)]}
    shop = make_shop(
        messages={"long": long, "ask": {"topic": "service", "say": [{"text": "?"}], "quick_replies": QUICK}}
    )
    member = shop.member(1)
    for message in ("ask", "long", "long", "sale"):
        shop.due(member, message)

    shop.send()

    assert sorted([m["text"] for m in taken.messages] for taken in shop.sandbox.ledger()) == [
        ["0", "1", "2"], ["0", "1", "2", "全館八折"], ["?"],
    ]  # fmt: skip
    shop.assert_ledgers_agree()


def test_steps_of_one_visit_share_a_request_in_order_and_what_asks_an_if_waits(shop: Shop) -> None:
    member = shop.member(1, name="美", tier="金卡")
    inside = shop.enrol(member)
    shop.due(member, "sale", enrolment=inside, step="first")
    shop.due(member, "hello", enrolment=inside, step="second", priority=90)
    shop.due(member, "digest", enrolment=inside, step="gold")

    shop.send()

    assert [[m["text"] for m in taken.messages] for taken in shop.sandbox.ledger()] == [
        ["全館八折", "美，您好"], ["本週新聞"],
    ]  # fmt: skip


def test_a_later_step_without_its_value_waits_for_the_earlier_one_and_is_skipped_then(shop: Shop) -> None:
    member = shop.member(1)
    inside = shop.enrol(member)
    first = shop.due(member, "sale", enrolment=inside, step="first")
    second = shop.due(member, "hello", enrolment=inside, step="second")

    shop.send()

    assert shop.told() == {first: "accepted", second: "skipped: missing value: name"}
    assert [name for _, name, *_ in shop.happened()] == ["accepted", "skipped"]


def test_what_a_cap_refused_for_one_that_cannot_go_is_not_overtaken_in_its_visit(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(
        messages={"named_sale": {"topic": "promotion", "say": [{"text": "{name}特價"}]}},
        policy={"caps": {"promotion": "1 per day"}},
    )
    member = shop.member(1)
    inside = shop.enrol(member)
    nameless = shop.due(member, "named_sale", enrolment=inside, step="first")
    capped = shop.due(member, "sale", enrolment=inside, step="second")
    behind = shop.due(member, "digest", enrolment=inside, step="third")

    shop.send()

    assert shop.told() == {nameless: "skipped: missing value: name", capped: "accepted", behind: "accepted"}
    assert [m["text"] for taken in shop.sandbox.ledger() for m in taken.messages] == ["全館八折", "本週新聞"]


def test_what_waits_behind_one_that_a_cap_puts_off_does_not_keep_it_from_being_put_off(
    make_shop: Callable[..., Shop],
) -> None:
    shop = make_shop(policy={"caps": {"promotion": "1 per day"}, "when_capped": {"promotion": "defer 3 days"}})
    member = shop.member(1, name="美")
    first = shop.due(member, "sale")
    shop.send()
    inside = shop.enrol(member)
    capped = shop.due(member, "sale", enrolment=inside, step="first")
    behind = shop.due(member, "hello", enrolment=inside, step="second")

    report = shop.send()

    assert (report.accepted, report.deferred) == (0, 1)
    assert shop.told() == {first: "accepted", capped: "pending: capped", behind: "pending"}


def test_of_a_refused_request_only_the_message_that_line_means_suffers(make_shop: Callable[..., Shop]) -> None:
    image = {"topic": "news", "say": [{"image": {"original": "http://no-https.example/a.png"}}]}
    shop = make_shop(messages={"broken": image})
    member = shop.member(1)
    good, bad = shop.due(member, "receipt"), shop.due(member, "broken")
    last = shop.due(member, "sale")

    shop.send()

    assert shop.told() == {good: "accepted", bad: "pending", last: "accepted"}
    assert shop.run("select name from holds where released_at is null") == [("broken",)]
    shop.assert_ledgers_agree()


def test_a_multicast_of_bundles_that_is_split_keeps_them(shop: Shop) -> None:
    shop.crowd(20, "sale", "digest", unknown={7})

    report = shop.send()

    assert (report.accepted, report.skipped) == (38, {"refused by LINE": 2})
    assert {tuple(shop.got(number)) for number in range(1, 21) if number != 7} == {("本週新聞", "全館八折")}
    assert {len(shop.sandbox.accepted_for(taken.to[0])) for taken in shop.sandbox.ledger()} == {1}
    shop.assert_ledgers_agree()


def _decided(number: int, **said: Any) -> Decided:
    member = said.pop("member")
    return Decided(number, member, said.pop("message"), "news", f"U{member}", {}, None, None, **said)


@st.composite
def decisions(draw: st.DrawFn) -> tuple[list[Decided], dict[str, Rendering]]:
    renderings = {
        f"m{n}": Rendering(f"m{n}", tuple((str(n),) for _ in range(size)), ("{}",) if quick else (), silent=silent)
        for n, (size, quick, silent) in enumerate(
            draw(st.lists(st.tuples(st.integers(1, 5), st.booleans(), st.booleans()), min_size=1, max_size=5))
        )
    }
    visits = draw(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 4)), min_size=1, max_size=8))
    made: list[Decided] = []
    for enrolment, (member, messages) in enumerate(visits):
        for place in range(messages):
            message, alone = draw(st.sampled_from(sorted(renderings))), draw(st.booleans())
            made.append(
                _decided(
                    len(made) + 1, member=member, message=message, enrolment=enrolment, follows=place > 0, alone=alone
                )
            )
    return made, renderings


@given(drawn=decisions())
def test_no_bundle_breaks_a_rule_and_none_is_sent_twice_or_lost(
    drawn: tuple[list[Decided], dict[str, Rendering]],
) -> None:
    decided, renderings = drawn
    texts = {each.intent: json.dumps([each.message] * renderings[each.message].size) for each in decided}
    done = sort_out(decided, texts, {}, renderings)

    gone = [each.intent for bundle in done.bundles for each in bundle.held]
    assert sorted([*gone, *(each.intent for each in done.left)]) == [each.intent for each in decided]
    for bundle in done.bundles:
        said = json.loads(bundle.messages)
        whole = [object_ for each in bundle.held for object_ in json.loads(texts[each.intent])]
        assert said == whole
        assert len(said) <= 5
        assert {renderings[each.message].silent for each in bundle.held} == {bundle.silent}
        assert not any(renderings[each.message].quick_replies for each in bundle.held[:-1])
        assert not any(each.alone for each in bundle.held) or len(bundle.held) == 1
        assert len({each.member for each in bundle.held}) == 1
    home = {each.intent: bundle for bundle in done.bundles for each in bundle.held}
    for earlier, later in pairwise(decided):
        if later.follows and later.intent in home:
            assert home[later.intent] is home.get(earlier.intent), "a later message overtook the earlier one"
    chunks = list(groups(done.bundles))
    assert sum(len(chunk) for chunk in chunks) == len(done.bundles)
    assert all(len({bundle.first.recipient for bundle in chunk}) == len(chunk) for chunk in chunks)
