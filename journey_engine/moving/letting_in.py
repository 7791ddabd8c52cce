"""Another system lets a member into a journey `by: api`: an event, judged by the next pass as any trigger is."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, func, insert, or_, select

from journey_engine.errors import UsageError
from journey_engine.language.project import Project
from journey_engine.language.words import near
from journey_engine.members import phones
from journey_engine.store.tables.happenings import events
from journey_engine.store.tables.people import identities, members

SOURCE = "api"


class NotByApi(UsageError):
    """A journey was asked for that does not exist, or that lets in by itself."""

    def __init__(self, journey: str, project: Project) -> None:
        open_ones = sorted(name for name, each in project.journeys.items() if each.enter.by is not None)
        if journey in project.journeys:
            what = f"The journey {journey} lets members in by its own trigger."
        else:
            what = f"There is no journey {journey}."
        likely = near(journey, open_ones) or tuple(open_ones)
        cure = f"Journeys by: api are: {', '.join(likely)}." if likely else "No journey says by: api."
        super().__init__(what, cure, journey)


class UnknownMember(UsageError):
    """Nobody has that key, or several have it as an identity of different kinds."""

    def __init__(self, member: str, found: int) -> None:
        what = f"{found} members are known as {member}." if found else f"Nobody is known as {member}."
        super().__init__(what, "Give the member's permanent key, or KIND:VALUE of an identity.", member)


def let_in(
    connection: Connection, project: Project, journey: str, member: str, properties: Mapping[str, str], now: datetime
) -> int:
    """Write the event `enter` of the journey at `now`, in the caller's transaction; returns its number.

    `member` is her permanent key, an identity's value, or `KIND:VALUE`. `properties` become the entry, as texts.
    Raises NotByApi and UnknownMember.
    """
    if journey not in project.journeys or project.journeys[journey].enter.by is None:
        raise NotByApi(journey, project)
    row = {
        "member_id": find_member(connection, member, phones.country_of(project.policy)),
        "name": "enter",
        "at": now,
        "of": journey,
        "properties": dict(properties),
        "source": SOURCE,
    }
    return connection.execute(insert(events).values(row).returning(events.c.id)).scalar_one()


def find_member(connection: Connection, written: str, country: str | None) -> int:
    """The id of the one member with this permanent key or identity, in any form. Raises UnknownMember."""
    own = select(func.coalesce(members.c.merged_into, members.c.id)).where(members.c.member_key == written)
    kind, _, value = written.partition(":")
    kept = phones.normal(kind, value, country) if kind in (phones.PHONE, phones.EMAIL) else value
    known = or_(identities.c.value == written, (identities.c.kind == kind) & (identities.c.value.in_((value, kept))))
    for asked in (own, select(identities.c.member_id).where(known).distinct()):
        found = list(connection.execute(asked).scalars())
        if len(found) == 1:
            return found[0]
        if found:
            raise UnknownMember(written, len(found))
    raise UnknownMember(written, 0)
