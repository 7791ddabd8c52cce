"""LINE is asked whether it would take messages: the sandbox, whose validate endpoints answer as is documented."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_engine import cli
from journey_engine.language.read import load_project
from journey_engine.line.channel import Channel
from journey_engine.line.validating import refused_by_line
from journey_engine.sandbox.beside import Sandbox
from tests.conftest import ROOT
from tests.line.shop import project_of


@pytest.mark.parametrize("folder", [ROOT, ROOT / "journeys" / "templates"])
def test_line_takes_every_message_of_this_repository(folder: Path, sandbox: Sandbox) -> None:
    project = load_project(folder)

    assert refused_by_line(project, Channel("sandbox", sandbox.url, sandbox.token)) == {}
    assert sandbox.ledger() == []


def test_what_line_says_against_a_message_is_told_by_its_name(sandbox: Sandbox) -> None:
    odd = {"topic": "news", "say": [{"image": {"original": "http://example.com/a.jpg"}}]}
    project = project_of(messages={"odd": odd})

    told = refused_by_line(project, Channel("sandbox", sandbox.url, sandbox.token), ["sale", "odd"])

    assert list(told) == ["odd"]
    assert told["odd"].startswith("400 ")
    assert "messages[0].originalContentUrl" in told["odd"]


def test_a_token_that_line_does_not_know_is_told_for_each_message(sandbox: Sandbox) -> None:
    told = refused_by_line(project_of(), Channel("sandbox", sandbox.url, "wrong"), ["sale"])

    assert told["sale"].startswith("401 Authentication failed")


def test_check_asks_line_when_it_is_told_to(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("journey_engine.line.channel.sandbox_url", lambda settings: sandbox.url)  # this test's own

    assert cli.run(["check", "--live", "--project", str(ROOT)]) == 0
    assert capsys.readouterr().out.splitlines()[-1].endswith("沒有發現問題。")

    monkeypatch.setattr("journey_engine.line.channel.sandbox_url", lambda settings: "http://127.0.0.1:9")
    assert cli.run(["check", "--live", "--project", str(ROOT)]) == 1
    assert "journeys/messages/engage_bakery.yaml:1:1  LINE 不收這則訊息：" in capsys.readouterr().out
