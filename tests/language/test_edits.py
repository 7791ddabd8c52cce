"""What check says of `moved` and `reschedule`."""

from __future__ import annotations

from pathlib import Path

import pytest

from journey_engine.language.check import check
from tests.language.conftest import SOUND


def told(project: Path, words: str, english: bool = False) -> list[tuple[str, str]]:
    """What check says when the journey also says this."""
    policy = SOUND["policy"].replace("zh-TW", "en") if english else SOUND["policy"]
    (project / "journeys" / "policy.yaml").write_text(policy.lstrip())
    journey = SOUND["welcome"].lstrip().replace("steps:\n", f"{words}\nsteps:\n  siesta: {{wait: 1 day}}\n")
    (project / "journeys" / "welcome.yaml").write_text(journey)
    return [(f.text, f.cure) for f in check(project).findings]


def test_steps_that_are_there_may_be_named(project: Path) -> None:
    assert told(project, "moved: {gone: siesta, siesta: siesta}\nreschedule: [siesta]") == []


@pytest.mark.parametrize("words", ["moved: {gone: siseta}", "reschedule: [siseta]"])
def test_a_step_that_is_not_there_is_told_with_what_is_near(project: Path, words: str) -> None:
    assert told(project, words) == [("步驟「siseta」不存在。", "相近的有：siesta。")]
    assert told(project, words, english=True) == [("step “siseta” does not exist.", "Near: siesta.")]


def test_only_waits_and_places_where_members_are_moved_have_a_time_to_reckon(project: Path) -> None:
    assert told(project, "reschedule: [greet]") == [
        ("這個步驟不是 wait，沒有可以重算的時間。", "請只寫改過的 wait，或 moved 的去處。")
    ]
    assert told(project, "moved: {gone: greet}\nreschedule: [greet]") == []
