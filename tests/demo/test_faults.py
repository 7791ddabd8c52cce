"""Bad nights from end to end, with a small brand: a feed that is held, a LINE that is down till the morning."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine

from journey_engine import clock, planning
from journey_engine.commands.release import release
from journey_engine.data import feeds
from journey_engine.language.read import load_project
from journey_engine.line.channel import Pace
from journey_engine.sandbox.beside import Sandbox
from journey_engine.settings import Settings
from tests.demo.playing import Played
from tests.sandbox_fixtures import user

TAIPEI = ZoneInfo("Asia/Taipei")
HASTY = Pace(timeout=0.7, connect=0.5, first_backoff=0.01, longest_backoff=0.05, patience=0.0, give_up_after=5)
FRIENDS = 6
FILES = {
    "journeys/schema.yaml": "attributes: {}\nevents:\n  purchase: {title: 結帳, value: money, key: order_id}\n",
    "journeys/policy.yaml": "language: zh-TW\nzone: Asia/Taipei\nline: sandbox\n",
    "journeys/stages.yaml": "stages:\n  - {stage: acquire, otherwise: true}\n",
    "journeys/messages/hello.yaml": "message: hello\ntitle: 問候\ntopic: service\nsay:\n  - text: 歡迎加入！\n",
    "journeys/messages/tip.yaml": "message: tip\ntitle: 小撇步\ntopic: news\nsay:\n  - text: 冷藏前先擦乾。\n",
    "journeys/messages/thanks.yaml": "message: thanks\ntitle: 謝謝\ntopic: service\nsay:\n  - text: 謝謝採買！\n",
    "journeys/messages/remind.yaml": "message: remind\ntitle: 提醒\ntopic: service\nsay:\n  - text: 來看看吧。\n",
    "journeys/feeds/friends.yaml": """
feed: friends
title: 綁定名單
from: {file: data/friends.csv}
arrives: weekly
suite: friends
member: {by: customer_number, from: customer, create: yes}
members: {identities: {line: line_user_id}}
""",
    "journeys/feeds/till.yaml": """
feed: till
title: 結帳
from: {file: "data/till-{day}.csv"}
arrives: daily
covers: {to: end of day, zone: Asia/Taipei}
suite: till
member: {by: customer_number, from: customer, create: yes}
brings:
  - event: purchase
    at: {from: at, zone: Asia/Taipei}
    key: order_id
    value: amount
""",
    "expectations/friends.json": '{"name": "friends", "expectations": [], "meta": {}}',
    "expectations/till.json": """{"name": "till", "meta": {}, "expectations": [
        {"type": "expect_table_row_count_to_be_between", "kwargs": {"min_value": {"$PARAMETER": "usual_rows * 0.6"}},
         "severity": "critical", "meta": {"rule": "列數不得比平常少四成以上"}}]}""",
    "journeys/welcome.yaml": """
journey: welcome
title: 歡迎
status: live
enter: {on: follow, again: never}
steps:
  say_hello: {send: hello}
  rest: {wait: 1 day}
  bought:
    branch:
      - if: purchase since entry
        do:
          thank: {send: thanks, expires: 3 days}
      - otherwise: true
        do:
          nudge: {send: remind, expires: 3 days}
""",
    "journeys/tips.yaml": """
journey: tips
title: 小撇步
status: live
enter: {on: follow, again: never}
steps:
  pause: {wait: 1 day}
  tell: {send: tip}
