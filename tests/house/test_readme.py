"""README says what is so: its journey reads, its table lists every command, its tree the folders there are."""

from __future__ import annotations

import re

from journey_engine import cli
from tests.conftest import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_table_lists_every_command() -> None:
    listed = re.findall(r"^\| `journeys ([a-z-]+)` \|", README, re.MULTILINE)
    assert sorted(listed) == sorted(verb for verb, _, _ in cli.verbs())


def test_the_tree_names_the_engines_rooms() -> None:
    listed = set(re.findall(r"^      ([a-z]+)/ ", README, re.MULTILINE))
    rooms = {path.parent.name for path in (ROOT / "journey_engine").glob("*/__init__.py")}
    assert listed == rooms - {"commands"}


def test_the_journey_shown_is_part_of_the_one_in_the_folder() -> None:
    shown = re.search(r"```yaml\n(.*?)```", README, re.DOTALL)
    assert shown is not None
    whole = (ROOT / "journeys" / "welcome.yaml").read_text(encoding="utf-8")
    missing = [line for line in shown[1].splitlines() if line.split("#")[0].strip() not in whole]
    assert missing == []
