"""A caller killed between posting and recording, and callers that race."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from tests import beside
from tests.calling.caller import calling
from tests.calling.desk import Desk, Reply
from tests.calling.office import BRISK, Office


def await_asked(desk: Desk, count: int) -> None:
    deadline = time.monotonic() + 20
    while len(desk.asked) < count:
        assert time.monotonic() < deadline, "nobody called"
        time.sleep(0.01)


def test_a_killed_callers_call_is_made_once_more_with_the_same_key(office: Office, desk: Desk) -> None:
    desk.reply = lambda _: Reply(after=30)
    office.visits("mei")
    url = office.engine.url.render_as_string(hide_password=False)
    caller = beside.start(calling, url, desk.url)
    await_asked(desk, 1)
    caller.kill()
    caller.join()

    desk.answers({"grade": "A"})
    assert office.call(2).answered == 0, "its lease still runs"
    assert len(desk.asked) == 1
    office.run("update calls set lease_until = clock_timestamp() - interval '1 second'")
    assert office.call(3).answered == 1
    assert office.call(4).answered == 0

    assert [len(desk.asked), len({(asked.key, asked.body) for asked in desk.asked})] == [2, 1]
    assert office.told() == [("answered", None, 2)]
    assert len(office.stage.told("answered")) == 1


def test_callers_at_once_divide_the_work(office: Office, desk: Desk) -> None:
    office.visits(*(f"m{number}" for number in range(60)))

    with ThreadPoolExecutor(2) as callers:
        reports = list(callers.map(lambda _: office.call(pace=replace(BRISK, batch=8)), range(2)))

    assert sum(report.answered for report in reports) == 60
    assert set(Counter(asked.key for asked in desk.asked).values()) == {1}


def test_a_caller_that_outlives_its_lease_is_overtaken_and_one_answer_counts(office: Office, desk: Desk) -> None:
    desk.reply = lambda _: Reply(after=0.5)
    office.visits("mei")
    hasty = replace(BRISK, lease=0.1)

    with ThreadPoolExecutor(2) as callers:
        first = callers.submit(office.call, 1, hasty)
        await_asked(desk, 1)
        time.sleep(0.15)
        second = callers.submit(office.call, 1, hasty)
        assert first.result().answered + second.result().answered == 1

    assert len({asked.key for asked in desk.asked}) == 1
    assert len(office.stage.told("answered")) == 1