""",
}


def when(told: str) -> datetime:
    return datetime.fromisoformat(told).replace(tzinfo=TAIPEI)


class Brand(Played):
    """Six friends who are customers 1 to 6; the till's files are written day by day."""

    def follow(self, number: int, at: datetime) -> None:
        self.sandbox.act(user(number), "follow", at=int(at.timestamp() * 1000))

    def look(self, told: str) -> None:
        """Move and send, as at any look of the day."""
        self.sandbox.post("clock", {"now": int(when(told).timestamp() * 1000)})
        with self.engine.begin() as connection:
            clock.set_to(connection, when(told))
        self.move(when(told))
        self.send(when(told))

    def night(self, told: str) -> str:
        """Import the day that ended, then move and send; what became of the day's file."""
        day = date.fromisoformat(told) - timedelta(days=1)
        at = when(f"{told} 02:00").astimezone(UTC)
        report = feeds.import_feed(self.engine, self.project, self.settings, "till", at, day)
        self.look(f"{told} 02:00")
        return report.status

    def till(self, day: str, rows: int, **bought: str) -> None:
        """The file of a day: so many orders of strangers, and those of `bought`: customer_N=time."""
        lines = [f"{day}-{n},stranger {n},{day} 11:{n:02},10" for n in range(rows)]
        lines += [f"{day}-{name},{name.removeprefix('customer_')},{day} {at},25" for name, at in bought.items()]
        file = self.settings.project / "data" / f"till-{day}.csv"
        file.write_text("\n".join(["order_id,customer,at,amount", *lines]) + "\n", encoding="utf-8")

    def got(self) -> Counter[tuple[int, str]]:
        """What LINE accepted: (friend, text) and how often."""
        numbers = {user(number): number for number in range(1, FRIENDS + 1)}
        return Counter(
            (numbers[one], message["text"]) for taken in self.sandbox.ledger() for one in taken.to
            for message in taken.messages
        )  # fmt: skip

    def path(self, number: int, journey: str = "welcome") -> list[str]:
        rows = self.rows(
            "select line ->> 'at', line ->> 'step', line ->> 'outcome' from moves m"
            " join identities i using (member_id) cross join jsonb_array_elements(path) line"
            " where i.value = :user and journey = :journey order by m.id",
            user=user(number), journey=journey,
        )  # fmt: skip
        return [f"{datetime.fromisoformat(at).astimezone(TAIPEI):%d %H:%M} {step} {out}" for at, step, out in rows]

    def waits(self) -> dict[tuple[str, str], int]:
        return self.counts("select journey, step, count(*) from waiting group by 1, 2")


@pytest.fixture
def make_brand(database: Engine, tmp_path: Path) -> Iterator[Callable[..., Brand]]:
    """A brand on the evening of 18 November, with two usual days of the till behind it."""
    with Sandbox() as sandbox:

        def make(**more: Any) -> Brand:
            (tmp_path / "data").mkdir()
            for name, content in FILES.items():
                path = tmp_path / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(content.lstrip(), encoding="utf-8")
            rows = [f"{number},{user(number)}" for number in range(1, FRIENDS + 1)]
            file = tmp_path / "data" / "friends.csv"
            file.write_text("\n".join(["customer,line_user_id", *rows]), encoding="utf-8")
            brand = Brand(database, sandbox, load_project(tmp_path), Settings(project=tmp_path), [], **more)
            with database.begin() as connection:
                planning.apply(connection, planning.plan(connection, brand.project, when("2026-11-17")), by="a test")
            feeds.import_feed(database, brand.project, brand.settings, "friends", when("2026-11-17"))
            for day in (16, 17):
                brand.till(f"2026-11-{day}", 20)
                assert brand.night(f"2026-11-{day + 1}") == "landed"
            return brand

        yield make


def test_while_a_feed_is_held_what_rests_on_it_waits_and_the_rest_goes_on(make_brand: Callable[..., Brand]) -> None:
    brand = make_brand()
    for number in range(1, FRIENDS + 1):
        brand.follow(number, when("2026-11-18 10:00"))
    brand.look("2026-11-18 12:30")
    brand.till("2026-11-18", 9, customer_1="15:00", customer_2="09:00")  # eleven, where twenty are usual
    assert brand.night("2026-11-19") == "held"
    brand.look("2026-11-19 12:30")
    brand.till("2026-11-19", 19, customer_3="09:59", customer_4="10:01")
    assert brand.night("2026-11-20") == "landed"  # of another day: the coverage stands before the held one

    assert brand.rows("select covered_to from coverage where feed = 'till'") == [(when("2026-11-18"),)]
    assert brand.waits() == {("welcome", "bought"): FRIENDS}
    assert brand.path(5, "tips") == [
        "18 10:00 (enter) journey", "19 10:00 pause next", "19 10:00 tell next", "19 10:00 (end) finished",
    ]  # fmt: skip
    assert {text for _, text in brand.got()} == {"歡迎加入！", "冷藏前先擦乾。"}


