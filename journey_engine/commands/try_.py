"""`journeys try`: plays the scenarios with the real engine on a simulated clock; nobody real sees anything of it."""

from __future__ import annotations

from journey_engine.commands import FINDINGS, FINE, FromProject


def try_(what: str = "", /, *, settings: FromProject) -> int:
    """Play scenarios in a temporary database, and show the timeline of each that does not come as expected.

    Parameters
    ----------
    what
        A journey, or a file of journeys/scenarios; all of them if none is named.
    """
    import time

    from journey_engine.language.check import check
    from journey_engine.trying import trial
    from journey_engine.trying.telling import timeline
    from journey_engine.trying.theatre import open_theatre

    begun = time.monotonic()
    checked = check(settings.project)
    project, scenarios = trial.told(checked)
    asked = trial.chosen(scenarios, what)
    failed = 0
    with open_theatre(project, settings) as theatre:
        for done in trial.run_all(theatre, asked):
            failed += not done.holds
            print(
                f"✓ {done.scenario.scenario}" if done.holds else timeline(done, project, checked.language), flush=True
            )
    print(trial.summary(len(asked), failed, time.monotonic() - begun).said(checked.language))
    return FINDINGS if failed else FINE
