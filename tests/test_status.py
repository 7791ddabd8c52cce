"""`journeys status` answers in seconds, however many have entered."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text

from journey_engine.commands import status
from journey_engine.measures import ratio
from tests.flows.world import FILES, go_live, write_files


def test_lots_too_many_to_count_in_time_are_left_out_and_said(
    database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_files(tmp_path, FILES)
    asked: list[str] = []

    def endless(conn: Connection, *_: object) -> tuple[()]:
        conn.execute(text("select pg_sleep(30)"))
        return ()

    monkeypatch.setattr(ratio, "ratios", endless)
    monkeypatch.setattr(status, "_PATIENCE", "0.05")
    with database.begin() as conn:
        go_live(conn, tmp_path)
        asked += [f"{label}: {said}" for label, said in status._low(conn)]
        after = conn.execute(text("show statement_timeout")).scalar_one()

    assert asked == ["LOTS: 分流比例沒有看完：人數太多，3 秒內數不完；journeys results 旅程 會數完。"]
    assert after == "0"
