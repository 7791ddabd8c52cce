"""Schemas for editors: they take every file there is, refuse what `check` refuses for its form, and are up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from ruamel.yaml import YAML

from journey_engine import cli
from journey_engine.editors.schemas import KINDS, TRIGGER_HELP, VERB_HELP, schema
from journey_engine.editors.writing import place, stale
from journey_engine.language.gather import SINGLES
from journey_engine.language.journey import VERBS
from journey_engine.language.read import load_project
from journey_engine.language.triggers import TRIGGERS
from tests.conftest import ROOT
from tests.saying.conftest import journey, titles
from tests.saying.test_journeys import ENTERING, STEPS

PROJECT = load_project(ROOT)
FOLDERS = {"message": "messages", "segment": "segments", "feed": "feeds", "coupon": "coupons", "scenario": "scenarios"}


TEMPLATES = ROOT / "journeys" / "templates"


def files(folder: Path = ROOT / "journeys") -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.glob("*.yaml")):
        yield (path.stem if path.stem in SINGLES else "journey"), path
    for kind, below in FOLDERS.items():
        for path in sorted((folder / below).glob("*.yaml")):
            yield kind, path


@cache
def templates() -> Any:
    return load_project(TEMPLATES)


def complaints(kind: str, text: str, project: Any = PROJECT) -> list[str]:
    """What an editor would underline."""
    validator = Draft7Validator(schema(kind, project))
    documents = [json.loads(json.dumps(each, default=str)) for each in YAML(typ="safe").load_all(text)]
    return [error.message for each in documents for error in validator.iter_errors(each)]


@pytest.mark.parametrize(("kind", "path"), [pytest.param(*each, id=each[1].name) for each in files()])
def test_every_file_of_the_repository_is_taken(kind: str, path: Path) -> None:
    assert complaints(kind, path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(("kind", "path"), [pytest.param(*each, id=each[1].name) for each in files(TEMPLATES)])
def test_every_template_is_taken_by_the_schema_of_their_own_names(kind: str, path: Path) -> None:
    assert complaints(kind, path.read_text(encoding="utf-8"), templates()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_schemas_are_schemas(kind: str) -> None:
    Draft7Validator.check_schema(schema(kind, PROJECT))


def test_the_schemas_in_the_repository_are_those_of_its_names() -> None:
    assert stale(ROOT, PROJECT) == [], "run `journeys schema` and commit what it writes"


def test_every_journey_names_its_schema_in_its_first_line() -> None:
    heads = {path.name: path.read_text(encoding="utf-8").splitlines()[0] for kind, path in files() if kind == "journey"}

    assert set(heads.values()) == {f"# yaml-language-server: $schema=./{place('journey')}"}


def test_vs_code_is_told_of_the_others() -> None:
    told = json.loads((ROOT / ".vscode" / "settings.json").read_text(encoding="utf-8"))["yaml.schemas"]

    assert sorted(told) == sorted(f"./journeys/{place(kind)}" for kind in KINDS if kind != "journey")


def test_every_verb_and_every_trigger_is_explained() -> None:
    assert list(VERB_HELP) == list(VERBS)
    assert tuple(TRIGGER_HELP) == TRIGGERS


OTHER = journey({"on": "follow", "again": "never"}, {"end": {"stop": "好了"}, "mark": {"tag": "vip"}}, name="other")
BRAND = titles(OTHER, journey({"on": "follow", "again": "never"}, {"end": {"stop": "好了"}})).project


@pytest.mark.parametrize("enter", [enter for enter, _, _ in ENTERING], ids=lambda enter: next(iter(enter)))
def test_every_form_of_enter_is_taken(enter: dict[str, Any]) -> None:
    file = {"journey": "welcome", "title": "迎新", "status": "live", "enter": enter, "steps": {"end": {"stop": "好了"}}}

    assert complaints("journey", json.dumps(file), BRAND) == []


@pytest.mark.parametrize("step", [step for step, _, _ in STEPS], ids=lambda step: str(next(iter(step.items()))))
def test_every_form_of_a_step_is_taken(step: dict[str, Any]) -> None:
    enter = {"on": "follow", "again": "never"}
    file = {"journey": "welcome", "title": "迎新", "status": "live", "enter": enter, "steps": {"one": step}}

    assert complaints("journey", json.dumps(file), BRAND) == []


SOUND = """
journey: welcome
title: 歡迎
status: live
enter: {on: follow, again: never}
goal: {if: purchase, within: 14 days, then: stay}
holdout: 10%
steps:
  greet: {send: welcome_hello}
  look:
    wait:
      first_of:
        - until: click of welcome_hello
          do: {mark: {tag: keen}}
      at_most: 2 days
  rest: {wait: 1 day, until: "10:00"}
  which:
    branch:
      - if: tag keen
        do: {again_: {send: welcome_hello}}
      - otherwise:
  draw: {split: {a: {share: 50%}, b: {share: 50%}}}
  out: {go_to: engage}
