"""The `journeys` command: finds the verb, hands over settings, turns errors into sentences; it does no work itself."""

from __future__ import annotations

import ast
import io
import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter, UnusedCliTokensError

from journey_engine import commands
from journey_engine.commands import FINDINGS, FINE, HELD, USAGE
from journey_engine.errors import Held, JourneysError, UsageError
from journey_engine.settings import load

_FOLDER = Path(commands.__file__).parent


def verbs(folder: Path = _FOLDER) -> Iterator[tuple[str, str, str]]:
    """Every command as its verb, its module's name and the first line of its help; the modules are not imported.

    Raises SyntaxError if a file cannot be read as Python.
    """
    for path in sorted(folder.glob("[a-z]*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name == path.stem:
                summary = (ast.get_docstring(node) or "").split("\n", 1)[0]
                yield path.stem.rstrip("_").replace("_", "-"), path.stem, summary


def build() -> App:
    """The command line with all verbs; each one's module is imported when it is called."""
    app = App(
        name="journeys",
        help="Customer-lifecycle journeys on LINE, written in YAML and run by Prefect.",
        version_flags=[],
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
    )
    for verb, module, summary in verbs():
        app.command(f"{commands.__name__}.{module}:{module}", name=verb, help=summary)

    @app.meta.default
    def launch(  # pyright: ignore[reportUnusedFunction]
        *tokens: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        project: Annotated[
            Path | None, Parameter(help="The project folder, if it is not the working directory.")
        ] = None,
    ) -> object:
        command, bound, unparsed = app.parse_args(tokens, exit_on_error=False, print_error=False)
        if "settings" in unparsed:
            bound.arguments["settings"] = load(project)
        return command(*bound.args, **bound.kwargs)

    return app


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 fine, 1 findings or an error, 2 usage, 3 held."""
    try:
        outcome = build().meta(list(arguments))
    except UnusedCliTokensError as error:
        words = ", ".join(f"“{word}”" for word in error.unused_tokens or ())
        print(f"{words} is too much: the command does not take it.\nSee `journeys --help`.", file=sys.stderr)
        return USAGE
    except CycloptsError as error:
        print(f"{error}\nSee `journeys --help`.", file=sys.stderr)
        return USAGE
    except JourneysError as error:
        print(error, file=sys.stderr)
        return USAGE if isinstance(error, UsageError) else HELD if isinstance(error, Held) else FINDINGS
    except KeyboardInterrupt:
        print("Stopped by hand.", file=sys.stderr)
        return 130  # as a shell reports SIGINT
    return outcome if isinstance(outcome, int) else FINE


def main() -> None:
    """The entry point of the installed `journeys` command."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in Big5 or Latin-1 cannot show every name
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # `journeys history | head`: who read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = FINE
    sys.exit(code)
