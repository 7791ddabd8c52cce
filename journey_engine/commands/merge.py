"""`journeys merge`: two profiles are one person's because somebody says so; it finds nobody by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject
from journey_engine.errors import UsageError


def merge(
    member: str,
    other: str,
    /,
    *,
    by: Annotated[str, Parameter(help="Who says so.")] = "",
    reason: Annotated[str, Parameter(help="Why, without naming the member.")] = "",
    dry_run: Annotated[bool, Parameter(help="Only say what would move.")] = False,
    settings: FromProject,
) -> int:
    """Make one person of two profiles: the one made first is left, with all that happened to either.

    Parameters
    ----------
    member
        A key, or any identity: customer number, LINE user id, mail address (or email:mei@example.com).
    other
        The other one, written alike.
    """
    from journey_engine import clock
    from journey_engine.explaining.members import find_member
    from journey_engine.members.merging import merge_two
    from journey_engine.planning import live_project
    from journey_engine.store import database

    if not dry_run and not (by.strip() and reason.strip()):
        raise UsageError("A merge needs a name and a reason.", 'Add --by NAME --reason "why".', "merge")
    with database.opened(settings) as engine:
        with engine.connect() as connection:
            policy, now = live_project(connection).policy, clock.now(connection)
            two = [find_member(connection, each, policy, policy.language) for each in (member, other)]
        if two[0].id == two[1].id or any(each.erased_at for each in two):
            raise UsageError("They are one member already, or one of them was erased.", "Nothing is to be done.")
        done = merge_two(engine, (two[0].id, two[1].id), by.strip(), reason.strip(), now, dry=dry_run)
    print(f"{'Would merge' if dry_run else 'Merged'} {done.merged} into {done.survivor}. Moved: {_moved(done.counts)}.")
    return FINE


def _moved(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{what} {number:,}" for what, number in sorted(counts.items())) or "nothing"
