"""`journeys new`: begins a journey from a template, with its messages, segments and scenarios; overwrites nothing."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINDINGS, FINE, FromProject


def new(
    name: str,
    *,
    template: Annotated[str, Parameter(name="--from")] = "",
    settings: FromProject,
) -> int:
    """Begin a journey from a template: a draft with its messages, segments and scenarios.

    Parameters
    ----------
    name
        The new journey's name; its messages and segments begin with it, too.
    template
        One of journeys/templates: abandoned_cart, appointment, birthday_month, nps_quarter, onboarding, product_review,
        renewal, replenishment, win_back.
    """
    from journey_engine.language.check import check
    from journey_engine.starting.copying import begin
    from journey_engine.starting.telling import told

    beginning = begin(settings.project, name, template)
    beginning.write()
    checked = check(settings.project)
    for line in told(beginning, settings.project, name):
        print(line.said(checked.language))
    begun = {path.relative_to(settings.project).as_posix() for path in beginning.files}
    for finding in checked.findings:
        if finding.severity == "error" or finding.file in begun:
            print(finding)
    return FINDINGS if beginning.left or checked.errors else FINE
