"""A database that came from a backup does not know what it has sent: nothing goes until a person says what may."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from journey_engine.commands.release import release
from journey_engine.commands.restored import restored
from journey_engine.errors import UsageError
from journey_engine.line import restoring
from journey_engine.settings import Settings
from tests.line.shop import NOON, Shop

HOUR = timedelta(hours=1)


def test_a_restored_database_sends_nothing_until_a_person_says_what_may_go(shop: Shop) -> None:
    shop.due(shop.member(1))
    assert shop.send().accepted == 1
    shop.run("update channels set home = '1:1:1'")
    early = shop.due(shop.member(2), at=NOON - 2 * HOUR)
    late = shop.due(shop.member(3), at=NOON + HOUR / 2)

    report = shop.send(NOON + HOUR)
    assert (report.accepted, report.paused) == (0, restoring.RESTORED)
    with shop.engine.begin() as connection:
        assert restoring.release(connection, "sandbox", NOON, NOON + HOUR, "小美", NOON + HOUR)
    shop.send(NOON + HOUR)
    assert (shop.told()[early], shop.told()[late]) == ("skipped: restored", "accepted")

    replayed = shop.due(shop.member(4), at=NOON - HOUR, expires=9 * HOUR)
    new = shop.due(shop.member(5), at=NOON + 2 * HOUR)
    shop.send(NOON + 2 * HOUR)
    assert (shop.told()[replayed], shop.told()[new]) == ("skipped: restored", "accepted")


def test_what_was_owed_an_answer_counts_as_perhaps_accepted_after_a_restore(shop: Shop) -> None:
    shop.due(shop.member(1))
    shop.send()
    shop.run("update requests set status = 'ready', attempted_at = null, next_attempt_at = clock_timestamp()")
    shop.run("update intents set status = 'frozen'")
    with shop.engine.begin() as connection:
        restoring.restored(connection, "sandbox", NOON)

    assert shop.send(NOON + HOUR).unknown == 1


def test_a_restore_is_let_go_by_its_own_command_only(
    shop: Shop, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    intent = shop.due(shop.member(1))
    assert restored("sandbox", settings=settings) == 3
    assert "sandbox stands still until it is released." in capsys.readouterr().out
    with pytest.raises(UsageError, match="journeys restored sandbox --release --from TIME"):
        release("sandbox", scope="channel", by="小美", reason="x", settings=settings)
    with pytest.raises(UsageError, match="Say from which due time on it may go"):
        restored("sandbox", release=True, settings=settings)
    shop.send()
    assert shop.told() == {intent: "pending"}

    start = datetime.fromisoformat("2026-03-02T11:00")
    assert restored("sandbox", release=True, from_=start, by="小美", settings=settings) == 0
    assert capsys.readouterr().out == "sandbox goes on.\n"
    shop.send()
    assert shop.told() == {intent: "accepted"}
    assert restored("sandbox", release=True, from_=start, by="小美", settings=settings) == 0
    assert capsys.readouterr().out == "sandbox is not held for a restore.\n"
