"""`journeys member`, `journeys segments` and `journeys stages` as a person reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, insert

from journey_engine import clock
from journey_engine.commands.member import member
from journey_engine.commands.segments import segments as show_segments
from journey_engine.commands.stages import stages as show_stages
from journey_engine.errors import UsageError
from journey_engine.explaining.glance import masked
from journey_engine.lifecycle import personas, segments, stages
from journey_engine.settings import Settings
from journey_engine.store.tables.people import identities
from tests.compiler.rows import at
from tests.explaining.conftest import Asked, brand
from tests.saying.conftest import BRAND

SCORES = {
    "loyalty": {"title": "忠誠度", "gives": [{"on": "purchase", "points": "5"}], "half_life": "7 days", "cap": "9"}
}
PERSONAS = {
    "choose": "first",
    "personas": [
        {"persona": "whale", "title": "大戶", "if": "sum of purchase.value >= 1000"},
        {"persona": "fan", "title": "粉絲", "if": "tag skincare strength >= 1 and score loyalty between 1 and 7"},
    ],
}


@pytest.fixture
def settings(database: Engine, tmp_path: Path) -> Settings:
    """Mei bought twice and loves skin care, Li never came back; refreshed for 9 and 10 March."""
    project = brand(schema={**BRAND["schema"], "scores": SCORES}, personas=PERSONAS)
    asked = Asked(database, project)
    asked.member("mei", name="小美", tier="金卡")
    asked.member("li")
    asked.event("2026-03-01 12:00", "purchase", value="300", order_id="A1")
    asked.event("2026-03-08 12:00", "purchase", value="25.5", order_id="A2")
    asked.event("2026-03-07 09:00", "skipped", of="hello", step="say", reason="quiet hours")
    asked.tag("skincare", "2026-03-09 10:00", strength="2")
    asked.befriend()
    with database.begin() as connection:
        for kind, value in (("customer_number", "A123456789"), ("email", "mei@example.com"), ("phone", "0912")):
            connection.execute(insert(identities).values(kind=kind, value=value, member_id=asked.ids["mei"]))
        for day in (9, 10):
            now = at(f"2026-03-{day:02} 02:00")
            segments.refresh(connection, project, now)
            stages.refresh(connection, project, now)
            personas.refresh(connection, project, now)
        clock.set_to(connection, at("2026-03-16 10:00"))
    return Settings(tmp_path, database_url=database.url.render_as_string(hide_password=False))


def test_a_member_at_a_glance_is_told_with_the_reason_of_everything_she_is(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    member("mei", settings=settings)
    assert capsys.readouterr().out.splitlines() == [
        "會員 小美 mei，當地 2026-03-16（週一）10:00",
        "",
        "識別",
        "  customer_number: A•••89",
        "  email: m•••@example.com",
        "  phone: •••",
        "",
        "屬性",
        "  會員等級: 金卡",
        "  name: 小美",
        "",
        "階段",
        "  「留存」，從 2026-03-09（週一）02:00 起",
        "",
        "人物誌",
        # 9 days and 2 days before 10 March: 5 · 2^(-9/7) + 5 · 2^(-2/7).
        "  「粉絲」，從 2026-03-10（週二）02:00 起：標籤「愛保養」的強度至少 1"
        "（強度 1.9543，從 2026-03-09（週一）10:00）；"
        "分數「忠誠度」介於 1 到 7（6.1525）",
        "",
        "分群",
        "  「久未回購」，從 2026-03-09（週一）02:00 起：有結帳（2 次，最近 2026-03-08（週日）12:00，事件 2）",
        "",
        "分數",
        "  「忠誠度」 3.3965（結帳 +5；每 7 天減半；上限 9）",
        "",
        "標籤",
        "  「愛保養」：強度 1.7013，從 2026-03-09（週一）10:00 起",
        "",
        "最近的事",
        "  2026-03-08（週日）12:00  結帳 25.5",
        "  2026-03-07（週六）09:00  「歡迎」沒有送出：碰到不打擾時段",
        "  2026-03-01（週日）12:00  結帳 300",
    ]


def test_a_member_with_nothing_is_told_in_english_too(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    member("li", language="en", settings=settings)
    assert capsys.readouterr().out.splitlines() == [
        "Member li, local time Mon 2026-03-16 10:00",
        "not a friend now, so nothing can be sent",
        "",
        "Stage",
        "  new, since Mon 2026-03-09 02:00",
        "",
        "Scores",
        "  loyalty 0 (a purchase +5; halved every 7 days; at most 9)",
    ]


def test_segments_and_personas_are_listed_and_one_is_told_with_a_sample(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    show_segments(settings=settings)
    assert capsys.readouterr().out.splitlines() == [
        "分群           名稱      人數  截至",
        "lapsed         久未回購     1  2026-03-10（週二）02:00",
        "persona:whale  大戶         0  2026-03-10（週二）02:00",
        "persona:fan    粉絲         1  2026-03-10（週二）02:00",
    ]
    show_segments("lapsed", since=at("2026-03-01 00:00").date(), sample=5, language="en", settings=settings)
    assert capsys.readouterr().out.splitlines() == [
        "久未回購 (lapsed)",
        "  rule: there was a purchase",
        "  1 members as of Tue 2026-03-10 02:00",
        "",
        "  as of                 members  came  left",
        "  Mon 2026-03-09 02:00        1     1     0",
        "  Tue 2026-03-10 02:00        1     0     0",
        "",
        "1 came",
        "         1  the segment was worked out for the first time",
        "0 left",
        "",
        "Who came and left last",
        "  Mon 2026-03-09 02:00 mei came: the segment was worked out for the first time",
        "",
        "A few of those in it now",
        "  mei, since Mon 2026-03-09 02:00: there was a purchase (2 ×, last Sun 2026-03-08 12:00, event 2)",
    ]


def test_two_segments_overlap_and_one_that_is_not_there_is_named(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    show_segments(overlap=("lapsed", "lapsed"), settings=settings)
    assert "任一個裡的人，有 100.0% 兩個都在（Jaccard）" in capsys.readouterr().out
    with pytest.raises(UsageError, match="lapsd"):
        show_segments("lapsd", settings=settings)


def test_stages_are_told_with_their_members_and_how_many_moved(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    show_stages(language="en", settings=settings)
    assert capsys.readouterr().out.splitlines() == [
        "As of Tue 2026-03-10 02:00",
        "stage        members",
        "留存 retain        1",
        "new                1",
        "",
        "2026-03 (up to Tue 2026-03-10 02:00): 0 changes by 0 members",
        "  from \\ to      留存 retain  new  in all",
        "  (first entry)            1    1       2",
        "  at the end               1    1       2",
        "",
        "stage        ended  going on  a quarter below  median  three quarters below",
        "留存 retain      0         1  -                -       -",
        "new              0         1  -                -       -",
        "Days, by Kaplan-Meier: stays that go on count as lasting at least so long; “-”: too few have ended.",
    ]


@pytest.mark.parametrize(
    ("identity", "shown"), [("A123456789", "A•••89"), ("mei@example.com", "m•••@example.com"), ("12345", "•••")]
)
def test_an_identity_is_masked_so_that_only_who_knows_it_recognises_it(identity: str, shown: str) -> None:
    assert masked(identity) == shown
