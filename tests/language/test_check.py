"""check on whole projects: nothing wrong in a sound one, and in a spoilt one every mistake with place and cure."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from journey_engine import cli
from journey_engine.language.check import Checked, Unreadable, check
from journey_engine.language.project import Project
from journey_engine.language.read import load_project, read_project
from tests.conftest import ROOT
from tests.language.conftest import Told

EVERY_MISTAKE = Path(__file__).parent / "data" / "every_mistake"
Spoil = Callable[[str, str, str], Told]


@pytest.fixture(scope="module")
def every_mistake() -> Checked:
    return check(EVERY_MISTAKE)


def told(root: Path) -> list[str]:
    return [f"{finding.severity} {finding}" for finding in check(root).findings]


def in_english(root: Path, folder: Path) -> Path:
    shutil.copytree(root, folder, dirs_exist_ok=True)
    policy = folder / "journeys" / "policy.yaml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("zh-TW", "en"), encoding="utf-8")
    return folder


def test_a_sound_project_has_no_findings(project: Path) -> None:
    assert told(project) == []


def test_the_project_of_this_repository_has_no_findings() -> None:
    assert told(ROOT) == []


def test_all_mistakes_of_all_files_are_found_in_one_run(every_mistake: Checked) -> None:
    expected = (EVERY_MISTAKE / "findings.zh-TW.txt").read_text(encoding="utf-8").splitlines()

    assert [f"{finding.severity} {finding}" for finding in every_mistake.findings] == expected


def test_the_same_mistakes_are_told_in_english_where_the_policy_says_so(tmp_path: Path) -> None:
    expected = (EVERY_MISTAKE / "findings.en.txt").read_text(encoding="utf-8").splitlines()

    assert told(in_english(EVERY_MISTAKE, tmp_path)) == expected


def test_findings_speak_to_marketers_and_in_their_language(every_mistake: Checked) -> None:
    library_words = re.compile(r"pydantic|Input should|Value error|lark|ruamel|Token|dict|tuple|Traceback|None")
    for finding in every_mistake.findings:
        assert not library_words.search(finding.text + finding.cure), finding
        assert re.search(r"[一-鿿]", finding.text), finding


def test_findings_are_sorted_by_file_line_and_column(every_mistake: Checked) -> None:
    places = [(f.file, f.line, f.column) for f in every_mistake.findings]

    assert places == sorted(places)


def test_load_project_raises_one_error_with_all_findings(every_mistake: Checked) -> None:
    with pytest.raises(Unreadable) as caught:
        load_project(EVERY_MISTAKE)
    assert caught.value.findings == every_mistake.findings
    assert "journeys/mistakes.yaml:8:14  這裡看不懂「whre」。是否要寫「where」？" in str(caught.value)
    assert "at_once" not in str(caught.value)  # a warning


def test_a_warning_does_not_keep_a_project_from_being_read(project: Path, spoilt: Spoil) -> None:
    assert spoilt("welcome.yaml", "      at_most: 2 days", "      at_most: 2 days\n    at_once: yes") == [
        ("welcome.yaml:17:5", "at_once 不等資料到齊就決定：晚一步匯入的事件（例如昨天的購買）會被當成沒發生。",
         "除非一定要立刻反應，否則請刪掉。"),
    ]  # fmt: skip
    read, findings = read_project(project)
    assert isinstance(read, Project)
    assert [finding.severity for finding in findings] == ["warning"]


@pytest.mark.parametrize("root", [ROOT, None], ids=["this repository", "a small one"])
def test_a_project_comes_back_equal_from_its_json(root: Path | None, project: Path) -> None:
    read = load_project(root or project)

    again = Project.model_validate_json(read.model_dump_json(by_alias=True))

    assert again == read
    assert [list(journey.steps) for journey in again.journeys.values()] == [
        list(journey.steps) for journey in read.journeys.values()
    ]


def test_a_folder_without_journeys_says_so(tmp_path: Path) -> None:
    assert told(tmp_path) == [
        "error journeys:1:1  找不到 journeys 資料夾。"
        "請在專案資料夾裡執行，或寫 --project 資料夾；新專案用 journeys init 資料夾。"
    ]


def test_the_three_files_that_must_be_there(tmp_path: Path) -> None:
    (tmp_path / "journeys").mkdir()
    (tmp_path / "journeys" / "hello.yml").write_text("")

    assert told(tmp_path) == [
        "error journeys/hello.yml:1:1  副檔名是 .yml，不會被讀取。請改成 .yaml。",
        "error journeys/policy.yaml:1:1  少了 journeys/policy.yaml。",
        "error journeys/schema.yaml:1:1  少了 journeys/schema.yaml。",
        "error journeys/stages.yaml:1:1  少了 journeys/stages.yaml。",
    ]


def test_a_file_that_is_no_yaml_leaves_the_others_checked_and_its_name_known(spoilt: Spoil) -> None:
    assert spoilt("messages/hello.yaml", "topic: service", "topic：service") == [
        ("messages/hello.yaml:3:6", "「topic」後面是全形冒號「：」。", "請改成半形冒號加一個空白：topic: …"),
    ]


def test_the_command_prints_findings_and_ends_with_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--project", str(EVERY_MISTAKE)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "journeys/coupons/blank.yaml:3:28  序號裡不能有空白。可以用 - 分開。"
    assert re.fullmatch(r"看過 \d+ 個檔案：\d+ 處要改，\d+ 處提醒。", lines[-1])


def test_the_command_ends_with_zero_where_all_is_well(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["check", "--project", str(project)]) == 0
    assert capsys.readouterr().out == "看過 7 個檔案，沒有發現問題。\n"


def test_the_command_prints_json_for_editors(project: Path, spoilt: Spoil, capsys: pytest.CaptureFixture[str]) -> None:
    spoilt("welcome.yaml", "send: hello}\n  look", "send: helo}\n  look")

    assert cli.run(["check", "--json", "--project", str(project)]) == 1
    assert json.loads(capsys.readouterr().out) == [
        {
            "file": "journeys/welcome.yaml",
            "line": 10,
            "column": 17,
            "text": "訊息「helo」不存在。",
            "cure": "相近的有：hello。",
            "severity": "error",
        }
    ]
