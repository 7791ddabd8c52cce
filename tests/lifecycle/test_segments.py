"""Segments and stages as of the instant their data reaches, never back, with who came and who left."""

from __future__ import annotations

from datetime import UTC, date, datetime

from journey_engine.language.written import TagGrant
from journey_engine.lifecycle import segments, stages
from journey_engine.members import tags
from tests.orders_shop import HEADER, NOW


def bought(shop, day: int, *customers: str) -> datetime:
    """Import the day's purchases in the night after it; returns that night's instant."""
    rows = "".join(f"{day}-{customer},{customer},2026-03-{day:02} 10:00,5,x\n" for customer in customers)
    shop.file(f"{day}.csv", HEADER + rows)
    now = datetime(2026, 3, day, 18, tzinfo=UTC)
    shop.load(f"{day}.csv", now=now, day=date(2026, 3, day))
    return now


def refreshed(shop, now: datetime):
    with shop.engine.begin() as connection:
        return segments.refresh(connection, shop.project, now, None), stages.refresh(
            connection, shop.project, now, None
        )


def end_of(day: int) -> datetime:
    return datetime(2026, 3, day, 16, tzinfo=UTC)


def test_stays_begin_and_end_at_the_instant_the_feed_covers_not_at_the_run(shop):
    shop.segments = {"fresh": "purchase within 2 days"}
    now = bought(shop, 1, "A", "B")
    assert refreshed(shop, now)[0] == {"fresh": (2, 0, 2)}
    now = bought(shop, 2, "C")
    assert refreshed(shop, now)[0] == {"fresh": (1, 0, 3)}
    now = bought(shop, 3, "C")
    assert refreshed(shop, now)[0] == {"fresh": (0, 2, 1)}
    query = (
        "select value, joined_at, left_at from segment_members s join identities i on i.member_id = s.member_id"
        " order by 1"
    )
    assert shop.rows(query) == [("A", end_of(1), end_of(3)), ("B", end_of(1), end_of(3)), ("C", end_of(2), None)]


def test_a_segment_is_not_worked_out_before_its_feed_has_brought_anything(shop):
    shop.segments = {"buyers": "purchase", "nobody": "no purchase", "everybody": "not tag vip"}
    assert refreshed(shop, NOW)[0] == {"everybody": (0, 0, 0)}
    assert shop.rows("select name, refreshed_to from refreshes where scope = 'segment'") == [("everybody", NOW)]


def test_while_the_feed_stands_still_the_segment_does_too_and_never_goes_back(shop):
    shop.segments = {"buyers": "purchase within 1 day"}
    now = bought(shop, 1, "A")
    refreshed(shop, now)
    assert refreshed(shop, datetime(2026, 3, 5, tzinfo=UTC))[0] == {}
    assert refreshed(shop, datetime(2026, 3, 1, tzinfo=UTC))[0] == {}
    assert shop.one("select count(*) from segment_members where left_at is null") == 1


def test_a_segment_that_names_another_is_worked_out_after_it_whatever_its_name(shop):
    shop.segments = {"a_rest": "purchase and not in segment z_vips", "z_vips": "tag vip"}
    now = bought(shop, 1, "A", "B")
    with shop.engine.begin() as connection:
        whom = tags.who("customer_number", ["A"])
        early = datetime(2026, 3, 1, tzinfo=UTC)
        assert tags.grant(connection, whom, TagGrant("vip"), "operator 林", "Asia/Taipei", early) == 1
        # Segments of tags stand for now, those of purchases for the end of the day covered.
        segments.refresh(connection, shop.project.model_copy(update={"feeds": {}}), end_of(1))
    assert shop.rows("select segment, count(*) from segment_members group by 1 order by 1") == [
        ("a_rest", 1),
        ("z_vips", 1),
    ]
    assert now > end_of(1)


def test_erased_members_are_in_no_segment_and_no_new_stage(shop):
    shop.segments = {"buyers": "purchase"}
    now = bought(shop, 1, "A", "B")
    with shop.engine.begin() as connection:
        connection.exec_driver_sql("update members set erased_at = now() where id = (select min(id) from members)")
    changed, moved = refreshed(shop, now)
    assert changed == {"buyers": (1, 0, 1)}
    assert moved == {(None, "acquire"): 1}


def test_the_first_stage_that_holds_is_taken_and_moves_are_counted_and_dated(shop):
    shop.stages = [
        {"stage": "grow", "if": "purchase at least 2 times within 30 days"},
        {"stage": "engage", "if": "purchase within 1 day"},
        {"stage": "acquire", "otherwise": True},
    ]
    assert refreshed(shop, bought(shop, 1, "A", "B"))[1] == {(None, "engage"): 2}
    assert refreshed(shop, bought(shop, 2, "A", "C"))[1] == {
        ("engage", "acquire"): 1, ("engage", "grow"): 1, (None, "engage"): 1,
    }  # fmt: skip
    query = "select value, stage, since, left_at from stages join identities using (member_id) order by 1, 3"
    assert shop.rows(query) == [
        ("A", "engage", end_of(1), end_of(2)), ("A", "grow", end_of(2), None),
        ("B", "engage", end_of(1), end_of(2)), ("B", "acquire", end_of(2), None),
        ("C", "engage", end_of(2), None),
    ]  # fmt: skip


def test_a_tag_is_granted_for_a_length_in_the_member_s_zone_and_taken_away(shop):
    from journey_engine.language.durations import Duration

    bought(shop, 1, "A", "B")
    night = datetime(2026, 3, 7, 18, tzinfo=UTC)
    with shop.engine.begin() as connection:
        connection.exec_driver_sql(
            "update members set zone = 'America/New_York' where id = (select min(id) from members)"
        )
        both = tags.who("customer_number", ["A", "B", "nobody"])
        given = TagGrant("vip", lasts=Duration(1, "day"))
        assert tags.grant(connection, both, given, "operator 林", "Asia/Taipei", night) == 2
    # 8 March has 23 hours in New York.
    assert shop.rows("select expires_at from tags order by 1") == [
        (datetime(2026, 3, 8, 17, tzinfo=UTC),), (datetime(2026, 3, 8, 18, tzinfo=UTC),),
    ]  # fmt: skip
    with shop.engine.begin() as connection:
        later = datetime(2026, 3, 8, 17, 30, tzinfo=UTC)
        assert tags.remove(connection, both, "vip", later) == 1
    assert shop.rows("select removed_at from tags where removed_at is not null") == [(later,)]
