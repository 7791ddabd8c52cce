"""Figures of a journey and of a night, from rows written out here; and the words and pictures made of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, Engine, text

from journey_engine.data.batches import BatchReport
from journey_engine.drawing.mermaid import flowchart
from journey_engine.gate.holds import Hold
from journey_engine.gate.verdict import Outcome, Verdict
from journey_engine.language.journey import Journey
from journey_engine.measures.funnel import funnel
from journey_engine.measures.journeys import Standing, standing
from journey_engine.measures.night import Imported, night
from journey_engine.measures.quota import Quota
from journey_engine.measures.telling import gate_page, journey_page, night_page

NOW = datetime(2026, 11, 21, 18, tzinfo=UTC)
EVE = NOW - timedelta(days=1)

WELCOME = Journey.model_validate(
    {
        "journey": "welcome",
        "title": "新好友歡迎旅程",
        "status": "live",
        "enter": {"on": "follow", "again": "never"},
        "steps": {
            "hello": {"send": "hi"},
            "end": {
                "wait": {"first_of": [{"until": "click of hi", "do": {"mark": {"tag": "keen"}}}]},
                "at_most": "3 days",
            },
            "which": {
                "branch": [
                    {"if": "purchase where store = '台北' and tag keen", "do": {"gold": {"send": "hi"}}},
                    {"otherwise": True, "do": {}},
                ]
            },
            "off": {"go_to": "engage"},
        },
    }
)  # fmt: skip


def fill(conn: Connection) -> None:
    conn.execute(
        text(
            "insert into members (member_key, created_at, changed_at)"
            " select 'm' || n, :now, :now from generate_series(1, 6) n"
        ),
        {"now": EVE},
    )
    conn.execute(
        text("""
            insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm, ended_at,
                                    end_reason, goal_at)
            select 'welcome', m.id, 1, 1, :eve, 'event:' || m.id, '{}', v.arm, v.ended_at, v.reason, v.goal
              from members m join (values ('m1', 'journey', null::timestamptz, null, null::timestamptz),
                                          ('m2', 'journey', :now, 'finished', :now),
                                          ('m3', 'journey', :now, 'leave', null),
                                          ('m4', 'holdout', null, null, :now)) as v(key, arm, ended_at, reason, goal)
                on v.key = m.member_key
        """),
        {"eve": EVE, "now": NOW},
    )
    conn.execute(
        text("""
            insert into step_counts (journey, step, outcome, day, members) values
              ('welcome', 'hello', 'next', '2026-11-20', 2), ('welcome', 'hello', 'next', '2026-11-21', 1),
              ('welcome', 'hello', 'quiet', '2026-11-21', 1), ('welcome', 'end', '1', '2026-11-21', 1),
              ('engage', 'hello', 'next', '2026-11-21', 9)
        """)
    )
    conn.execute(
        text("""
            insert into waiting (enrolment_id, journey, member_id, step, arrived_at, due_at, wake_at)
            select e.id, e.journey, e.member_id, 'end', :eve, :now, :now
              from enrolments e join members m on m.id = e.member_id where m.member_key = 'm1'
        """),
        {"eve": EVE, "now": NOW},
    )
    conn.execute(
        text("""
            insert into intents (enrolment_id, journey, step, member_id, message, at, expires_at, priority, entry,
                                 status, reason, settled_at)
            select e.id, e.journey, 'hello', e.member_id, 'hi', :eve, :now, 50, '{}', v.status, v.reason, v.settled
              from enrolments e join members m on m.id = e.member_id
              join (values ('m1', 'accepted', null, :now), ('m2', 'skipped', 'capped', :now),
                           ('m3', 'skipped', 'capped', :eve)) as v(key, status, reason, settled) on v.key = m.member_key
        """),
        {"eve": EVE, "now": NOW},
    )
    conn.execute(
        text("insert into refusals (journey, entry_ref, member_id, at, reason)"
             " values ('welcome', 'event:9', 5, :now, 'again')"),
        {"now": NOW},
    )  # fmt: skip


def test_a_journeys_figures_are_counted_apart_for_the_holdout(database: Engine) -> None:
    with database.begin() as conn:
        fill(conn)
        seen = standing(conn, "welcome")
    assert seen == Standing(
        "welcome",
        entered=3,
        held_out=1,
        inside=1,
        ended={"finished": 1, "leave": 1},
        goals=1,
        goals_held_out=1,
        refused={"again": 1},
        outcomes={"hello": {"next": 3, "quiet": 1}, "end": {"1": 1}},
        waiting={"end": 1},
        sends={("hello", "accepted", ""): 1, ("hello", "skipped", "capped"): 2},
        stuck=0,
    )
    assert seen.taken("hello") == 3


def test_a_journey_nobody_entered_has_figures_of_zero(database: Engine) -> None:
    with database.begin() as conn:
        assert standing(conn, "welcome") == Standing("welcome")


def test_the_map_shows_every_step_and_way_with_its_count() -> None:
    figures = Standing(
        "welcome",
        entered=1204,
        outcomes={"hello": {"next": 1204}, "end": {"1": 4, "timeout": 1}},
        waiting={"end": 1199},
    )
    assert flowchart(WELCOME, "zh-TW", figures).splitlines() == [
        "flowchart TD",
        '  enter_(["進入 1,204"]) --> s_hello',
        '  end_(["結束 0"])',
        '  s_hello["<b>hello</b><br/>send hi<br/>1,204"]',
        '  s_end(["<b>end</b><br/>wait, at most 3 days<br/>5（等候 1,199）"])',
        '  s_mark[["<b>mark</b><br/>tag keen<br/>0"]]',
        '  s_which{"<b>which</b><br/>branch<br/>0"}',
        '  s_gold["<b>gold</b><br/>send hi<br/>0"]',
        '  s_off[/"<b>off</b><br/>go_to engage<br/>0"/]',
        '  s_hello -->|"1,204"| s_end',
        '  s_end -->|"click of hi 4"| s_mark',
        '  s_end -->|"逾時 1"| s_which',
        "  s_mark --> s_which",
        "  s_which -->|\"purchase where store = '台北' and tag keen 0\"| s_gold",
        '  s_which -->|"其他 0"| s_off',
        "  s_gold --> s_off",
        "  s_off --> end_",
        "  classDef idle fill:#f4f4f4,stroke:#bbb,color:#888;",
        "  class s_mark,s_which,s_gold,s_off idle;",
    ]


def test_the_funnel_lists_steps_in_order_with_what_became_of_them() -> None:
    figures = Standing("welcome", outcomes={"hello": {"next": 3, "quiet": 1}, "end": {"1": 1}}, waiting={"end": 2})
    assert funnel(WELCOME, figures, "en").splitlines()[2:5] == [
        "| hello | send hi | 3 | 0 | → 3, quiet 1 |",
        "| end | wait click of hi, at most 3 days | 1 | 2 | click of hi 1 |",
        "| 　mark | tag keen | 0 | 0 |  |",
    ]


def test_a_journeys_page_is_one_fenced_map_and_tables() -> None:
    page = journey_page(WELCOME, Standing("welcome", entered=2, ended={"leave": 2}), "zh-TW")
    assert page.count("```") == 2
    assert page.startswith("# 新好友歡迎旅程（welcome）\n\n```mermaid\nflowchart TD\n")
    assert "| 結束：leave | 2 |" in page


def test_a_night_counts_what_happened_in_it_and_nothing_before(database: Engine) -> None:
    with database.begin() as conn:
        fill(conn)
        conn.execute(
            text("""
                insert into batches (feed, source, checksum, now, status, read, landed, already, quarantined) values
                  ('baskets', 'old', 'x', :eve, 'landed', 5, 5, 0, 0),
                  ('baskets', 'day', 'y', :now, 'landed', 10, 6, 1, 3)
            """),
            {"eve": EVE, "now": NOW},
        )
        conn.execute(
            text("""
                insert into quarantine (batch_id, feed, row_number, content, reasons)
                select id, feed, n, '{}',
                       case n when 1 then array['no quantity', 'no product'] else array['no product'] end
                  from batches, generate_series(1, 3) n where source = 'day'
            """)
        )
        conn.execute(
            text("""
                insert into segment_members (segment, member_id, joined_at, left_at)
                select 'loyal', id, case when id % 2 = 0 then cast(:eve as timestamptz) else :now end,
                       case when member_key = 'm2' then cast(:now as timestamptz) end from members
            """),
            {"eve": EVE, "now": NOW},
        )
        conn.execute(
            text("insert into stages (member_id, stage, since)"
                 " select id, 'engage', :now from members where member_key < 'm3'"),
            {"now": NOW},
        )  # fmt: skip
        conn.execute(
            text("""
                insert into moves (run_id, enrolment_id, journey, member_id, version, now, path)
                select 1, id, journey, member_id, 1, :now, '[]' from enrolments, generate_series(1, 2)
            """),
            {"now": NOW},
        )
        conn.execute(
            text("""
                insert into holds (scope, name, reason, cure, since, released_at) values
                  ('feed', 'baskets', 'half the rows are missing', 'look at the file', :now, null),
                  ('feed', 'members', 'over', '', :now, :now)
            """),
            {"now": NOW},
        )
        conn.execute(text("insert into channels (channel, quota_month, quota_used) values ('main', '2026-11', 3)"))
        conn.execute(text("update members set zone = 'Mars/Olympus' where id = (select min(id) from members)"))
        seen = night(conn, EVE, NOW)
    assert seen.imported == (Imported("baskets", "day", "landed", 10, 6, 1, 3, {"no product": 3, "no quantity": 1}),)
    assert seen.segments == {"loyal": (3, 1, 5)}
    assert seen.stages == {"engage": 2}
    assert seen.moved == {"welcome": 4}
    assert seen.waiting == {"welcome": 1}
    assert seen.sends == {("accepted", ""): 1, ("skipped", "capped"): 1}
    assert seen.held == (Hold(1, "feed", "baskets", None, "half the rows are missing", "look at the file", NOW),)
    assert seen.quotas == (Quota("main", "2026-11", 3, None),)
    assert seen.unknown_zones == {"Mars/Olympus": 1}
    page = night_page(seen, "Asia/Taipei", "zh-TW")
    assert "| Mars/Olympus | 1 |" in page
    assert "2026-11-21 02:00 → 2026-11-22 02:00 (Asia/Taipei)" in page
    assert "| baskets | landed | 10 | 6 | 1 | 3 |" in page
    assert "| main | 2026-11 | 3 | 無上限 |" in page


def test_text_that_mermaid_would_read_as_its_own_is_escaped() -> None:
    odd = Journey.model_validate(
        {
            "journey": "odd",
            "title": "x",
            "status": "live",
            "enter": {"on": "follow", "again": "never"},
            "steps": {
                "fork": {"branch": [{"if": "tag keen strength >= 3", "do": {}}, {"otherwise": True, "do": {}}]},
                "out": {"stop": 'say "bye" <now> & #1'},
            },
        }
    )
    drawn = flowchart(odd, "en", Standing("odd"))
    assert '-->|"tag keen strength #gt;= 3 0"| s_out' in drawn
    assert "stop: say #quot;bye#quot; #lt;now#gt; #amp; #35;1<br/>" in drawn


def test_a_gates_page_gives_totals_rules_and_reasons() -> None:
    found = Outcome("quantity_positive", "數量大於 0", "warning", passed=False, unexpected=8869, observed="0")
    report = BatchReport(
        "baskets",
        "transactions 2017-01-02",
        10,
        6,
        1,
        3,
        {"no product": 3},
        "landed",
        Verdict((found,)),
        None,
        {"purchase": 6},
    )
    page = gate_page(report, "zh-TW")
    assert "| baskets | landed | 10 | 6 | 1 | 3 |" in page
    assert "| baskets | no product | 3 |" in page
    assert "| 數量大於 0 | warning | 未通過 | 8,869 | 0 |" in page
    assert "| purchase | 6 |" in page
