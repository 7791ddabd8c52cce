"""`journeys preview`: a page that shows messages as a phone would, as the files say them now; it sends nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject, Spoken


def preview(
    message: str = "",
    /,
    *,
    member: Annotated[str, Parameter(help="For this member: her key, or anything she is known by.")] = "",
    with_: Annotated[
        tuple[str, ...],
        Parameter(name=["--with", "--values"], help="A value, as name=小美, once for each."),
    ] = (),
    file: Annotated[Path | None, Parameter(help="The HTML file; one in the state folder if none is named.")] = None,
    open_: Annotated[bool, Parameter(name="--open", help="Open it in the browser.")] = False,
    pictures: Annotated[bool, Parameter(help="Let it load the messages' pictures from the web.")] = False,
    language: Spoken = None,
    settings: FromProject,
) -> None:
    """Show how a message will look on a phone, with a member's own values and why she would not get it.

    Parameters
    ----------
    message
        The message's name; all of them if none is named.
    """
    from journey_engine.language.read import load_project
    from journey_engine.previewing.asked import previews_for, values_from
    from journey_engine.previewing.page import page

    project = load_project(settings.project)
    spoken = language or project.policy.language
    shown = previews_for(project, message, member, values_from(with_), settings, spoken)
    target = file or settings.state / "previews" / f"{message or 'messages'}.html"
    _write(target, page(shown, message or "journeys preview", spoken, pictures=pictures))
    print(*(note.words.said(spoken) for one in shown if message for note in one.notes), target, sep="\n")
    if open_:
        import webbrowser

        _ = webbrowser.open(target.resolve().as_uri())


def _write(file: Path, text: str) -> None:
    from journey_engine.errors import UsageError

    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(
            f"It cannot be written: {error.strerror}.", "Name a file in a folder that exists.", str(file)
        ) from None
