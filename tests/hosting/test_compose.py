"""The container files say what is so: their commands, files and variables exist; Docker itself is not asked."""

from __future__ import annotations

import importlib.util
import re
from typing import Any

import pytest
from ruamel.yaml import YAML

from journey_engine import cli, settings
from tests.conftest import ROOT

FOLDER = ROOT / "hosting"
COMPOSE: dict[str, Any] = YAML(typ="safe").load(FOLDER / "compose.yaml")
OURS = {name: service for name, service in COMPOSE["services"].items() if service.get("image") == "line-journeys"}
DOCKERFILE = (FOLDER / "Dockerfile").read_text(encoding="utf-8")


def test_every_part_of_the_product_is_a_container() -> None:
    assert set(COMPOSE["services"]) == {
        "postgres", "prefect", "deploy", "worker", "receiver", "sender", "caddy",
    }  # fmt: skip


@pytest.mark.parametrize("name", sorted(OURS))
def test_a_container_runs_a_command_that_there_is(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    program, *words = OURS[name]["command"]
    match program:
        case "journeys":
            verb, *rest = words
            assert verb in {known for known, _, _ in cli.verbs()}
            cli.run([verb, "--help"])
            told = capsys.readouterr().out
            assert [word for word in rest if word.startswith("--") and word not in told] == []
        case "python":
            assert words[0] == "-m"
            assert importlib.util.find_spec(words[1]) is not None
        case _:
            assert [program, *words[:2]] == ["prefect", "worker", "start"]


def test_only_the_parts_that_talk_to_line_know_its_secrets() -> None:
    knowing = {name for name, service in OURS.items() if "LINE_CHANNEL_SECRET" in service["environment"]}
    assert knowing == {"deploy", "worker", "receiver", "sender"}


def test_the_variables_of_the_containers_are_those_the_settings_read() -> None:
    given = {key: f"postgresql://{key}" for key in OURS["worker"]["environment"]}
    read = settings.load(ROOT, given)
    assert {
        "DATABASE_URL": read.database_url,
        "PREFECT_API_URL": read.prefect_url,
        "LINE_CHANNEL_ID": read.line.channel_id,
        "LINE_CHANNEL_SECRET": read.line.channel_secret,
        "LINE_CHANNEL_ACCESS_TOKEN": read.line.channel_access_token,
    } == given


def test_every_variable_asked_for_stands_in_the_example() -> None:
    text = (FOLDER / "compose.yaml").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{([A-Z_]+)", text))
    offered = set(re.findall(r"^([A-Z_]+)=", (FOLDER / "example.env").read_text(encoding="utf-8"), re.MULTILINE))
    assert asked <= offered


def test_whoever_waits_for_a_health_waits_for_one_that_is_told() -> None:
    services = COMPOSE["services"]
    waited = {
        other
        for service in services.values()
        for other, how in service.get("depends_on", {}).items()
        if how["condition"] == "service_healthy"
    }
    assert {name for name in waited if "healthcheck" not in services[name]} == set()


def test_what_is_copied_and_mounted_exists() -> None:
    copied = [word for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for word in line.split()]
    mounted = [
        volume.split(":")[0]
        for service in COMPOSE["services"].values()
        for volume in service.get("volumes", ())
        if volume.startswith(".")
    ]
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert [name for name in mounted if not (FOLDER / name).exists()] == []


def test_the_image_holds_no_secret_and_no_state() -> None:
    left_out = (FOLDER / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert {".git", ".venv", ".journeys", ".prefect", "**/.env"} <= set(left_out)


def test_what_runs_does_not_run_as_root() -> None:
    assert re.findall(r"^USER (.+)$", DOCKERFILE, re.MULTILINE) == ["journeys"]
