"""A brand's own repository: it passes check, its scenarios come as expected, and plan works on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine import cli
from journey_engine.language.check import check


@pytest.fixture
def brand(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "brand"
    assert cli.run(["init", str(folder)]) == 0
    capsys.readouterr()
    return folder


def test_it_has_the_four_journeys_for_taipei_and_no_findings(brand: Path) -> None:
    checked = check(brand)

    assert [str(finding) for finding in checked.findings] == []
    project = checked.project
    assert project is not None
    assert (sorted(project.journeys), project.policy.zone) == (["engage", "retain", "upsell", "welcome"], "Asia/Taipei")
    assert {name: feed.from_.file for name, feed in project.feeds.items()} == {
        "baskets": "data/baskets/*.csv",
        "members": "data/members/*.csv",
    }
    assert sorted(path.name for path in brand.iterdir()) == [
        ".gitignore", "Makefile", "README.md", "expectations", "journeys", "pyproject.toml",
    ]  # fmt: skip


def test_its_commands_work_from_anywhere(
    brand: Path, database: Engine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.url.render_as_string(hide_password=False))
    at = ["--project", str(brand)]

    assert cli.run(["check", *at]) == 0
    assert cli.run(["try", "welcome", *at]) == 0
    assert cli.run(["plan", *at]) == 0
    assert cli.run(["apply", *at]) == 0

    out = capsys.readouterr().out
    assert "演了 5 個情境" in out
    assert not (brand / ".journeys").exists()


def test_a_journey_of_the_field_can_be_begun_in_it(brand: Path) -> None:
    assert cli.run(["new", "cart", "--from", "abandoned_cart", "--project", str(brand)]) == 0
    assert [str(finding) for finding in check(brand).findings] == []


def test_nothing_is_overwritten(brand: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (brand / "journeys" / "welcome.yaml").write_text("# ours\n", encoding="utf-8")

    assert cli.run(["init", str(brand)]) == 2

    assert capsys.readouterr().err.startswith(f"{brand}  There is already journeys/")
    assert (brand / "journeys" / "welcome.yaml").read_text(encoding="utf-8") == "# ours\n"
