"""Members who are inside a journey, put there as rows, and where they stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, text

NIGHT = datetime(2026, 11, 21, 18, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def put(
    conn: Connection,
    step: str,
    arrived: datetime,
    due: datetime,
    key: str = "m1",
    journey: str = "welcome",
    behind: tuple[str, ...] = (),
) -> int:
    """One member who waits at `step` since `arrived` until `due`, with the steps `behind` her; her enrolment's id."""
    given: dict[str, Any] = {"key": key, "now": arrived, "journey": journey, "step": step, "due": due}
    conn.execute(text("insert into members (member_key, created_at, changed_at) values (:key, :now, :now)"), given)
    enrolled = text(
        "with hers as (insert into enrolments (journey, member_id, visit, version, entered_at, entry_ref, entry, arm)"
        " select :journey, id, 1, 1, :now, 'event:1', '{}', 'journey' from members where member_key = :key"
        " returning id, member_id), guard as (insert into inside (journey, member_id, enrolment_id)"
        " select :journey, member_id, id from hers) select id from hers"
    )
    given["id"] = conn.execute(enrolled, given).scalar_one()
    conn.execute(
        text(
            "insert into waiting (enrolment_id, journey, member_id, step, arrived_at, due_at, wake_at)"
            " select id, journey, member_id, :step, :now, :due, :due from enrolments where id = :id"
        ),
        given,
    )
    path = [{"step": name, "at": arrived.isoformat(), "outcome": "next"} for name in behind]
    if path:
        import json

        conn.execute(
            text(
                "insert into moves (run_id, enrolment_id, journey, member_id, version, now, path)"
                " select 0, id, journey, member_id, 1, :now, cast(:path as jsonb) from enrolments where id = :id"
            ),
            {**given, "path": json.dumps(path)},
        )
    return int(given["id"])


def stands(conn: Connection, key: str = "m1") -> tuple[str, datetime, datetime]:
    """Step, arrival, due."""
    row = text(
        "select step, arrived_at, due_at from waiting join members on members.id = member_id where member_key = :key"
    )
    step, arrived, due = conn.execute(row, {"key": key}).one()
    return step, arrived, due


def logged(conn: Connection, key: str = "m1") -> list[tuple[int, str, str]]:
    """(version, step, outcome) of what apply did to her."""
    rows = conn.execute(
        text(
            "select version, line ->> 'step', line ->> 'outcome' from moves join runs on runs.id = run_id"
            " join members on members.id = member_id, jsonb_array_elements(path) line"
            " where kind = 'apply' and member_key = :key order by moves.id"
        ),
        {"key": key},
    )
    return [tuple(row) for row in rows]
