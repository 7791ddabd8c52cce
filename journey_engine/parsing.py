"""The command line as cyclopts reads it: words to a command and its arguments; it calls what it finds, no more."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from journey_engine.settings import load


def build(what: str, verbs: Iterable[tuple[str, str, str]]) -> App:
    """The command line with `verbs` (verb, module, summary); each one's module is imported when it is called."""
    app = App(
        name="journeys",
        help=what,
        version_flags=[],
        default_parameter=Parameter(negative=()),  # no --no-dry-run, no --empty-with
        result_action="return_value",
        exit_on_error=False,
        print_error=False,
    )
    for verb, module, summary in verbs:
        app.command(f"journey_engine.commands.{module}:{module}", name=verb, help=summary)

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
