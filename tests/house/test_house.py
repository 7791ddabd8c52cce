"""The house rules that no linter knows: lengths, names, opening sentences, and nothing of one machine in the files."""

from __future__ import annotations

import ast
import re
import subprocess
from pathlib import Path

import pytest

from tests.conftest import ROOT

FORBIDDEN_NAMES = {
    "utils",
    "util",
    "helpers",
    "helper",
    "core",
    "common",
    "manager",
    "service",
    "services",
    "misc",
    "base",
}
LONGEST_MODULE = 300
LONGEST_FUNCTION = 40
LONGEST_FLOW = 50
LONGEST_TASK = 80
# Package indexes, wheel stores, folders of one machine only: each in two parts, for this file is searched too.
_PARTS = (
    ("py", r"pi\.org"),
    ("python", r"hosted\.org"),
    ("registry", r"\.npmjs"),
    ("index", "-url"),
    ("find", "-links"),
    ("/sim", "ple/"),
    (r"\.wh", "l#"),
    ("resolved", ' "http'),
    (r"(?<![\w.$~/])/", r"(root|home/\w+|work|Users/\w+)/"),
)
NOT_FOR_FILES = re.compile("|".join(first + second for first, second in _PARTS))


def tracked() -> list[Path]:
    """Every file of the repository, and every new one that is not ignored."""
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [path for name in listed.split("\0") if name and (path := ROOT / name).is_file()]


def python_files(*folders: str) -> list[Path]:
    return [path for path in tracked() if path.suffix == ".py" and path.relative_to(ROOT).parts[0] in folders]


def lines(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


def shown(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_module_is_longer_than_a_room_should_be() -> None:
    limits = {"flows": LONGEST_FLOW, "tasks": LONGEST_TASK}
    too_long = {
        shown(path): lines(path)
        for path in python_files("journey_engine", "flows", "tasks", "benchmarks", "tests")
        if "versions" not in path.parts and lines(path) > limits.get(path.relative_to(ROOT).parts[0], LONGEST_MODULE)
    }

    assert too_long == {}


def test_no_function_is_longer_than_a_thought() -> None:
    too_long = {
        f"{shown(path)}:{node.lineno} {node.name}": length
        for path in python_files("journey_engine", "flows", "tasks")
        if "versions" not in path.parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or node.lineno) - node.lineno + 1) > LONGEST_FUNCTION
    }

    assert too_long == {}


def test_every_module_opens_with_a_sentence() -> None:
    silent = [
        shown(path)
        for path in python_files("journey_engine", "flows", "tasks")
        if not (ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "").split("\n\n")[0].endswith(".")
    ]

    assert silent == []


def test_no_file_is_named_after_nothing() -> None:
    vague = [
        shown(path)
        for path in python_files("journey_engine", "flows", "tasks", "benchmarks", "tests")
        if FORBIDDEN_NAMES & {part.removesuffix(".py") for part in path.relative_to(ROOT).parts}
    ]

    assert vague == []


def test_marketers_find_no_python_in_their_folder() -> None:
    assert [shown(path) for path in python_files("journeys", "expectations")] == []


def test_tests_and_engine_have_no_modules_of_the_same_name_as_a_flow() -> None:
    flows = {path.stem for path in python_files("flows")} - {"__init__"}
    tops = {path.relative_to(ROOT).parts[0].removesuffix(".py") for path in tracked()}

    assert flows & tops == set()


def test_what_is_made_for_a_package_of_tests_ends_with_it() -> None:
    """In a folder that is no package pytest keeps it to the end of all tests, where a server goes on computing."""
    kept_too_long = [
        shown(path)
        for path in python_files("tests")
        if path != Path(__file__)
        and 'scope="package"' in path.read_text(encoding="utf-8")
        and not (path.parent / "__init__.py").exists()
    ]

    assert kept_too_long == []


@pytest.mark.parametrize(
    "line",
    ["--index" "-url https://x", "https://files.python" "hosted.org/x", "see /wo" "rk/main/x", "cd /ro" "ot/x"],
)  # fmt: skip
def test_what_belongs_to_one_machine_is_recognised(line: str) -> None:
    assert NOT_FOR_FILES.search(line)


@pytest.mark.parametrize(
    "line", ["~/.local/state", "$HOME/wo" "rk/x", "https://example.com/ro" "ot/x", "a/ro" "ot/b"],
)  # fmt: skip
def test_what_belongs_to_every_machine_is_not_mistaken(line: str) -> None:
    assert not NOT_FOR_FILES.search(line)


def test_no_file_names_a_package_index_or_a_path_of_one_machine() -> None:
    found = [
        f"{shown(path)}:{number}: {line.strip()[:100]}"
        for path in tracked()
        if path != Path(__file__)
        for number, line in enumerate(path.read_bytes().decode("utf-8", errors="ignore").splitlines(), 1)
        if NOT_FOR_FILES.search(line)
    ]

    assert found == []


def test_every_yaml_file_can_be_parsed() -> None:
    from ruamel.yaml import YAML

    read = {
        shown(path): {type(document).__name__ for document in YAML(typ="safe").load_all(path)}
        for path in tracked()
        if path.suffix in {".yaml", ".yml"}
    }

    assert {name: kinds for name, kinds in read.items() if kinds != {"dict"}} == {}


def test_every_json_file_can_be_parsed() -> None:
    import json

    files = [path for path in tracked() if path.suffix == ".json"]

    assert [shown(path) for path in files if json.loads(path.read_text(encoding="utf-8")) is None] == []


def test_every_version_is_pinned_once_per_python() -> None:
    wanted = re.compile(r"[a-z0-9._-]+==\S+( ; python_(full_)?version [<>=]+ '[\d.]+')?")
    pins = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]

    assert [line for line in pins if not wanted.fullmatch(line)] == []
    assert len(pins) == len(set(pins))
