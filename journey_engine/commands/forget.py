"""`journeys forget`: erases members in a person's name and says what went; it keeps only what counts them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject
from journey_engine.errors import UsageError

if TYPE_CHECKING:
    from journey_engine.language.project import Project
    from journey_engine.settings import Settings


def forget(
    member: str = "",
    /,
    *,
    file: Annotated[Path | None, Parameter(help="Members to erase together, one a line.")] = None,
    by: Annotated[str, Parameter(help="Who erases.")] = "",
    reason: Annotated[str, Parameter(help="Why, without naming the member.")] = "",
    dry_run: Annotated[bool, Parameter(help="Only say what would go.")] = False,
    new_key: Annotated[bool, Parameter(help="Know the erased by a new key from now on.")] = False,
    settings: FromProject,
) -> int:
    """Erase a member for good: what identifies her goes, counts stay, and no import brings her back.

    Files that lie outside the database are not searched; it says which there are. After --new-key whoever was erased
    before is still known by the older keys.

    Parameters
    ----------
    member
        Her key, or anything she is known by: customer number, LINE user id, mail address (or email:mei@example.com).
    """
    if new_key and not member and file is None:
        return _change_key(settings)
    if new_key or bool(member) == (file is not None):
        raise UsageError("Name one member, or a file.", "journeys forget MEMBER, or --file members.txt.", "member")
    if not dry_run and not (by.strip() and reason.strip()):
        raise UsageError("An erasure needs a name and a reason.", 'Add --by NAME --reason "why".', "forget")
    return _erase(file or [member], by.strip(), reason.strip(), dry_run, settings)


def _erase(listed: Path | list[str], by: str, reason: str, dry: bool, settings: Settings) -> int:
    from journey_engine import clock
    from journey_engine.explaining.members import find_all
    from journey_engine.members import erasing
    from journey_engine.planning import live_project
    from journey_engine.store import database

    with database.opened(settings) as engine:
        with engine.begin() as connection:
            project, now = live_project(connection), clock.now(connection)
            policy = project.policy
            found = [one.id for one in find_all(connection, listed, policy, policy.language)]
        done = erasing.forget(engine, project, found, by, reason, now, dry=dry)
        left = 0 if dry else erasing.finish(engine, now)
    print(_told(done.members, done.rows, dry, left))
    if done.members:
        print("Not searched, and hers may stand there:", *files_outside(settings, project), sep="\n  ")
    return FINE


def _change_key(settings: Settings) -> int:
    from journey_engine.members.erased import change_key
    from journey_engine.store import database

    with database.opened(settings) as engine, engine.begin() as connection:
        number = change_key(connection)
    print(f"The erased are known by key {number} from now on; whoever was erased before is known by the older ones.")
    return FINE


def files_outside(settings: Settings, project: Project) -> list[str]:
    """What a person has to look through: files that an erasure in the database does not reach."""
    told = [
        f"{feed.from_.file} (the feed {name}; its rows of her are refused)"
        for name, feed in project.feeds.items()
        if feed.from_.file is not None
    ]
    journal = settings.state / "sandbox.jsonl"
    told += [f"{journal} (the sandbox's; journeys stop, then delete it)"] if journal.exists() else []
    pages = sorted((settings.state / "reports").glob("gate-*.html"))
    told += [f"{page} (examples of quarantined rows; written anew by journeys gate --html)" for page in pages]
    told += [f"{each} (an export of a member)" for each in sorted(settings.project.glob("member-*.zip"))]
    return [*told, "backups, and whatever was exported elsewhere (journeys export, journeys quarantine export)"]


def _told(members: int, rows: dict[str, int], dry: bool, left: int) -> str:
    told = ", ".join(f"{table} {count:,}" for table, count in sorted(rows.items()) if count)
    said = f"{'Would erase' if dry else 'Erased'} {members:,} members. Rows: {told or 'none'}."
    owed = f"\n{left:,} erasures are open: a request to LINE or a call is owed an answer; a later tick ends them."
    return said + (owed if left else "")
