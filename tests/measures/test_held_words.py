"""Why something is held, in the reader's language, whoever wrote it down."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from journey_engine.gate.holds import Hold
from journey_engine.measures.held_words import cure, reason

NOW = datetime(2026, 3, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("stored", "zh", "en"),
    [
        (
            "名單少了太多人：最多 50% (2 of 3 members are missing).",
            "名單少了太多人：最多 50% (3 人裡有 2 人不在名單上)。",
            "Too many are missing: at most 50% (2 of 3 members are missing).",
        ),
        (
            "資料過舊：應每日更新 (the newest event is of 2026-03-01 10:00 UTC); 金額為 0 (5 of 20 rows).",
            "資料過舊：應每日更新 (最新一筆是 2026-03-01 10:00 UTC)；金額為 0 (20 列裡 5 列)。",
            "Older than daily data may be (the newest event is of 2026-03-01 10:00 UTC); 金額為 0 (5 of 20 rows).",
        ),
        (
            "1,200 would get it at once: 人數不得超過三倍 (1200).",
            "一次要送給 1,200 人：人數不得超過三倍 (1200)。",
            "1,200 would get it at once: 人數不得超過三倍 (1200).",
        ),
        (
            "It had 100 members and now has 250, a change of 150% (watch: 50%).",
            "原本 100 人，現在 250 人，變了 150%（watch：50%）。",
            "It had 100 members and now has 250, a change of 150% (watch: 50%).",
        ),
        ("0.95", "0.95", "0.95"),
    ],
)
def test_what_was_written_is_said_in_both_languages(stored: str, zh: str, en: str) -> None:
    assert (reason(stored).zh, reason(stored).en) == (zh, en)


def test_what_to_do_names_the_command_that_releases_it() -> None:
    feed = cure(Hold(1, "feed", "orders", 1, "名單少了太多人.", "Ask the sender.", NOW))
    assert feed.zh.endswith('journeys release orders --by 姓名 --reason "原因"')
    assert feed.en == "Ask the sender."
    wave = cure(Hold(2, "message", "sale", None, "20 would get it at once: x.", "Look.", NOW))
    assert "journeys gate sale" in wave.zh
    assert "--scope message" in wave.zh
    assert cure(Hold(3, "channel", "live", None, "x", "Renew it.", NOW)).zh == "Renew it."
