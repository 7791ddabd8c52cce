from __future__ import annotations

from datetime import datetime, time
from zoneinfo import ZoneInfo

import pytest

from journey_engine.language.days import Hours
from journey_engine.line.quiet import quiet_until, zone_or

NIGHT = Hours(start=time(21), end=time(9))
LATE, EARLY = Hours(start=time(22), end=time(2, 30)), Hours(start=time(22), end=time(1, 30))


@pytest.mark.parametrize(
    ("now", "zone", "hours", "until"),
    [
        ("2026-03-02T20:59:59+08:00", "Asia/Taipei", NIGHT, None),
        ("2026-03-02T21:00:00+08:00", "Asia/Taipei", NIGHT, "2026-03-03T09:00:00+08:00"),
        ("2026-03-03T03:00:00+08:00", "Asia/Taipei", NIGHT, "2026-03-03T09:00:00+08:00"),
        ("2026-03-03T09:00:00+08:00", "Asia/Taipei", NIGHT, None),
        ("2026-03-02T13:30:00+08:00", "Asia/Taipei", Hours(start=time(12), end=time(14)), "2026-03-02T14:00:00+08:00"),
        ("2026-03-02T14:00:00+08:00", "Asia/Taipei", Hours(start=time(12), end=time(14)), None),
        # The clock of New York goes from 02:00 to 03:00 that night: 02:30 is moved forward by the gap.
        ("2026-03-08T01:00:00-05:00", "America/New_York", LATE, "2026-03-08T03:30:00-04:00"),
        # 01:30 comes twice that night: the first one counts, and in the second 01:15 it is the second.
        ("2026-11-01T00:30:00-04:00", "America/New_York", EARLY, "2026-11-01T01:30:00-04:00"),
        ("2026-11-01T01:15:00-05:00", "America/New_York", EARLY, "2026-11-01T01:30:00-05:00"),
    ],
)  # fmt: skip
def test_quiet_hours_end_by_the_members_clock(now: str, zone: str, hours: Hours, until: str | None) -> None:
    ends = quiet_until(datetime.fromisoformat(now), ZoneInfo(zone), hours)

    assert ends == (None if until is None else datetime.fromisoformat(until))


@pytest.mark.parametrize("name", [None, "", "Mars/Base", "../etc/passwd", "Asia"])
def test_what_is_no_zone_is_the_business_zone(name: str | None) -> None:
    assert zone_or(name, "Asia/Taipei").key == "Asia/Taipei"
