"""`journeys enter`: asks for a member to be let into a journey `by: api`; the next tick judges and moves her."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject
from journey_engine.errors import UsageError


class NoValue(UsageError):
    """A property was not given as name=value."""

    def __init__(self, given: str) -> None:
        super().__init__(f"“{given}” gives no value.", "Write --with plan=gold, once for each property.", "--with")


def enter(
    journey: str,
    /,
    *,
    member: str,
    with_: Annotated[tuple[str, ...], Parameter(name="--with")] = (),
    settings: FromProject,
) -> int:
    """Let a member into a journey `by: api`, from now on and by its rules.

    Parameters
    ----------
    journey
        The journey's name.
    member
        Her permanent key, or an identity: U123…, customer_number:A100.
    with_
        What the journey is to know, as plan=gold, once for each; it asks for it as entry.plan.
    """
    from journey_engine import clock
    from journey_engine.language.read import load_project
    from journey_engine.moving.letting_in import let_in
    from journey_engine.store import database

    properties: dict[str, str] = {}
    for given in with_:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise NoValue(given)
        properties[name] = value
    project = load_project(settings.project)
    with database.opened(settings) as engine, engine.begin() as connection:
        number = let_in(connection, project, journey, member, properties, clock.now(connection))
    print(f"{member} → {journey}: event {number}; the next tick judges it.")
    return FINE
