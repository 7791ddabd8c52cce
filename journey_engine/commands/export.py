"""`journeys export`: writes all that is held about one member into a file for her; it names no other member."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from journey_engine.commands import FINE, FromProject, Spoken


def export(
    member: str,
    /,
    *,
    out: Annotated[Path | None, Parameter(help="The file to write, by default member-KEY.zip here.")] = None,
    language: Spoken = None,
    settings: FromProject,
) -> int:
    """Write all that is held about a member, with what each field means: a page and JSON in one zip.

    Parameters
    ----------
    member
        Her key, or anything she is known by: customer number, LINE user id, mail address (or email:mei@example.com).
    """
    from zipfile import ZIP_DEFLATED, ZipFile

    from journey_engine import clock
    from journey_engine.explaining import dossier
    from journey_engine.explaining.members import find_member
    from journey_engine.planning import live_project
    from journey_engine.store import database

    with (
        database.opened(settings) as engine,
        engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection,
    ):
        project = live_project(connection)
        spoken = language or project.policy.language
        who = find_member(connection, member, project.policy, spoken)
        held = dossier.read_dossier(connection, who, project, clock.now(connection))
    file = out or Path(f"member-{who.key[:12]}.zip")
    with ZipFile(file, "w", ZIP_DEFLATED) as written:
        written.writestr("member.json", dossier.to_json(held, spoken))
        written.writestr("member.html", dossier.to_html(held, spoken))
    print(f"{file}: {sum(len(kept.rows) for kept in held.kept):,} rows of {len(held.kept)} tables.")
    return FINE
