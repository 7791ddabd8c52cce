"""The sender of a checkout: it reads what is applied once, and ends when it is told to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine import clock, planning
from journey_engine.line.seat import call_senders, has_sender
from journey_engine.planning import NothingApplied
from journey_engine.running.sender import Reader, as_given
from journey_engine.settings import Settings
from tests.conftest import ROOT
from tests.line.shop import NOON, Shop, project_of
from tests.line.test_crashes import await_


def applied(engine: Engine, **given: object) -> None:
    with engine.begin() as connection:
        planning.apply(connection, planning.plan(connection, project_of(**given), NOON), by="test")


def test_what_is_applied_is_read_once_for_each_application(database: Engine, tmp_path: Path) -> None:
    reader = Reader(Settings(tmp_path), as_given)
    with database.begin() as connection, pytest.raises(NothingApplied):
        reader.look(connection)
    applied(database)
    with database.begin() as connection:
        clock.set_offset(connection, timedelta(days=3))
        first, second = reader.look(connection), reader.look(connection)
        assert abs(first.standing.now - clock.now(connection)) < timedelta(minutes=1)
    assert first.standing.project is second.standing.project
    assert (first.channel.name, first.channel.host) == ("sandbox", "http://127.0.0.1:4270")

    applied(database, policy={"quota": 5})

    with database.connect() as connection:
        assert reader.look(connection).standing.project.policy.quota.limit == 5


def test_the_process_sends_what_is_due_and_ends_when_it_is_told_to(shop: Shop, tmp_path: Path) -> None:
    applied(shop.engine, policy={"gate": {"intents": "audience", "above": 1}})
    suite = {"name": "audience", "expectations": []}
    (tmp_path / "expectations").mkdir()
    (tmp_path / "expectations" / "audience.json").write_text(json.dumps(suite))
    (tmp_path / ".journeys").mkdir()
    (tmp_path / ".journeys" / "sandbox.url").write_text(shop.sandbox.url)
    with shop.engine.begin() as connection:
        clock.set_to(connection, NOON)
    url = shop.engine.url.render_as_string(hide_password=False)
    environment = {**os.environ, "DATABASE_URL": url, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-m", "tasks.resident"], cwd=tmp_path, env=environment)

    def sits() -> bool:
        with shop.engine.connect() as connection:
            return has_sender(connection, "sandbox")

    await_(sits)
    shop.crowd(2, "hello")
    with shop.engine.begin() as connection:
        call_senders(connection, "sandbox")
    await_(lambda: set(shop.told().values()) == {"accepted"})
    # Two are many here: without anybody else to judge them, the sender had them judged before they went.
    assert shop.run("select message, recipients, status from waves") == [("hello", 2, "passed")]
    process.send_signal(signal.SIGTERM)

    assert process.wait(20) == 0
    assert not sits()
