"""A person stops a journey, a message, a channel or all of it, and lets it go on: nothing is lost meanwhile."""

from __future__ import annotations

from datetime import timedelta

import pytest

from journey_engine.commands.pause import pause
from journey_engine.commands.release import release
from journey_engine.errors import UsageError
from journey_engine.settings import Settings
from tests.line.shop import NOON, Shop

LATER = NOON + timedelta(minutes=10)


@pytest.mark.parametrize(
    ("name", "scope", "waiting"),
    [("welcome", "journey", 3), ("sale", "message", 2), ("sandbox", "channel", 3), ("all", "channel", 3)],
)
def test_what_is_paused_waits_and_goes_on_when_it_is_released(
    shop: Shop, settings: Settings, capsys: pytest.CaptureFixture[str], name: str, scope: str, waiting: int
) -> None:
    first, second = shop.members(2)
    short, long = shop.due(first, "sale", expires=timedelta(minutes=5)), shop.due(second, "sale")
    other = shop.due(second, "receipt")

    assert pause(name, by="小美", because="錯字", settings=settings) == 3
    held = "sandbox" if name == "all" else name
    assert f"{scope} {held} stands still now; {waiting} messages wait." in capsys.readouterr().out
    assert pause(name, by="阿明", because="錯字", settings=settings) == 3
    assert "was paused already" in capsys.readouterr().out
    shop.send()
    assert shop.told()[other] == ("accepted" if scope == "message" else "pending")
    shop.send(LATER)
    assert (shop.told()[short], shop.told()[long]) == ("skipped: expired", "pending")

    assert release(held, scope=scope, by="小美", reason="改好了", settings=settings) == 0
    shop.send(LATER)
    assert shop.told() == {short: "skipped: expired", long: "accepted", other: "accepted"}
    assert shop.run("select reason, released_by from holds") == [("Paused by 小美: 錯字", "小美")]


def test_a_pause_needs_a_person_a_reason_and_a_name_that_is_known(shop: Shop, settings: Settings) -> None:
    with pytest.raises(UsageError, match="needs a name and a reason"):
        pause("sale", settings=settings)
    with pytest.raises(UsageError, match=r"No journey, message or channel is called sail\. Did you mean “sale”"):
        pause("sail", by="小美", because="x", settings=settings)
    assert shop.run("select count(*) from holds") == [(0,)]
