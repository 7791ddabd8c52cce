"""`journeys consent`: shows what a member allows and since when by what proof, or writes down what she said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject
from journey_engine.errors import UsageError

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from journey_engine.members.consenting import Logged

_CURE = 'journeys consent MEMBER promotion no --by NAME --reason "where she said so"'


def consent(
    member: str,
    topic: Literal["promotion", "news", "service", "transactional"] | None = None,
    granted: Literal["yes", "no"] | None = None,
    /,
    *,
    by: Annotated[str, Parameter(help="Who writes it down.")] = "",
    reason: Annotated[str, Parameter(help="Where she said so.")] = "",
    settings: FromProject,
) -> int:
    """Show the dated log of what a member allows, or write down what she said of a topic.

    Parameters
    ----------
    member
        Her key, or anything she is known by: customer number, LINE user id, mail address (or email:mei@example.com).
    topic
        What it is about; without it the log is shown.
    """
    from journey_engine import clock
    from journey_engine.explaining.members import find_member
    from journey_engine.members import consenting
    from journey_engine.planning import live_project
    from journey_engine.store import database

    if (topic is None) != (granted is None) or (topic and not (by.strip() and reason.strip())):
        raise UsageError("What she said needs a topic, yes or no, a name and a reason.", _CURE, "consent")
    with database.opened(settings) as engine, engine.begin() as connection:
        policy, now = live_project(connection).policy, clock.now(connection)
        who = find_member(connection, member, policy, policy.language)
        if topic is not None:
            said = consenting.by_person(who.id, topic, granted == "yes", now, by, reason)
            print(f"{topic}: {granted}{', written down' if consenting.state(connection, [said]) else ' already'}.")
        print("\n".join(_line(each, who.zone) for each in consenting.log(connection, who.id)))
    return FINE


def _line(each: Logged, zone: ZoneInfo) -> str:
    proof = ", ".join(f"{name} {value}" for name, value in sorted((each.proof or {}).items())) or "no proof is kept"
    when = f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}"
    return f"{when}  {each.topic:<14} {'yes' if each.granted else 'no':<4} {each.source}  ({proof})"
