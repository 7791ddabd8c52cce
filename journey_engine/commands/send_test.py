"""`journeys send-test`: sends one message to one tester, as the files say it now; nothing else is sent or stored."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FromProject
from journey_engine.errors import UsageError


class NoValue(UsageError):
    """A value was not given as name=value."""

    def __init__(self, given: str) -> None:
        super().__init__(f"“{given}” gives no value.", "Write --with name=小美, once for each value.", "--with")


def send_test(
    message: str,
    *,
    to: str,
    with_: Annotated[tuple[str, ...], Parameter(name="--with")] = (),
    settings: FromProject,
) -> None:
    """Send a message to one of policy.yaml's testers, through the channel the policy names.

    Parameters
    ----------
    message
        The message's name.
    to
        The tester's name in policy.yaml.
    with_
        A value for the message, as name=小美, once for each; for the rest the tester's own attributes are used.
    """
    from journey_engine.language.read import load_project
    from journey_engine.line.channel import open_channel
    from journey_engine.line.testing import send_test as push
    from journey_engine.store import database

    values: dict[str, str] = {}
    for given in with_:
        name, equals, value = given.partition("=")
        if not equals or not name:
            raise NoValue(given)
        values[name] = value
    project = load_project(settings.project)
    channel = open_channel(project.policy, settings)
    with database.opened(settings) as engine:
        number = push(engine, project, channel, message, to, values)
    print(f"{message} → {to} ({channel.name}): accepted by LINE, request {number}")
