"""`journeys demo`: a real grocer's fortnight, night by night, through everything; then the services stay up."""

from __future__ import annotations

from journey_engine.commands import FINDINGS, FINE, FromProject

# Of a night of ten seconds nobody reads along: its log goes to Prefect's page in a few letters.
_QUIET = {"PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "ERROR", "PREFECT_LOGGING_TO_API_BATCH_INTERVAL": "10"}


def demo(*, settings: FromProject) -> int:
    """Live through fourteen nights of a real grocer's year on the sandbox; services stay up until `journeys stop`.

    A demo that was stopped goes on where it stood; one that is finished is shown again and changes nothing.
    """
    import subprocess
    import sys

    from journey_engine.commands.up import up
    from journey_engine.demo.progress import Progress
    from journey_engine.running import places, stack
    from journey_engine.store import database

    progress = Progress.of(settings)
    for block in progress.told:
        print(block)
    if progress.finished:
        print("These fourteen nights are there already; nothing was changed.")
    else:
        # The player makes the friends while the services come up, and begins when it is told where Prefect is.
        with subprocess.Popen(
            [sys.executable, "-m", "flows.demo"],
            cwd=settings.project,
            env=places.surroundings(settings) | _QUIET,
            stdin=subprocess.PIPE,
            text=True,
        ) as played:
            database.open_engine(settings).dispose()
            # Nights are played at their own pace: nobody else may move members meanwhile.
            stack.process(settings, stack.RECEIVER).stop()
            stack.together(settings, print, stack.start_prefect, stack.start_sandbox)
            played.communicate(places.prefect_url(settings) + "\n")
        if played.returncode != 0:
            print("The demo stopped; `journeys demo` goes on where it stood.", file=sys.stderr)
            return FINDINGS
    up(settings=settings)
    print(f"Prefect       {places.prefect_url(settings)}")
    print(f"Phone page    {places.written_url(places.sandbox_url_file(settings))}")
    print("Everything stays up, going on from the simulated day, until `make stop`.")
    return FINE
