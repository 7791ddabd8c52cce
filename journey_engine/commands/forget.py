"""`journeys forget`: erases members in a person's name and says what went; it keeps only what counts them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject
from journey_engine.errors import UsageError


def forget(
    member: str = "",
    /,
    *,
    file: Annotated[Path | None, Parameter(help="Members to erase together, one a line.")] = None,
    by: Annotated[str, Parameter(help="Who erases.")] = "",
    reason: Annotated[str, Parameter(help="Why, without naming the member.")] = "",
    dry_run: Annotated[bool, Parameter(help="Only say what would go.")] = False,
    settings: FromProject,
) -> int:
    """Erase a member for good: what identifies her goes, counts stay, and no import brings her back.

    Parameters
    ----------
    member
        Her key, or anything she is known by: customer number, LINE user id, mail address (or email:mei@example.com).
    """
    from journey_engine import clock
    from journey_engine.data import erasing
    from journey_engine.explaining.members import find_all
    from journey_engine.planning import live_project
    from journey_engine.store import database

    if bool(member) == (file is not None):
        raise UsageError("Name one member, or a file.", "journeys forget MEMBER, or --file members.txt.", "member")
    if not dry_run and not (by.strip() and reason.strip()):
        raise UsageError("An erasure needs a name and a reason.", 'Add --by NAME --reason "why".', "forget")
    engine = database.open_engine(settings)
    try:
        with engine.begin() as connection:
            project, now = live_project(connection), clock.now(connection)
            policy = project.policy
            found = [one.id for one in find_all(connection, file or [member], policy, policy.language)]
        done = erasing.forget(engine, project, found, by.strip(), reason.strip(), now, dry=dry_run)
        left = 0 if dry_run else erasing.finish(engine, now)
    finally:
        engine.dispose()
    print(_told(done.members, done.rows, dry_run, left))
    return FINE


def _told(members: int, rows: dict[str, int], dry: bool, left: int) -> str:
    told = ", ".join(f"{table} {count:,}" for table, count in sorted(rows.items()) if count)
    said = f"{'Would erase' if dry else 'Erased'} {members:,} members. Rows: {told or 'none'}."
    owed = f"\n{left:,} erasures are open: a request to LINE or a call is owed an answer; a later tick ends them."
    return said + (owed if left else "")
