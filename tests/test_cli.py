"""The `journeys` command line: verbs found by file name, exit codes, errors as sentences."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Engine

from journey_engine import cli, commands
from journey_engine.errors import Held, JourneysError, UsageError


@pytest.fixture
def verb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Adds a command file `play.py` with the given body beside the real ones."""

    def add(body: str) -> None:
        (tmp_path / "play.py").write_text(
            "from journey_engine.commands import FromProject\n"
            "from journey_engine.errors import Held, JourneysError, UsageError\n"
            "def play(times: int = 1, *, settings: FromProject):\n"
            '    """Play. More words."""\n'
            f"    {body}\n"
        )
        monkeypatch.setattr(cli, "_FOLDER", tmp_path)
        monkeypatch.setattr(cli.verbs, "__defaults__", (tmp_path,))
        monkeypatch.setattr(commands, "__path__", [*commands.__path__, str(tmp_path)])
        monkeypatch.delitem(sys.modules, "journey_engine.commands.play", raising=False)

    return add


def test_help_lists_every_command_file_and_imports_none() -> None:
    program = (
        "import sys; from journey_engine import cli; code = cli.run(['--help']); "
        "loaded = {'sqlalchemy', 'psycopg', 'pandas', 'prefect', 'great_expectations', 'linebot', 'cyclopts'}"
        " & set(sys.modules); "
        "sys.exit(code or (f'imported: {loaded}' if loaded else 0))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    for name, _, summary in cli.verbs():
        assert name in done.stdout
        assert summary


def test_what_help_says_of_a_command_is_the_first_line_of_its_own_help() -> None:
    parsed = [
        (path.stem, (ast.get_docstring(node) or "").partition("\n")[0])
        for path in sorted(Path(commands.__file__).parent.glob("[a-z]*.py"))
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and node.name == path.stem
    ]

    assert [(module, summary) for _, module, summary in cli.verbs()] == parsed


def test_help_is_as_wide_as_the_terminal() -> None:
    for width in (80, 120):
        assert max(len(line) for line in cli.overview(width).splitlines()) <= width
    assert "  status      Say what runs and where, and what waits for a release (exit code 3).\n" in cli.overview(120)


def test_every_command_can_be_imported_and_explains_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for name, _, _ in cli.verbs():
        assert cli.run([name, "--help"]) == 0
        assert f"Usage: journeys {name}" in capsys.readouterr().out


def test_names_that_python_keeps_take_an_underscore(tmp_path: Path) -> None:
    (tmp_path / "import_.py").write_text('def import_() -> None:\n    """Read a feed."""\n')
    (tmp_path / "send_test.py").write_text('def send_test() -> None:\n    """Send to a tester.\n\n    More.\n    """\n')

    assert list(cli.verbs(tmp_path)) == [
        ("import", "import_", "Read a feed."),
        ("send-test", "send_test", "Send to a tester."),
    ]


def test_a_command_gets_its_arguments_and_the_project_folder(
    verb, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verb("print(times, settings.project)")

    assert cli.run(["play", "--times", "3", "--project", str(tmp_path)]) == 0
    assert capsys.readouterr().out == f"3 {tmp_path}\n"


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("return None", 0),
        ("return 1", 1),
        ("raise JourneysError('It rains.', 'Wait.', 'sky:1')", 1),
        ("raise UsageError('It rains.', 'Wait.', 'sky:1')", 2),
        ("raise Held('It rains.', 'Wait.', 'sky:1')", 3),
    ],
)
def test_exit_codes(verb, body: str, code: int, capsys: pytest.CaptureFixture[str]) -> None:
    verb(body)

    assert cli.run(["play"]) == code
    assert capsys.readouterr().err == ("sky:1  It rains. Wait.\n" if "raise" in body else "")


def test_a_wrong_word_is_a_usage_error(verb, capsys: pytest.CaptureFixture[str]) -> None:
    verb("return None")

    assert cli.run(["nonsense"]) == 2
    assert cli.run(["play", "--times", "often"]) == 2
    assert cli.run(["play", "--loud"]) == 2
    assert "See `journeys --help`." in capsys.readouterr().err


def test_a_project_that_is_not_there_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["status", "--project", str(tmp_path / "gone")]) == 1
    assert (
        capsys.readouterr().err
        == f"{tmp_path / 'gone'}  There is no such folder. Name an existing one with --project DIR.\n"
    )


def test_status_and_stop_leave_an_untouched_project_untouched(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["status", "--project", str(tmp_path)]) == 0
    assert cli.run(["stop", "--project", str(tmp_path)]) == 0

    assert capsys.readouterr().out.splitlines()[0] == "database        not there yet; `journeys up` makes it"
    assert list(tmp_path.iterdir()) == []


def test_status_names_the_database_that_the_environment_names(
    empty_database: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    url = empty_database.url
    monkeypatch.setenv("DATABASE_URL", url.set(drivername="postgresql").render_as_string(hide_password=False))

    assert cli.run(["status", "--project", str(tmp_path)]) == 0

    expected = f"database        127.0.0.1/{url.database} (DATABASE_URL)"
    assert capsys.readouterr().out.splitlines()[0] == expected
    assert list(tmp_path.iterdir()) == []


def test_a_database_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:secret@127.0.0.1:1/app")

    assert cli.run(["up", "--project", str(tmp_path)]) == 1

    said = capsys.readouterr().err
    assert said.startswith("127.0.0.1:1/app  The database does not answer: ")
    assert "secret" not in said
    assert "Traceback" not in said


def test_errors_say_where_what_and_what_to_do() -> None:
    assert str(JourneysError("It rains.", "Wait.", "sky:1:2")) == "sky:1:2  It rains. Wait."
    assert str(JourneysError("It rains.")) == "It rains."
    assert issubclass(Held, JourneysError)
    assert issubclass(UsageError, JourneysError)


def test_a_word_too_many_is_named_without_the_parsers_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rollback", "1"]) == 2
    assert capsys.readouterr().err == "“1” is too much: the command does not take it.\nSee `journeys --help`.\n"


def test_a_reader_who_has_seen_enough_sees_no_traceback() -> None:
    program = "from journey_engine import cli; cli.run = lambda words: print('long ' * 100_000) or 0; cli.main()"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()  # as head does
        assert (process.stderr.read(), process.wait()) == (b"", 0)
