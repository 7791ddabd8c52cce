"""The `journeys` command: finds the verb, hands over settings, turns errors into sentences; it does no work itself."""

from __future__ import annotations

import io
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterator, Sequence
from pathlib import Path

from journey_engine import cycles
from journey_engine.errors import Held, JourneysError, UsageError

_FOLDER = Path(__file__).parent / "commands"
_WHAT = "Customer-lifecycle journeys on LINE, written in YAML and run by Prefect."
# `def NAME(...) -> ...:` and the first line of the text below it; parsing the files took longer than all else.
_SUMMARY = r'^def %s\(.*?\)(?: -> [^\n]+)?:\n    """([^\n]*?)(?:"""|\n)'


def verbs(folder: Path = _FOLDER) -> Iterator[tuple[str, str, str]]:
    """Every command as its verb, its module's name and the first line of its help; the modules are not imported."""
    for path in sorted(folder.glob("[a-z]*.py")):
        found = re.search(_SUMMARY % path.stem, path.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        if found:
            yield path.stem.rstrip("_").replace("_", "-"), path.stem, found[1]


def overview(width: int) -> str:
    """The page of `journeys --help`: what there is, a line or more each, at most `width` columns wide.

    The help of each command is cyclopts' own; importing it takes longer than this page may.
    """
    listed = list(verbs())
    column = max(len(verb) for verb, _, _ in listed) + 4
    lines = ["Usage: journeys COMMAND [OPTIONS]", "", _WHAT, "", "Commands:"]
    for verb, _, summary in listed:
        fill = textwrap.TextWrapper(
            max(width, 40), initial_indent=f"  {verb:<{column - 2}}", subsequent_indent=" " * column
        )
        lines += fill.wrap(summary) or [f"  {verb}"]
    lines += ["", "Options:", "  --project DIR  The project folder, if it is not the working directory."]
    return "\n".join([*lines, "", "The help of one command: journeys COMMAND --help"])


def run(arguments: Sequence[str]) -> int:
    """Run one command line and return its exit code: 0 fine, 1 findings or an error, 2 usage, 3 held."""
    if list(arguments) in ([], ["--help"], ["-h"]):
        print(overview(min(shutil.get_terminal_size().columns, 120)))
        return 0
    from cyclopts import CycloptsError, UnusedCliTokensError

    from journey_engine.commands import FINDINGS, FINE, HELD, USAGE
    from journey_engine.parsing import build

    try:
        outcome = build(_WHAT, verbs()).meta(list(arguments))
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
    cycles.look_seldom()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal in Big5 or Latin-1 cannot show every name
    try:
        code = run(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:  # `journeys history | head`: who read us has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    sys.exit(code)
