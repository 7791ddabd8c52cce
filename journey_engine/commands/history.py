"""`journeys history`: who made what live, and when; it changes nothing."""

from __future__ import annotations

from journey_engine.commands import FromProject


def history(number: int | None = None, /, *, settings: FromProject) -> None:
    """List what was applied, the last first, or show one application's plan as it was shown then.

    Parameters
    ----------
    number:
        Of the application whose plan is shown.
    """
    from journey_engine import planning
    from journey_engine.errors import UsageError
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as conn:
        done = planning.history(conn)
    if number is not None:
        asked = next((each for each in done if each.number == number), None)
        if asked is None:
            raise UsageError(f"There is no application {number}.", "List them with: journeys history.", "history")
        print("\n".join(asked.words))
        return
    for each in done:
        back = f", back to {each.back_to}" if each.back_to is not None else ""
        print(
            f"{each.number:>5}  {each.now:%Y-%m-%d %H:%M} (done {each.applied_at:%Y-%m-%d %H:%M} UTC)  {each.by}{back}"
        )
        print("\n".join(f"       {line}" for line in each.words if line[:1] in "+~-"))
    if not done:
        print("Nothing was ever applied here.")
