"""Applying fills new coupon pools; the command counts them, and plan and status say which run low."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine, make_url

from journey_engine import cli
from tests.flows.world import FILES, write_files

POOL = """
coupon: gift
title: 見面禮
make: {count: 5, pattern: "G-????????"}
low: 4
"""


@pytest.fixture
def project(tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_files(tmp_path, {**FILES, "journeys/coupons/gift.yaml": POOL})
    monkeypatch.setenv("DATABASE_URL", make_url(database.url).render_as_string(hide_password=False))
    return tmp_path


def said(capsys: pytest.CaptureFixture[str], project: Path, *words: str) -> str:
    assert cli.run([*words, "--project", str(project)]) == 0
    return capsys.readouterr().out


def test_a_new_pool_is_filled_when_it_is_applied(project, capsys):
    assert said(capsys, project, "apply").endswith("gift: made: 5 read, 5 new, 0 already there, 0 refused\n")
    assert said(capsys, project, "coupons") == "gift（見面禮）：可發 5、已發 0、已用 0、過期 0\n"
    assert said(capsys, project, "coupons", "gift", "--fill") == "gift（見面禮）：可發 5、已發 0、已用 0、過期 0\n"


def test_a_pool_that_runs_low_is_told_by_plan_and_status(project, database, capsys):
    said(capsys, project, "apply")
    with database.begin() as connection:
        connection.exec_driver_sql("delete from coupon_codes where id > 3")
    warning = "折價券 gift 只剩 3 組序號。請加序號。"
    assert f"!  {warning}" in said(capsys, project, "plan").splitlines()
    assert f"{'LOW':<16}{warning}" in said(capsys, project, "status").splitlines()


def test_a_pool_nobody_declares_is_asked_back(project, capsys):
    said(capsys, project, "apply")
    assert cli.run(["coupons", "gist", "--project", str(project)]) == 2
    assert "gift" in capsys.readouterr().err
