from __future__ import annotations

import uuid
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine import cli
from tests.trying.conftest import FILES, write


@pytest.fixture(autouse=True)
def _server(empty_database: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' server is the project's: its temporary databases are made there."""
    monkeypatch.setenv("DATABASE_URL", empty_database.url.render_as_string(hide_password=False))


def without_seconds(line: str) -> str:
    before, _, rest = line.partition("（")
    return before + rest.partition("）")[2]


def test_what_comes_as_expected_is_one_line_each_and_exit_code_0(
    folder: Path, capsys: pytest.CaptureFixture[str], empty_database: Engine
) -> None:
    assert cli.run(["try", "once", "--project", str(folder)]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [lines[0], without_seconds(lines[1])] == ["✓ 一次性的活動在指定時間進入", "演了 1 個情境：都符合期待。"]
    with empty_database.connect() as connection:
        left = connection.exec_driver_sql("select count(*) from pg_tables where schemaname = 'public'").scalar_one()
    assert left == 0


def test_what_does_not_is_a_timeline_and_exit_code_1(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["try", "scenarios/welcome.yaml", "--project", str(folder)]) == 1

    lines = capsys.readouterr().out.splitlines()
    assert [line for line in lines if line[:1] in "✓✗"] == [
        "✗ 期待太多  (journeys/scenarios/welcome.yaml:1)",
        "✓ 住在紐約的人早上九點收到",
        "✓ 對照組什麼都不會收到",
        "✓ 同一刻買了又點，算離開",
        "✗ 封鎖過的人重新加入也不再歡迎  (journeys/scenarios/welcome.yaml:33)",
    ]
    assert without_seconds(lines[-1]) == "演了 5 個情境：2 個不符期待。"


def test_a_wrong_name_is_a_usage_error(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["try", "welcom", "--project", str(folder)]) == 2
    assert capsys.readouterr().err == "try  There is no scenario for “welcom”. There are some for welcome.\n"


def test_miswritten_scenarios_are_told_with_their_places_and_nothing_is_played(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt = FILES["scenarios/club"].replace("journey: once", "journey: never").replace("day 1 10:00", "day 0 11:00")
    write(tmp_path, club=spoilt)

    assert cli.run(["try", "--project", str(tmp_path)]) == 1

    said = capsys.readouterr()
    assert (said.out, [line.partition("  ")[0] for line in said.err.splitlines()]) == (
        "",
        ["journeys/scenarios/club.yaml:6:12", "journeys/scenarios/club.yaml:19:12"],
    )


def test_an_account_that_may_make_no_database_is_told_so(
    folder: Path, empty_database: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    role = f"modest_{uuid.uuid4().hex}"
    with empty_database.begin() as connection:
        connection.exec_driver_sql(f"create role {role} login password 'modest'")
    try:
        url = empty_database.url.set(username=role, password="modest")
        monkeypatch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))

        assert cli.run(["try", "--project", str(folder)]) == 1
        assert capsys.readouterr().err == (
            "DATABASE_URL  Stories are played in a temporary database, and the server refuses one: permission denied "
            "to create database. Grant the account CREATEDB, or unset DATABASE_URL to use the embedded server.\n"
        )
    finally:
        with empty_database.begin() as connection:
            connection.exec_driver_sql(f"drop role {role}")
