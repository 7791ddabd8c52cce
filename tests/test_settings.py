"""Settings: one project folder under one environment, and no secret in what is printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_engine import settings


def test_an_empty_environment_means_the_embedded_server_and_no_channel(tmp_path: Path) -> None:
    seen = settings.load(tmp_path, {})

    assert seen == settings.Settings(project=tmp_path.resolve())
    assert seen.database_url is None
    assert seen.state == tmp_path.resolve() / ".journeys"
    assert seen.line == settings.LineCredentials("", "", "")


def test_a_folder_of_journeys_inside_a_project_keeps_its_state_out_of_the_marketers_files(tmp_path: Path) -> None:
    templates = tmp_path / "journeys" / "templates"
    templates.mkdir(parents=True)
    for folder in (templates.parent, templates):
        (folder / "policy.yaml").touch()

    assert settings.load(templates, {}).state == tmp_path.resolve() / ".journeys" / "templates"
    assert settings.load(tmp_path, {}).state == tmp_path.resolve() / ".journeys"


def test_the_working_directory_is_the_project_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert settings.load(environ={}).project == tmp_path.resolve()


def test_a_variable_set_to_nothing_counts_as_not_set(tmp_path: Path) -> None:
    assert settings.load(tmp_path, {"DATABASE_URL": ""}).database_url is None


def test_no_secret_is_printed(tmp_path: Path) -> None:
    seen = settings.load(
        tmp_path,
        {
            "DATABASE_URL": "postgresql://app:hidden1@db/app",
            "PREFECT_SERVER_DATABASE_CONNECTION_URL": "postgresql+asyncpg://app:hidden2@db/prefect",
            "LINE_CHANNEL_ID": "1234567890",
            "LINE_CHANNEL_SECRET": "hidden3",
            "LINE_CHANNEL_ACCESS_TOKEN": "hidden4",
        },
    )

    assert seen.line == settings.LineCredentials("1234567890", "hidden3", "hidden4")
    assert "1234567890" in repr(seen)
    assert "hidden" not in repr(seen)


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(settings.NotAProject, match="There is no such folder"):
        settings.load(tmp_path / "gone", {})