"""
SPOILT = [
    ("a word nobody knows", "holdout: 10%", "holduot: 10%"),
    ("a missing word", "status: live\n", ""),
    ("a status there is not", "status: live", "status: alive"),
    ("two triggers", "{on: follow, again", "{on: follow, joins: lapsed_14d, again"),
    ("no trigger", "{on: follow, again: never}", "{again: never}"),
    ("an event there is not", "on: follow", "on: folow"),
    ("no rule of re-entry", ", again: never", ""),
    ("a rule of re-entry that is none", "again: never", "again: sometimes"),
    ("a length without unit", "within: 14 days", "within: 14"),
    ("a length of another language", "within: 14 days", "within: 14 天"),
    ("a share without percent", "holdout: 10%", "holdout: 0.1"),
    ("a message there is not", "greet: {send: welcome_hello}", "greet: {send: welcome_helo}"),
    ("no verb", "rest: {wait: 1 day, ", "rest: {"),
    ("two verbs", "rest: {wait: 1 day", "rest: {stop: no, wait: 1 day"),
    ("a verb there is not", "out: {go_to: engage}", "out: {goto: engage}"),
    ("a journey there is not", "go_to: engage", "go_to: nowhere"),
    ("a time that is none", '"10:00"', '"25:00"'),
    ("a word of another verb", "until: \"10:00\"", "share: 10%"),
    ("an event that ends no wait", "until: click of", "until: clic of"),
    ("a branch with one arm", "      - otherwise:\n", ""),
    ("an arm with both", "      - if: tag keen\n", "      - if: tag keen\n        otherwise:\n"),
    ("one arm of a split", ", b: {share: 50%}", ""),
    ("a name with capitals", "  greet:", "  Greet:"),
    ("steps as a list", "steps:\n  greet: {send: welcome_hello}", "steps:\n  greet: [send, welcome_hello]"),
    ("a tag that is none", "tag: keen}", "tag: keen for ever}"),
]  # fmt: skip


def test_the_sound_journey_is_taken() -> None:
    assert complaints("journey", SOUND) == []


@pytest.mark.parametrize(("what", "old", "new"), SPOILT, ids=[what for what, _, _ in SPOILT])
def test_what_check_refuses_for_its_form_is_underlined(what: str, old: str, new: str) -> None:
    assert SOUND.count(old) == 1

    assert complaints("journey", SOUND.replace(old, new)) != []


def test_names_are_completed() -> None:
    definitions = schema("journey", PROJECT)["definitions"]

    assert "welcome_hello" in definitions["Send"]["properties"]["send"]["enum"]
    assert definitions["GoTo"]["properties"]["go_to"]["enum"] == sorted(PROJECT.journeys)
    assert "in segment high_value" in definitions["Leave"]["properties"]["if"]["examples"]
    assert "click of welcome_hello" in definitions["Until"]["properties"]["until"]["examples"]


def test_the_command_says_what_is_out_of_date_and_writes_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    shutil.copytree(ROOT / "journeys", tmp_path / "journeys")
    shutil.copytree(ROOT / "expectations", tmp_path / "expectations")
    segment = tmp_path / "journeys" / "segments" / "regulars.yaml"
    segment.write_text("segment: regulars\ntitle: 常客\nis: purchase\n", encoding="utf-8")

    assert cli.run(["schema", "--check", "--project", str(tmp_path)]) == 1
    assert "journeys/journey.schema.json  out of date" in capsys.readouterr().out
    assert cli.run(["schema", "--project", str(tmp_path)]) == 0
    assert cli.run(["schema", "--check", "--project", str(tmp_path)]) == 0
    assert capsys.readouterr().out.endswith("All schemas are up to date.\n")


def test_a_folder_of_journeys_gets_its_schemas_beside_them(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    folder = tmp_path / "own"
    shutil.copytree(TEMPLATES, folder)

    assert cli.run(["schema", "--project", str(folder)]) == 0
    assert capsys.readouterr().out.splitlines()[0] == "journey.schema.json"
    assert stale(folder, load_project(folder)) == []
