"""Naughty strings as titles, copy, names, conditions and whole files: kept as they are, or told; never a crash."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from journey_engine.language.check import check
from journey_engine.language.grammar import parse_condition
from journey_engine.language.places import Scalar, locate
from journey_engine.language.read import read_document
from journey_engine.language.words import Miswritten
from tests.conftest import ROOT

BLNS = ROOT.parent / "shared" / "data" / "bad_input" / "blns" / "blns.json"


@pytest.fixture(scope="module")
def naughty() -> list[str]:
    if not BLNS.is_file():
        pytest.skip("the list of naughty strings (../shared/data/bad_input/blns) is not here")
    return json.loads(BLNS.read_text(encoding="utf-8"))


def misread(text: str) -> Miswritten | None:
    try:
        parse_condition(text)
    except Miswritten as error:
        return error
    return None


def printable(text: str) -> bool:
    """What YAML lets a file contain at all."""
    return all(sign in "\t\n\r\x85" or 0x20 <= ord(sign) < 0x7F or ord(sign) > 0x9F for sign in text) and not any(
        0xD800 <= ord(sign) < 0xE000 or ord(sign) in (0xFFFE, 0xFFFF) for sign in text
    )


def test_quoted_naughty_strings_stay_what_they_are(naughty: list[str]) -> None:
    for text in naughty:
        written, problems = read_document(f"title: {json.dumps(text)}\n".encode(), "x.yaml")
        assert problems == [], text
        assert written is not None
        scalar = locate(written, ("title",))[1]
        assert isinstance(scalar, Scalar)
        assert scalar.text == text


def test_naughty_strings_as_values_of_conditions_stay_what_they_are(naughty: list[str]) -> None:
    for text in naughty:
        condition = parse_condition("name = '" + text.replace("'", "''") + "'")
        assert condition.test.value == text


def test_naughty_strings_as_conditions_are_told(naughty: list[str]) -> None:
    for text in naughty:
        told = misread(text)
        assert told is None or (told.what.en, told.what.zh) > ("", "")


def test_naughty_strings_as_files_and_plain_values_are_told(naughty: list[str]) -> None:
    for text in naughty:
        for content in (text, f"title: {text}\n", f"{text}: 1\n"):
            written, problems = read_document(content.encode(), "x.yaml")
            assert written is not None or problems, content
            for problem in problems:
                assert problem.place.line >= 1
                assert problem.place.column >= 1
                assert (problem.what.en, problem.what.zh) > ("", "")


def test_a_project_full_of_naughty_strings_is_read_or_told(naughty: list[str], project: Path) -> None:
    journey = project / "journeys" / "welcome.yaml"
    message = project / "journeys" / "messages" / "hello.yaml"
    sound = journey.read_text(encoding="utf-8"), message.read_text(encoding="utf-8")
    every = "".join(text.replace("{", "{{") for text in naughty if printable(text) and "\n" not in text)[:4900]
    some = json.dumps(every[:2400])
    journey.write_text(sound[0].replace("title: 歡迎", f"title: {some}\nowner: {some}"), encoding="utf-8")
    message.write_text(
        sound[1].replace("title: 歡迎", f"title: {some}").replace('"{name|朋友}，您好"', some), encoding="utf-8"
    )

    checked = check(project)

    assert checked.findings == ()
    assert checked.project is not None
    assert checked.project.journeys["welcome"].title == every[:2400]


def test_naughty_strings_in_every_field_never_crash_the_check(naughty: list[str], project: Path) -> None:
    journey = project / "journeys" / "welcome.yaml"
    sound = journey.read_text(encoding="utf-8")
    fields = ("welcome", "acquire", "live", "follow", "never", "14 days", "stay", "10%", "hello", "2 days", "tag keen")
    for first in range(0, len(naughty), len(fields)):
        spoilt = sound
        for field, text in zip(fields, naughty[first : first + len(fields)], strict=False):
            spoilt = spoilt.replace(f" {field}", f" {json.dumps(text)}", 1)
        journey.write_text(spoilt, encoding="utf-8")
        checked = check(project)
        assert checked.findings != ()
        assert all(finding.text and finding.line >= 1 and finding.column >= 1 for finding in checked.findings)