def test_released_the_held_decisions_are_taken_with_their_own_instants(
    make_brand: Callable[..., Brand], capsys: pytest.CaptureFixture[str]
) -> None:
    brand = make_brand()
    for number in range(1, FRIENDS + 1):
        brand.follow(number, when("2026-11-18 10:00"))
    brand.till("2026-11-18", 9, customer_1="15:00", customer_2="09:00")
    brand.night("2026-11-19")
    brand.till("2026-11-19", 19, customer_3="09:59", customer_4="10:01")
    brand.night("2026-11-20")
    brand.look("2026-11-20 12:30")
    assert brand.waits() == {("welcome", "bought"): FRIENDS}

    url = brand.engine.url.render_as_string(hide_password=False)
    settings = Settings(project=brand.settings.project, database_url=url)
    assert release("till", by="林經理", reason="颱風天，門市中午才開", settings=settings) == 0
    assert "Released feed till" in capsys.readouterr().out
    assert brand.rows("select covered_to from coverage where feed = 'till'") == [(when("2026-11-20"),)]
    brand.look("2026-11-20 18:00")

    bought = ["19 10:00 bought 1", "19 10:00 thank next", "19 10:00 (end) finished"]
    not_yet = ["19 10:00 bought otherwise", "19 10:00 nudge next", "19 10:00 (end) finished"]
    paths = {number: brand.path(number)[3:] for number in range(1, FRIENDS + 1)}
    # 2 bought before she came, 4 a minute after the question was put.
    assert paths == {1: bought, 2: not_yet, 3: bought, 4: not_yet, 5: not_yet, 6: not_yet}
    sent = {number: text for number, text in brand.got() if text in ("謝謝採買！", "來看看吧。")}
    assert sent == {1: "謝謝採買！", 3: "謝謝採買！", **dict.fromkeys((2, 4, 5, 6), "來看看吧。")}
    assert set(brand.got().values()) == {1}
    assert brand.rows("select scope, name, released_by, release_reason from holds") == [
        ("feed", "till", "林經理", "颱風天，門市中午才開")
    ]


def test_a_line_that_is_down_all_night_holds_up_no_journey_and_gets_what_is_not_too_late_once(
    make_brand: Callable[..., Brand],
) -> None:
    brand = make_brand(pace=HASTY)
    brand.follow(1, when("2026-11-17 19:00"))
    brand.follow(2, when("2026-11-18 06:00"))
    brand.look("2026-11-18 07:00")
    assert brand.got() == {(1, "歡迎加入！"): 1, (2, "歡迎加入！"): 1}
    brand.sandbox.fault("down")
    evening = {"18 18:30": "18 18:00", "18 21:00": "18 20:00", "18 23:30": "18 23:00", "19 06:00": "19 01:00"}
    for number, (look, follow) in enumerate(evening.items(), 3):
        brand.follow(number, when(f"2026-11-{follow}"))
        brand.look(f"2026-11-{look}")
    brand.look("2026-11-19 18:30")
    assert [report.accepted for _, report in brand.sends[-5:]] == [0] * 5
    assert all("LINE does not answer" in (report.paused or "") for _, report in brand.sends[-5:])
    # They moved on, whatever LINE did; the first two have come to what rests on the till's next file.
    assert brand.waits() == {("welcome", "bought"): 3, ("welcome", "rest"): 3, ("tips", "pause"): 3}
    brand.sandbox.heal()
    brand.look("2026-11-19 19:00")

    # The third one's greeting was 24 hours old at six, the first one's tip at seven; what came later goes out, once.
    assert {number for number, text in brand.got() if text == "歡迎加入！"} == {1, 2, 4, 5, 6}
    assert set(brand.got().values()) == {1}
    skipped = brand.rows("select message, reason from intents where status = 'skipped' order by 1")
    assert skipped == [("hello", "expired"), ("tip", "expired")]
    assert brand.rows("select count(*) from intents where status in ('pending', 'frozen')") == [(0,)]
    accepted = brand.rows("select count(*) from intents where status = 'accepted'")
    assert accepted == [(sum(brand.got().values()),)]
