"""LINE's own published flex messages pass our check; what it does not take in one of them is listed here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from journey_engine.language.checks.flexes import flex_problems

FOLDER = Path(__file__).resolve().parents[3] / "shared" / "line-samples" / "sdk-java" / "flex"
PUBLISHED = sorted(FOLDER.glob("*.json"))
# A text of the sample that nobody can see: the sandbox lets it pass, a marketer is told.
REFUSED = {"Social": ["This text is empty; LINE refuses it."]}


@pytest.mark.skipif(not PUBLISHED, reason="LINE's published samples are not here (../shared)")
@pytest.mark.parametrize("path", PUBLISHED, ids=lambda path: path.stem)
def test_a_published_flex_message_is_fine_but_for_these(path: Path) -> None:
    told = [what.en for _, (what, _) in flex_problems(json.loads(path.read_text(encoding="utf-8")))]

    assert told == REFUSED.get(path.stem, [])
