"""Sends one message to one tester, as it would go to a member; it counts for no cap and settles no intent."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Engine, select

from journey_engine.errors import JourneysError
from journey_engine.language.project import Project
from journey_engine.language.words import did_you_mean
from journey_engine.line import tokens
from journey_engine.line.answers import Answer, Meaning
from journey_engine.line.channel import Channel, Pace
from journey_engine.line.freezing import Frozen
from journey_engine.line.render import Blocked, compile_message, push_body
from journey_engine.line.requesting import Caller
from journey_engine.store.tables.people import identities, members


class NoSuchMessage(JourneysError):
    """No message has this name."""

    def __init__(self, message: str, known: list[str]) -> None:
        super().__init__(f"No message is called {message}.", did_you_mean(message, known).en, "journeys/messages")


class NoSuchTester(JourneysError):
    """The policy names no tester of this name."""

    def __init__(self, tester: str, known: list[str]) -> None:
        there = did_you_mean(tester, known).en if known else "Add testers: {NAME: LINE user id}."
        super().__init__(f"No tester is called {tester}.", there, "journeys/policy.yaml")


class CannotBeTested(JourneysError):
    """The tester has no value for something the message needs, or a value it cannot hold."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(f"{message} cannot go to this tester: {reason}.", "Give the value: --with name=小美.", message)


class TestRefused(JourneysError):
    """LINE did not take the test message, or nobody knows whether it did."""

    __test__ = False  # for pytest: an error, not a test

    def __init__(self, message: str, answer: Answer) -> None:
        clear = answer.meaning is not Meaning.UNCLEAR
        said = " ".join(str(part) for part in (answer.status, answer.detail) if part)
        super().__init__(
            f"LINE refused it: {said}." if clear else f"LINE may have it or not: {said}.",
            "In the sandbox the tester has to be one of its friends." if clear else "Look at the tester's phone.",
            message,
        )


def send_test(
    engine: Engine,
    project: Project,
    channel: Channel,
    message: str,
    tester: str,
    values: Mapping[str, str] | None = None,
    pace: Pace | None = None,
) -> str | None:
    """Push `message` to `tester` (a name of policy.testers); LINE's request id.

    Attributes are those of the member with that LINE user id, if there is one, under `values`. Raises NoSuchMessage,
    NoSuchTester, UnsendableMessage, CannotBeTested, TestRefused.
    """
    if message not in project.messages:
        raise NoSuchMessage(message, sorted(project.messages))
    user = project.policy.testers.get(tester)
    if user is None:
        raise NoSuchTester(tester, sorted(project.policy.testers))
    with engine.connect() as connection:
        attributes = {**_attributes(connection, user), **(values or {})}
    try:
        messages = compile_message(project, project.messages[message]).messages(attributes)
    except Blocked as blocked:
        raise CannotBeTested(message, blocked.reason) from blocked

    def grant(endpoint: str, count: int) -> float:
        with engine.begin() as connection:
            return tokens.reserve(connection, channel.name, endpoint, count)

    frozen = Frozen(0, "push", str(uuid.uuid4()), push_body(user, messages).encode(), 1)
    with Caller(channel, pace or Pace(), grant) as caller:
        answer = next(caller.deliver([frozen]))[0].answer
    if answer.meaning is not Meaning.ACCEPTED:
        raise TestRefused(message, answer)
    return answer.line_request_id


def _attributes(connection: Connection, user: str) -> dict[str, Any]:
    found = connection.execute(
        select(members.c.attributes)
        .join(identities, identities.c.member_id == members.c.id)
        .where(identities.c.kind == "line", identities.c.value == user)
    ).scalar()
    return found or {}
